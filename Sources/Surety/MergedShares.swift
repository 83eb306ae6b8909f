import Foundation
import SuretyAttacks
import SuretyBounds
import SuretyRecords
import SuretySharing
import SuretySmoothing

/// Joins the parts of a run that several machines made, in any order: the result is the run that one machine would have made.
///
/// - Returns: The number of its images.
/// - Throws: `RunError.notMergeable` when they are not the parts of one run, or some are missing, saying which.
public func mergeRuns(_ directories: [URL], into output: URL) throws -> Int {
    func merge<Settings: RunSettings>(_: Settings.Type) throws -> Int {
        try RunContents<Settings>.merge(directories, into: output).progress.completed
    }
    let method = try directories.first.flatMap { try RunFile.method(in: $0) }
    return switch method {
    case let method? where BoundsSettings.methods.contains(method): try merge(BoundsSettings.self)
    case let method? where AttackSettings.methods.contains(method): try merge(AttackSettings.self)
    default: try merge(SmoothingSettings.self)
    }
}

/// A run made of what workers on a shared folder found.
public struct MergedShares: Sendable {
    /// The number of its images.
    public let images: Int
    /// Those who took part.
    public let workers: [Worker]
    /// How often something was done twice, and compared.
    public let duplicates: Int
    /// Where processors of different kinds gave different results, in words; empty for integer networks, for which that is
    /// refused.
    public let differences: [String]
}

/// Makes a run from a shared folder once all its images are decided.
///
/// - Throws: `RunError.notMergeable` if some are not, or if workers differ that cannot differ.
public func mergeShared(_ folder: URL, into output: URL) throws -> MergedShares {
    func merged<Settings: RunSettings>(
        _: Settings.Type, files: (SharedRun<Settings>, SharedRun<Settings>.Gathered, [Settings.Line]) throws -> [String: Data]
    ) throws -> MergedShares {
        let run = try SharedRun<Settings>(of: folder)
        let gathered = try run.merge(into: output) { try files(run, $0, $1) }
        return MergedShares(
            images: gathered.lines.count, workers: gathered.workers, duplicates: gathered.duplicates,
            differences: gathered.differences.map(\.description))
    }
    let method = try RunFile.method(in: folder)
    return switch method {
    case let method? where BoundsSettings.methods.contains(method):
        try merged(BoundsSettings.self) { _, _, _ in [FitReport.file: try RunFile.read(folder.appending(path: FitReport.file))] }
    case let method? where AttackSettings.methods.contains(method): try merged(AttackSettings.self, files: adversarialImages)
    default: try merged(SmoothingSettings.self) { _, _, _ in [:] }
    }
}

/// The archive of adversarial images, from what the workers kept beside their journals.
private func adversarialImages(
    _ run: SharedRun<AttackSettings>, _ gathered: SharedRun<AttackSettings>.Gathered, _ lines: [AttackedImage]
) throws -> [String: Data] {
    let kept = Dictionary(uniqueKeysWithValues: try gathered.workers.map { ($0.name, try run.kept(by: $0.name)) })
    let images = try lines.map { line in
        let origin = gathered.origins[line.image]
        let pixels = AttackedImage.pixels(
            at: origin?.place ?? 0, of: run.record.dimensions, in: origin.flatMap { kept[$0.worker] } ?? Data())
        guard AttackedImage.digest(of: pixels) == line.adversarialSHA256 else {
            throw RunError(.damagedRecord, """
                \(run.url.path): the adversarial image of image \(line.image) is not the one that \(origin?.worker ?? "a worker") found. Remove \
                its journal from workers, and start a worker to do its part again
                """)
        }
        return pixels
    }
    let file = FileManager.default.temporaryDirectory.appending(path: "surety-\(UUID().uuidString).npz")
    defer { try? FileManager.default.removeItem(at: file) }
    try AttackedImage.archive(images, of: lines, run.record.data, to: file)
    return [AttackDirectory.archive: try RunFile.read(file)]
}
