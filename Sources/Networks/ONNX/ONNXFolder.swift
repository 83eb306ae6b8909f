public import Foundation
import SuretyRecords

/// The files beside a model that hold its weights: PyTorch's exporter writes `model.onnx.data`, others a file for each tensor.
///
/// Only regular files in the model's own folder are read, whatever a model says. They are mapped into memory, not copied.
public struct ONNXFolder {
    private let folder: URL
    private var files: [String: Data] = [:]

    /// - Parameter folder: Where the model lies.
    public init(_ folder: URL) { self.folder = folder.resolvingSymlinksInPath() }

    /// The names of the files read so far, each with its SHA-256.
    var digests: [(name: String, sha256: String)] {
        files.sorted { $0.key < $1.key }.map { ($0.key, SHA256.hexadecimal(of: $0.value)) }
    }

    /// The bytes of all files read so far.
    var byteCount: Int { files.values.map(\.count).reduce(0, +) }

    /// The bytes of a tensor that lies in one of the files.
    mutating func data(of tensor: Onnx_TensorProto, place: String) throws(ONNXError) -> Data {
        var entries: [String: String] = [:]
        for entry in tensor.externalData { entries[entry.key] = entry.value }
        guard let location = entries["location"], !location.isEmpty else {
            throw ONNXError(.invalid, at: place, "its data lies in another file, and the model does not say in which")
        }
        let data = try file(location, place: place)
        func number(_ key: String) throws(ONNXError) -> Int? {
            guard let text = entries[key] else { return nil }
            guard let number = Int(text), number >= 0 else { throw ONNXError(.invalid, at: place, "its \(key) is \(quoted(text))") }
            return number
        }
        let offset = try number("offset") ?? 0
        let length = try number("length") ?? data.count - min(offset, data.count)
        guard offset <= data.count, length <= data.count - offset else {
            throw ONNXError(.invalid, at: place, """
                it takes \(length) bytes from byte \(offset) of \(quoted(location)), which has \(data.count): the file is cut \
                short, or belongs to another model; export the model again
                """)
        }
        return data.dropFirst(offset).prefix(length)
    }

    private mutating func file(_ location: String, place: String) throws(ONNXError) -> Data {
        if let data = files[location] { return data }
        let url = folder.appending(path: location).standardizedFileURL
        guard !location.hasPrefix("/"), !location.split(separator: "/").contains("..") else {
            throw ONNXError(.unsupported, at: place, """
                its data lies outside the model's folder, in \(quoted(location)): put the file there
                """)
        }
        let values = try? url.resourceValues(forKeys: [.isRegularFileKey, .isSymbolicLinkKey])
        let isInside = url.resolvingSymlinksInPath().pathComponents.starts(with: folder.pathComponents)
        guard isInside, values?.isRegularFile == true else {
            throw ONNXError(.unreadable, at: place, """
                its data lies in \(quoted(location)), which is not in the model's folder: copy it there too, because the two \
                belong together
                """)
        }
        do {
            let data = try Data(contentsOf: url, options: .alwaysMapped)
            files[location] = data
            return data
        } catch {
            throw ONNXError(.unreadable, at: place, "cannot read its data in \(quoted(location)): \(error.localizedDescription)")
        }
    }
}
