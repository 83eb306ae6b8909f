import Foundation
import TestSupport
import Testing

/// A CSV file of numbers from the shared data: a header line of column names, empty cells allowed.
struct ReferenceTable {
    let columns: [String]
    let rows: [[String: Double]]

    init(_ path: String) throws {
        let url = try #require(SharedData.url(path))
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        columns = lines[0].split(separator: ",").map(String.init)
        rows = lines.dropFirst().map { [columns] line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
            return Dictionary(uniqueKeysWithValues: zip(columns, cells).compactMap { name, cell in cell.map { (name, $0) } })
        }
    }
}
