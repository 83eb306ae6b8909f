import Certification
import Datasets
import Foundation
import Records

/// The JSON files of run directories: a record, and a line for each image.
public enum RunFiles {
    /// - Throws: `ReportError` with the file's name when it cannot be read or is something else.
    public static func decode<Value: Decodable>(_ type: Value.Type, from file: URL) throws(ReportError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: contents(of: file))
        } catch let error as ReportError {
            throw error
        } catch {
            throw ReportError("\(file.path): \(CanonicalJSON.explain(error)).")
        }
    }

    public static func lines<Value: Decodable>(_ type: Value.Type, from file: URL) throws(ReportError) -> [Value] {
        var values: [Value] = []
        for (number, line) in try contents(of: file).split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                values.append(try JSONDecoder().decode(type, from: line))
            } catch {
                throw ReportError("\(file.path), line \(number + 1): \(CanonicalJSON.explain(error)).")
            }
        }
        return values
    }

    public static func write(_ value: some Encodable, to file: URL) throws(ReportError) {
        try write(encoded(value, [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted], file) + [UInt8(ascii: "\n")], file)
    }

    public static func write(lines values: [some Encodable], to file: URL) throws(ReportError) {
        var data = Data()
        for value in values {
            data += try encoded(value, [.sortedKeys, .withoutEscapingSlashes], file) + [UInt8(ascii: "\n")]
        }
        try write(data, file)
    }

    private static func encoded(
        _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting, _ file: URL
    ) throws(ReportError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        do {
            return try encoder.encode(value)
        } catch {
            throw ReportError("\(file.path): a number in it is not finite.")
        }
    }

    private static func write(_ data: Data, _ file: URL) throws(ReportError) {
        do {
            try data.replaceFile(at: file)
        } catch {
            throw ReportError("\(file.path): cannot \(error.action): \(error.reason). Choose another place.")
        }
    }

    private static func contents(of file: URL) throws(ReportError) -> Data {
        do {
            return try Data(contentsOf: file)
        } catch {
            throw ReportError("\(file.path): cannot read it: \(error.systemReason).")
        }
    }
}
