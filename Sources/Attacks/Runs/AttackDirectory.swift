import Foundation
import SuretyDatasets
import SuretyRecords
import Synchronization

/// The directory that `surety attack` writes to: a `RunDirectory`, and the adversarial images in `adversarial.npz`.
///
/// While the run goes on, the images are kept in `adversarial.part`, pixels as little-endian singles, one image after
/// another. Each image is on disk before its line. They become `adversarial.npz` when the run ends or is interrupted.
public final class AttackDirectory: Sendable {
    /// The record and the lines.
    public let run: RunDirectory<AttackSettings>
    private let images: LabelledImages
    /// nil when the run was finished before.
    private let pixels: Mutex<Journal?>
    /// The file with the adversarial images.
    public static let archive = "adversarial.npz"
    private static let part = "adversarial.part"

    /// - Parameter images: The data set that is attacked.
    /// - Throws: `RunError` as `RunDirectory` does, and when the images kept are not those of the lines.
    public init(at url: URL, for record: AttackRecord, images: LabelledImages) throws(RunError) {
        self.images = images
        run = try RunDirectory(at: url, for: record)
        let file = url.appending(path: Self.part)
        // A finished run no longer has a part file, and needs none.
        guard !run.remaining.isEmpty || FileManager.default.fileExists(atPath: file.path) else {
            pixels = Mutex(nil)
            return
        }
        var journal = try Journal(at: file)
        let size = images.shape.elementCount * MemoryLayout<Float>.stride
        let contents = try journal.read()
        guard contents.count >= run.completedBefore * size else {
            throw .damaged(file, "it holds \(contents.count / size) images, and \(AttackSettings.linesFile) \(run.completedBefore)")
        }
        for (place, finding) in run.lines.enumerated() {
            guard SHA256.hexadecimal(of: Data(contents[place * size..<(place + 1) * size])) == finding.adversarialSHA256 else {
                throw .damaged(file, "image \(finding.image) is not the one found")
            }
        }
        try journal.keep(run.completedBefore * size)
        pixels = Mutex(journal)
    }

    /// Adds the findings on the next images; they are on disk when this returns.
    public func append(_ findings: [AttackedImage]) throws(RunError) {
        let bytes = AttackedImage.pixels(of: findings)
        try pixels.withLock { pixels throws(RunError) in try pixels?.append(bytes) }
        try run.append(findings)
    }

    /// Writes the images found so far, and the record with its progress.
    ///
    /// - Returns: The images found so far, as they are after the attacks.
    @discardableResult
    public func save() throws -> [[Float]] {
        let contents = try pixels.withLock { pixels throws(RunError) in try pixels?.read() } ?? Data()
        let size = images.shape.elementCount
        let lines = run.lines
        guard !lines.isEmpty, contents.count >= lines.count * size * MemoryLayout<Float>.stride else { return [] }
        let adversarial = lines.indices.map { AttackedImage.pixels(at: $0, of: size, in: contents) }
        try AttackedImage.archive(adversarial, of: lines, run.record.data, to: run.url.appending(path: Self.archive))
        try run.attach(fileNamed: Self.archive)
        try run.save()
        if run.record.progress.finished { try? FileManager.default.removeItem(at: run.url.appending(path: Self.part)) }
        return adversarial
    }

    /// Whether the directory held the finished run, so that nothing is left to do.
    public var isFinished: Bool {
        run.remaining.isEmpty && !FileManager.default.fileExists(atPath: run.url.appending(path: Self.part).path)
    }
}

extension AttackedImage {
    /// The adversarial images of findings, one after another.
    public static func pixels(of findings: [AttackedImage]) -> Data { findings.flatMap(\.adversarial).littleEndianBytes }

    /// The adversarial image at a place, each having `size` values; empty if there are not that many.
    public static func pixels(at place: Int, of size: Int, in contents: Data) -> [Float] {
        contents.withUnsafeBytes { bytes in
            guard bytes.count >= (place + 1) * size * MemoryLayout<Float>.stride else { return [] }
            return (0..<size).map { element in
                let offset = (place * size + element) * MemoryLayout<Float>.stride
                return Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
        }
    }

    /// Writes adversarial images as a data set, in the order of their lines.
    ///
    /// - Parameter data: The data set that was attacked.
    public static func archive(_ adversarial: [[Float]], of lines: [AttackedImage], _ data: DataRecord, to file: URL) throws {
        let set = try LabelledImages(
            name: data.name, split: data.split, pixels: .float32(Array(adversarial.joined())), count: lines.count,
            shape: data.shape, labels: lines.map(\.label), source: file.lastPathComponent)
        try set.write(archive: file)
    }
}
