import Foundation

/// A file with one number per line, such as the maxima of blocks. Empty lines, and those that begin with #, are skipped.
///
///     let fit = try ExtremeValueFit(to: NumberColumn(contentsOf: "maxima.txt").numbers)
public struct NumberColumn: Sendable, Equatable {
    /// The numbers, in the order of the file.
    public let numbers: [Double]

    /// - Throws: `SuretyError` that names the file or the line that cannot be read.
    public init(contentsOf path: String) throws(SuretyError) {
        var numbers: [Double] = []
        let lines = try TextFile.contents(of: path).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let word = line.trimmingCharacters(in: .whitespaces)
            if word.isEmpty || word.hasPrefix("#") { continue }
            guard let number = Double(word) else {
                throw SuretyError("\(path), line \(index + 1): '\(word)' is not a number. Give one number per line.")
            }
            numbers.append(number)
        }
        self.numbers = numbers
    }
}
