/// A file with one number per line, such as the maxima of blocks. Empty lines, and those that begin with #, are skipped.
///
///     let fit = try ExtremeValueFit(to: NumberColumn(contentsOf: "maxima.txt").numbers)
public struct NumberColumn: Sendable, Equatable {
    /// The numbers, in the order of the file.
    public let numbers: [Double]

    /// - Throws: `SuretyError` that names the file or the line that cannot be read.
    public init(contentsOf path: String) throws(SuretyError) {
        var numbers: [Double] = []
        for (place, word) in try TextFile.lines(of: path) where !word.hasPrefix("#") {
            guard let number = Double(word) else {
                throw SuretyError("\(path), line \(place): '\(word)' is not a number. Give one number per line.")
            }
            numbers.append(number)
        }
        self.numbers = numbers
    }
}
