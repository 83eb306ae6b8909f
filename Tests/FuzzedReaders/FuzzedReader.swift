import Foundation
import Surety
import SuretyRecipes

/// A reader of files that may come from anyone, as coverage-guided fuzzing (`make fuzz`) and the test of what it found call it.
///
/// A refusal with the reader's own error is correct. Any other error ends the process, like a crash.
public enum FuzzedReader: String, CaseIterable, Sendable {
    case onnx, npz, npy, matlab, idx, pickle, picture, labels, lines, record, tsv, yaml

    /// Reads these bytes as a file that is put into a folder.
    public func read(_ bytes: Data, in folder: URL) {
        switch self {
        case .onnx: Self.readNetwork(bytes)
        case .npz: Self.accept(DatasetError.self) { try LabelledImages(archive: write(bytes, "set.npz", folder)) }
        case .npy: Self.accept(DatasetError.self) { try NumPyArray(contentsOf: write(bytes, "array.npy", folder)) }
        case .matlab:
            Self.accept(DatasetError.self) {
                try DatasetSource(write(bytes, "set.mat", folder).path).load(.test, under: DatasetRoot(folder.path))
            }
        case .idx: readIDX(bytes, folder)
        case .pickle:
            write(bytes, "cifar-10-batches-py/test_batch", folder)
            Self.accept(DatasetError.self) { try DatasetSource.cifar10.load(.test, under: DatasetRoot(folder.path)) }
        case .picture:
            write(bytes, "pictures/0/0.png", folder)
            Self.accept(DatasetError.self) { try LabelledImages(folder: folder.appending(path: "pictures")) }
        case .labels:
            write(Self.greyPixel, "list/0.png", folder)
            write(bytes, "list/labels.csv", folder)
            Self.accept(DatasetError.self) { try LabelledImages(folder: folder.appending(path: "list")) }
        case .lines:
            write(Self.runRecord, "run/run.json", folder)
            write(bytes, "run/certificates.jsonl", folder)
            Self.accept(RunError.self) { try RunContents<SmoothingSettings>(of: folder.appending(path: "run")) }
        case .record:
            write(bytes, "run/run.json", folder)
            write(Data(), "run/certificates.jsonl", folder)
            Self.accept(RunError.self) { try RunContents<SmoothingSettings>(of: folder.appending(path: "run")) }
        case .tsv: Self.accept(ReportError.self) { try ReportedRun(table: write(bytes, "log.tsv", folder), name: "log") }
        case .yaml: Self.accept(SuretyError.self) { try TrainingRecipe(contentsOf: write(bytes, "recipe.yaml", folder).path) }
        }
    }

    /// A network that is read must also run, if that takes no more than a moment.
    private static func readNetwork(_ bytes: Data) {
        guard let network = accept(ONNXError.self, { try ONNXReader.model(from: bytes).network }) else { return }
        guard network.vertices.map(\.shape.elementCount).reduce(0, +) < 1 << 16 else { return }
        do {
            let images = Node.input("images", shape: [2] + network.imageShape)
            let program = try Program(computing: [network.logits(of: images)], from: [images])
            _ = try program.makeExecutor().run([Tensor(shape: images.shape, repeating: 0.5)])
        } catch {
            fatalError("read, but does not run: \(error)")
        }
    }

    /// The first two bytes say how many of the others are the images' file; the rest is the labels'.
    private func readIDX(_ bytes: Data, _ folder: URL) {
        let rest = bytes.dropFirst(2)
        let length = min(rest.count, bytes.prefix(2).reduce(0) { $0 << 8 | Int($1) })
        write(rest.prefix(length), "mnist/t10k-images-idx3-ubyte", folder)
        write(rest.dropFirst(length), "mnist/t10k-labels-idx1-ubyte", folder)
        Self.accept(DatasetError.self) { try DatasetSource.mnist.load(.test, under: DatasetRoot(folder.path)) }
    }

    /// The record of a published run, so that lines are of a run.
    private static let runRecord: Data = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return FileManager.default.contents(atPath: root.appending(path: "Certificates/mnist-gaussian-0.25/run.json").path) ?? Data()
    }()

    /// A PNG file of one pixel.
    private static let greyPixel = Data([
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
        0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00, 0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78, 0xDA, 0x63,
        0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0xDA, 0x45, 0x08, 0x3B, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ])

    @discardableResult
    private static func accept<Result, Refusal: Error>(_: Refusal.Type, _ read: () throws -> Result) -> Result? {
        do {
            return try read()
        } catch is Refusal {
            return nil
        } catch {
            fatalError("not refused with \(Refusal.self): \(error)")
        }
    }

    /// Truncates and overwrites: a new file waits for the disk where `folder` is on one.
    @discardableResult
    private func write(_ bytes: Data, _ name: String, _ folder: URL) -> URL {
        let file = folder.appending(path: name)
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        if descriptor < 0 {
            guard (try? FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)) != nil,
                FileManager.default.createFile(atPath: file.path, contents: bytes)
            else { fatalError("cannot write \(file.path)") }
            return file
        }
        defer { close(descriptor) }
        let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count else { fatalError("cannot write \(file.path)") }
        return file
    }
}
