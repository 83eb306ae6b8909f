import Foundation
import SuretyDatasets
import TestSupport
import Testing

/// Batches made by `make_pickle_fixtures.py`: two images in Python's form, by each protocol and as Python 2 wrote CIFAR's own.
@Suite struct PickleTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/pickles")
    private static func contents(_ name: String) throws -> Data { try Data(contentsOf: fixtures.appending(path: name)) }

    private func load(_ contents: Data, as path: String, _ source: DatasetSource) throws -> LabelledImages {
        let folder = try TemporaryFolder()
        try folder.write(contents, to: path)
        return try source.load(.test, under: DatasetRoot(folder.root.path))
    }

    @Test(arguments: ["protocol2", "protocol3", "protocol4", "protocol5", "python2"])
    func batchesOfEveryProtocolAreTheSame(_ name: String) throws {
        let images = try load(try Self.contents(name), as: "cifar-10-batches-py/test_batch", .cifar10)
        #expect(images.labels == [3, 8] && images.shape == [3, 32, 32])
        guard case .uint8(let levels) = images.pixels else { return #expect(Bool(false)) }
        #expect(levels == (0..<6144).map { UInt8($0 * 7 % 251) })
    }

    @Test func fineLabelsAreCIFAR100s() throws {
        let images = try load(try Self.contents("cifar100"), as: "cifar-100-python/test", .cifar100)
        #expect(images.labels == [49, 99] && images.classCount == 100)
        // The same in binary: coarse label, fine label, pixels.
        guard case .uint8(let levels) = images.pixels else { return #expect(Bool(false)) }
        let binary = Data([10, 49] + levels.prefix(3072) + [19, 99] + levels.dropFirst(3072))
        #expect(try load(binary, as: "cifar100/cifar-100-binary/test.bin", .cifar100).sha256 == images.sha256)
    }

    /// A pickle that would run a command is refused by the name of what it would call, and runs nothing.
    @Test func nothingIsExecuted() throws {
        let error = #expect(throws: DatasetError.self) {
            try load(try Self.contents("hostile"), as: "cifar-10-batches-py/test_batch", .cifar10)
        }
        #expect(error?.description.contains("it would call posix.system") == true, "\(String(describing: error))")
    }

    @Test func damageIsRefused() throws {
        var random = SeededGenerator(seed: 6)
        for name in ["protocol2", "protocol5", "python2", "cifar100"] {
            let contents = try Self.contents(name)
            for _ in 0..<150 {
                var damaged = Bool.random(using: &random) ? contents.prefix(Int.random(in: 1..<contents.count, using: &random)) : contents
                for _ in 0..<3 { damaged[Int.random(in: 0..<min(damaged.count, 400), using: &random)] = UInt8.random(in: 0...255, using: &random) }
                // Read, where the damage is in pixels or names; refused in words otherwise.
                do { _ = try load(damaged, as: "cifar-10-batches-py/test_batch", .cifar10) } catch let error as DatasetError {
                    #expect(error.description.contains("test_batch"))
                }
            }
        }
    }
}
