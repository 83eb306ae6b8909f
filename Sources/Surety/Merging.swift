import Foundation
import SuretyAttacks
import SuretyBounds
import SuretyRecords
import SuretySmoothing

/// Joins the parts of a run that several machines made, in any order: the result is the run that one machine would have made.
///
/// - Returns: How many images there are in it.
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
