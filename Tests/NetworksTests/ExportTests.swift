import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretyTensors
import Testing
import TestSupport

/// For every architecture, the exported network computes the same in ONNX Runtime as here.
///
/// Fixtures/exports.json holds what ONNX Runtime made of the very bytes that are written, so that the comparison needs no
/// Python; where `SURETY_PEERS_PYTHON` names one with onnxruntime, it is made anew.
@Suite struct ExportTests {
    /// What Fixtures/export_logits.py prints.
    struct Record: Decodable {
        struct Export: Decodable {
            let sha256: String
            let logits: [Float]
        }
        let networks: [String: Export]
    }

    private static let python = ProcessInfo.processInfo.environment["SURETY_PEERS_PYTHON"]
    private static let fixtures = Bundle.module.url(forResource: "Fixtures", withExtension: nil)
    private static let cases = ArchitectureTests.small + ArchitectureTests.large

    /// The architecture with random running statistics and, on colour images, a normalisation in front.
    private func network(_ it: ArchitectureTests.Case) throws -> Network {
        let network = try it.network(seed: 1)
        var generator = SeededGenerator(seed: 2)
        var parameters = network.parameters
        func redraw(_ name: String, in range: ClosedRange<Float>) {
            guard let shape = parameters[name]?.shape else { return }
            let values = (0..<shape.reduce(1, *)).map { _ in Float.random(in: range, using: &generator) }
            parameters[name] = Tensor(shape: shape, values: values)
        }
        for vertex in network.vertices {
            guard case .batchNormalisation(let it) = vertex.layer else { continue }
            redraw(it.mean, in: -0.1...0.1)
            redraw(it.variance, in: 0.5...1.5)
            redraw(it.scale, in: 0.8...1.2)
            redraw(it.shift, in: -0.1...0.1)
        }
        // A last layer that begins at 0 would show nothing of those before it.
        for (name, tensor) in network.parameters.sorted(by: { $0.key < $1.key })
        where tensor.shape.count == 2 && tensor.values.allSatisfy({ $0 == 0 }) {
            redraw(name, in: -0.1...0.1)
        }
        let drawn = try network.withParameters(parameters)
        return it.imageShape[0] == 1
            ? drawn : try drawn.normalised(mean: [0.491, 0.482, 0.447], standardDeviation: [0.247, 0.243, 0.262])
    }

    private func logits(_ network: Network) throws -> [Float] {
        let shape = [2] + network.imageShape
        let pixels = (0..<shape.reduce(1, *)).map { Float($0 * 37 % 256) / 255 }
        return try network.logits(of: Tensor(shape: shape, values: pixels)).values
    }

    private func expectEqual(_ found: [Float], _ expected: [Float], _ name: String) {
        #expect(Set(expected).count > 1, "\(name)")
        #expect(relativeError(found, expected) < 1e-4, "\(name)")
    }

    @Test(arguments: cases)
    func computesWhatONNXRuntimeDid(_ it: ArchitectureTests.Case) throws {
        let file = try #require(Self.fixtures).appendingPathComponent("exports.json")
        let record = try JSONDecoder().decode(Record.self, from: Data(contentsOf: file))
        let export = try #require(record.networks[it.architecture.rawValue], "no record: make exports.json anew")
        let network = try network(it)
        expectEqual(try logits(network), export.logits, it.architecture.rawValue)
        // ONNX Runtime saw these bytes and no others.
        let written = try SHA256.hexadecimal(of: ONNXWriter.data(for: network))
        #expect(written == export.sha256, "what is written has changed: run the tests with SURETY_PEERS_PYTHON set")
    }

    @Test(.enabled(if: python != nil, "set SURETY_PEERS_PYTHON to a python with onnxruntime"))
    func computesWhatONNXRuntimeDoes() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("surety-exports-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var expected: [String: [Float]] = [:]
        for it in Self.cases {
            let network = try network(it)
            let name = it.architecture.rawValue
            try ONNXWriter.data(for: network).write(to: folder.appendingPathComponent("\(name).onnx"))
            expected[name] = try logits(network)
        }
        let output = folder.appendingPathComponent("exports.json")
        let script = try #require(Self.fixtures).appendingPathComponent("export_logits.py")
        #expect(try run([script.path, folder.path], into: output) == 0)
        let record = try JSONDecoder().decode(Record.self, from: Data(contentsOf: output))
        #expect(Set(record.networks.keys) == Set(expected.keys))
        for (name, logits) in expected { expectEqual(logits, try #require(record.networks[name]).logits, name) }

        let committed = try? JSONDecoder().decode(
            Record.self, from: Data(contentsOf: try #require(Self.fixtures).appendingPathComponent("exports.json")))
        let isCurrent = committed?.networks.mapValues(\.sha256) == record.networks.mapValues(\.sha256)
        #expect(isCurrent, "copy \(output.path) to Tests/NetworksTests/Fixtures")
        if isCurrent { try FileManager.default.removeItem(at: folder) }
    }

    private func run(_ arguments: [String], into output: URL) throws -> Int32 {
        #expect(FileManager.default.createFile(atPath: output.path, contents: nil))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.python ?? "")
        process.arguments = arguments
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
