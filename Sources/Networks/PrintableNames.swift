/// A name for a message, in quotes.
func quoted(_ name: String) -> String { "\"\(name.printable)\"" }

extension String {
    /// This text, which may come from a hostile file, without terminal control characters and cut to a readable length.
    var printable: String { printable(length: 80) }

    func printable(length: Int) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(length) {
            let isObeyed = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            shown.append(isObeyed ? "?" : scalar)
        }
        return shown.count < unicodeScalars.count ? "\(shown)…" : String(shown)
    }
}
