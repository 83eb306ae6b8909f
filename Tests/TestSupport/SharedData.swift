import Foundation
import Testing

/// The folder of real data sets, models and reference numbers that many tests compare with.
///
/// It is `$SURETY_DATA` if that folder holds it, else the folder `shared` beside the package. A test that needs it says
/// ```swift
/// @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
/// func matchesTheTable() throws {
///     let table = try #require(SharedData.url("reference/binomial_test.csv"))
/// ```
/// so that it is reported as skipped, with the reason, on a machine without the folder. Under `CI=true` nothing
/// is skipped: there the missing folder makes the `#require` fail.
public enum SharedData {
    /// Why a test was skipped.
    public static let reasonToSkip: Comment =
        "no folder of shared data: set SURETY_DATA, or put it beside the package as ../shared"

    /// Whether tests against the shared data are to run.
    public static var isAvailable: Bool { root != nil || isContinuousIntegration }

    /// The file or folder at `path` inside the shared folder; nil where there is none.
    public static func url(_ path: String) -> URL? {
        guard let url = root?.appending(path: path), exists(url) else { return nil }
        return url
    }

    private static var isContinuousIntegration: Bool {
        ProcessInfo.processInfo.environment["CI"] == "true"
    }

    private static var root: URL? {
        let beside = URL(filePath: #filePath)  // Tests/TestSupport/SharedData.swift
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "shared")
        let named = ProcessInfo.processInfo.environment["SURETY_DATA"].map { URL(filePath: $0) }
        // SURETY_DATA is the command's folder of data sets too, and need not hold the reference numbers.
        return [named, beside].compactMap(\.self).first { exists($0.appending(path: "reference")) }
    }

    private static func exists(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.path(percentEncoded: false))
    }
}
