import SuretyRecords
import SuretySmoothing

/// Directories of runs, verified together: each by itself, and that no two certificates among them contradict each other.
///
///     let material = VerificationMaterial(model: "model.onnx", data: "mnist")
///     let verified = try VerifiedDirectories(["seed-0", "seed-1"], against: material)
///     print(verified.passes, verified)
public struct VerifiedDirectories: CustomStringConvertible {
    /// The directories, in the order given.
    public let directories: [VerifiedDirectory]
    /// The pairs of certificates that contradict each other; nil where none were compared, for lack of certificates or of data.
    public let contradictions: Contradictions?

    /// - Throws: An error for a model or data that cannot be read. Anything wrong with a run is a finding.
    public init(_ paths: [String], against material: VerificationMaterial, _ execution: Execution = Execution()) throws {
        try self.init(paths.map { try VerifiedDirectory($0, against: material, execution) }, threads: execution.threads)
    }

    /// The same of directories that are verified already, each by itself.
    public init(_ directories: [VerifiedDirectory], threads: Int) throws {
        self.directories = directories
        let certificates = directories.compactMap(\.certificates)
        let hasRadii = certificates.contains { if case .certify = $0.contents.record.settings.procedure { true } else { false } }
        contradictions = hasRadii ? try Contradictions(among: certificates, threads: threads) : nil
    }

    /// Whether nothing is wrong.
    public var passes: Bool { directories.allSatisfy(\.findings.isEmpty) && contradictions?.count ?? 0 == 0 }

    /// What was verified and found, as `surety verify` prints it.
    public var description: String {
        (directories.map(\.description) + (contradictions.map { ["\($0)"] } ?? [])).joined(separator: "\n")
    }
}
