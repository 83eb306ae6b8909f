import Foundation

/// The folder under which data sets lie.
///
/// It is the one given (`--data-root`), else the environment's `SURETY_DATA`, else `~/.cache/surety`.
public struct DatasetRoot: Sendable, Equatable {
    /// The folder.
    public let url: URL

    /// - Parameters:
    ///   - given: A path, if one was given.
    ///   - environment: Where `SURETY_DATA` is looked up.
    public init(_ given: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment) {
        if let folder = [given, environment["SURETY_DATA"]].compactMap({ $0 }).first(where: { !$0.isEmpty }) {
            url = URL(fileURLWithPath: folder, isDirectory: true)
        } else {
            url = FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/surety")
        }
    }
}
