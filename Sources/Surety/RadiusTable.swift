import Foundation
import SuretyStatistics
import SuretyTensors

/// A CSV file with the columns k, n and alpha: votes for a class, samples, and the level at which a bound on the class's
/// probability may be wrong. Other columns are not looked at.
///
///     let table = try RadiusTable(contentsOf: "votes.csv")
///     try table.answer { print($0) }
public struct RadiusTable: Sendable {
    private let path: String
    /// The header and the rows.
    private let lines: [(number: Int, text: String)]
    private let width, k, n, alpha: Int

    /// - Throws: `SuretyError` for a file that cannot be read, or whose first line that is not empty does not name the three columns.
    public init(contentsOf path: String) throws(SuretyError) {
        self.path = path
        lines = try TextFile.lines(of: path)
        let header = lines.first.map { $0.text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } } ?? []
        guard let k = header.firstIndex(of: "k"), let n = header.firstIndex(of: "n"), let alpha = header.firstIndex(of: "alpha")
        else { throw SuretyError("\(path): the first line must name the columns k, n and alpha") }
        (width, self.k, self.n, self.alpha) = (header.count, k, n, alpha)
    }

    /// The answers as lines of CSV, a header first: k, n and alpha of each row, the lower bound of the class's probability, and
    /// the ℓ2 radius of Gaussian noise divided by its σ, which is empty where nothing is certified.
    ///
    /// - Parameter give: Given each line, before the next row is answered.
    /// - Throws: `SuretyError` that names the first row without an answer.
    public func answer(_ give: (String) -> Void) throws(SuretyError) {
        give("k,n,alpha,lower,radius_over_sigma")
        for (number, line) in lines.dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard fields.count == width, let votes = Int(fields[k]), let samples = Int(fields[n]), let level = Double(fields[alpha])
            else {
                throw SuretyError("\(path), line \(number): '\(line)' does not give whole numbers k and n and a number alpha")
            }
            do {
                let bound = try VoteBounds(votes: votes, samples: samples, alpha: level).pALower
                let radius = try Noise.gaussian(sigma: 1).radius(in: .l2, pALower: bound, pBUpper: nil, dimensions: 1)
                give("\(votes),\(samples),\(fields[alpha]),\(bound),\(radius.map { "\($0)" } ?? "")")
            } catch {
                throw SuretyError("\(path), line \(number): \(error)")
            }
        }
    }
}
