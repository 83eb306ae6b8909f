import Foundation

/// Why a run could not be started, continued, joined or read.
///
/// The description names the file or the value, says what is wrong with it and what to do about it.
public struct RunError: Error, CustomStringConvertible, LocalizedError, Equatable, Sendable {
    /// What kind of failure it was.
    public enum Reason: Equatable, Sendable {
        /// A setting outside its range.
        case invalidSettings
        /// Vote counts that contradict the settings.
        case invalidCounts
        /// A record that is not what Surety writes: altered, truncated, or of another format.
        case damagedRecord
        /// The directory holds a run with other settings.
        case differentSettings
        /// Another process is writing to the directory.
        case inUse
        /// The operating system refused to read or write.
        case inaccessible
        /// The file system has no room left.
        case outOfSpace
        /// Runs that are not parts of the same run.
        case notMergeable
    }

    /// The kind of failure, for programs.
    public let reason: Reason
    /// The whole message, for people.
    public let description: String

    /// An error with a message that names the file or the value.
    public init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }

    /// The same message, for Foundation.
    public var errorDescription: String? { description }
}

extension RunError {
    package static func damaged(_ file: URL, line: Int? = nil, _ what: String) -> RunError {
        let place = line.map { " line \($0)" } ?? ""
        return RunError(.damagedRecord, """
            \(file.path)\(place): \(what). `surety verify` names everything that is wrong with a run; \
            to start afresh, give another output directory.
            """)
    }

    /// A system call's failure, from `errno`.
    package static func system(_ file: URL, _ action: String, _ code: Int32) -> RunError {
        let cause = String(cString: strerror(code))
        if [ENOSPC, EDQUOT, EFBIG].contains(code) {
            return RunError(.outOfSpace, """
                \(file.path): cannot \(action): \(cause). All that is counted as done is safe in the directory; \
                make room and start the command again, it goes on from there.
                """)
        }
        return RunError(.inaccessible, """
            \(file.path): cannot \(action): \(cause). Check the path, its permissions and the disk.
            """)
    }
}
