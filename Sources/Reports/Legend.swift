/// A line for each curve, above the axes in a separate margin: gnuplot drops a legend for which there is no room.
package struct Legend {
    /// Lines of the usual size for which there must be room.
    package let rows: Int
    private var font: [String] = []

    /// Lines of the usual size.
    package init(rows: Int) { self.rows = rows }

    /// A line for each title, all smaller if one is long: gnuplot drops what reaches beyond the picture's edge, starting with the
    /// lines of the legend.
    package init(_ titles: [String]) {
        let scale = min(1, 54 / Double(titles.map(\.count).max() ?? 1))
        rows = Int((Double(titles.count) * scale).rounded(.up))
        if scale < 1 { font = ["set key maxrows \(titles.count) font ',\(max(5, Int(12 * scale)))'"] }
    }

    /// gnuplot's settings.
    package var settings: [String] {
        [
            "set tmargin \(1.25 * Double(rows) + 1)",
            "set key at screen 0.5, screen 0.99 top center vertical maxrows \(rows) Left reverse noenhanced",
            "set key samplen 3 spacing 1.2 textcolor rgb '#202020'",
        ] + font
    }
}
