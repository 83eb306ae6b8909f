import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretyTensors

/// The file of a checkpoint:
///
/// - the line `surety checkpoint 1`, or `surety checkpoint 2` if convolutions are not direct: earlier versions refuse that;
/// - the length of the header in bytes, a little-endian 64-bit integer; the header, JSON: what the training was, its history,
///   the optimiser's steps, and the name and shape of each tensor that follows;
/// - the tensors' elements one after another, little-endian IEEE singles, so that they are read back bit for bit;
/// - SHA-256 of all this, 64 hexadecimal digits.
extension Checkpoint {
    private static let signatures = (direct: Data("surety checkpoint 1\n".utf8), other: Data("surety checkpoint 2\n".utf8))
    private static let digestLength = 64

    private struct Header: Codable {
        var origin: Origin
        var history: [Trainer.Epoch]
        var step: Int
        var tensors: [Entry]

        struct Entry: Codable {
            var role: Role
            var name: String
            var shape: [Int]
        }

        enum Role: String, Codable {
            case parameter, first, second
        }
    }

    /// Writes the checkpoint so that at any moment the file holds either the old one or this one, whole and on disk.
    ///
    /// - Throws: `TrainingError` naming the file and the system's reason.
    public func write(to url: URL) throws(TrainingError) {
        let data = try data()
        do {
            try data.replaceFile(at: url)
        } catch {
            throw TrainingError("the checkpoint \(url.path): cannot \(error.action): \(error.reason)")
        }
    }

    /// Reads a checkpoint.
    ///
    /// - Throws: `TrainingError` when there is no such file, or it is not a whole and unchanged checkpoint.
    public init(contentsOf url: URL) throws(TrainingError) {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw TrainingError("cannot read the checkpoint \(url.path): \(error.systemReason)")
        }
        do {
            try self.init(data)
        } catch {
            throw TrainingError("\(url.path): \(error.description). Start again, or resume from another checkpoint.")
        }
    }

    /// The file's bytes: the same for equal checkpoints.
    package func data() throws(TrainingError) -> Data {
        let state = [(Header.Role.first, optimiserState.first), (.second, optimiserState.second)]
        var entries: [Header.Entry] = []
        var values: [[Float]] = []
        for (name, tensor) in parameters.sorted(by: { $0.key < $1.key }) {
            entries.append(.init(role: .parameter, name: name, shape: tensor.shape))
            values.append(tensor.values)
        }
        for (role, memory) in state {
            for (name, remembered) in memory.sorted(by: { $0.key < $1.key }) {
                entries.append(.init(role: role, name: name, shape: [remembered.count]))
                values.append(remembered)
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let header: Data
        do {
            header = try encoder.encode(
                Header(origin: origin, history: history, step: optimiserState.step, tensors: entries))
        } catch {
            throw TrainingError("the checkpoint's header cannot be written: \(error)")
        }
        var data = origin.convolution == nil ? Self.signatures.direct : Self.signatures.other
        data.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
        data.append(header)
        for tensor in values {
            tensor.map { $0.bitPattern.littleEndian }.withUnsafeBytes { data.append(contentsOf: $0) }
        }
        data.append(Data(SHA256.hexadecimal(of: data).utf8))
        return data
    }

    package init(_ data: Data) throws(TrainingError) {
        guard data.starts(with: Self.signatures.direct) || data.starts(with: Self.signatures.other) else {
            throw TrainingError("it is not a checkpoint of this version")
        }
        let content = data.dropLast(Self.digestLength)
        guard content.count >= Self.signatures.direct.count + 8,
            Data(SHA256.hexadecimal(of: Data(content)).utf8) == data.suffix(Self.digestLength)
        else { throw TrainingError("the checkpoint is cut off or has been changed") }

        var rest = content.dropFirst(Self.signatures.direct.count)
        let length = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        guard length <= rest.count, let header = try? JSONDecoder().decode(Header.self, from: Data(rest.prefix(Int(length))))
        else { throw TrainingError("the checkpoint's header cannot be read") }
        rest = rest.dropFirst(Int(length))

        var parameters: [String: Tensor] = [:]
        var state = OptimiserState()
        state.step = header.step
        for entry in header.tensors {
            guard let count = entry.shape.checkedElementCount, count <= rest.count / 4 else {
                throw TrainingError("the checkpoint has no room for \"\(entry.name)\" of shape \(entry.shape)")
            }
            let values = Data(rest.prefix(4 * count)).withUnsafeBytes { bytes in
                (0..<count).map { index in
                    Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
                }
            }
            rest = rest.dropFirst(4 * count)
            switch entry.role {
            case .parameter: parameters[entry.name] = Tensor(shape: entry.shape, values: values)
            case .first: state.first[entry.name] = values
            case .second: state.second[entry.name] = values
            }
        }
        guard rest.isEmpty else { throw TrainingError("the checkpoint has \(rest.count) bytes too many") }
        try self.init(origin: header.origin, history: header.history, parameters: parameters, optimiserState: state)
    }
}
