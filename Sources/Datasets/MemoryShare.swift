import Foundation

/// How much memory one array may take: half of what this process may have.
///
/// That is half of the machine's memory, or less if there is a limit: on the process (`ulimit -v`, `ulimit -d`) or on the group
/// of processes it belongs to (a container's). Without such a bound, a small packed file could claim more than there is, and
/// a failed allocation ends the process without a message.
enum MemoryShare {
    static var bytes: Int {
        let limits = [Int(clamping: ProcessInfo.processInfo.physicalMemory)] + processLimits + groupLimits
        return (limits.min() ?? 0) / 2
    }

    /// - Parameter part: What takes up `count` elements of `size` bytes, in the plural.
    /// - Throws: `DatasetError` when that is more than the share.
    static func require(_ count: Int, of size: Int, for part: String, in file: String) throws(DatasetError) {
        let (needed, overflow) = count.multipliedReportingOverflow(by: size)
        let share = bytes
        guard !overflow, needed <= share else {
            throw DatasetError(.unsupported, """
                \(file): its \(part) take \(overflow ? "absurdly many" : "\(needed)") bytes, where this process can have \
                \(share) for them, half of its memory. Take fewer images at a time (--max, --skip), split the file, or \
                use a machine or a limit with more memory.
                """)
        }
    }

    private static var processLimits: [Int] {
        [RLIMIT_AS, RLIMIT_DATA].compactMap { resource in
            var limit = rlimit()
            #if os(Linux)
            guard getrlimit(__rlimit_resource_t(UInt32(resource.rawValue)), &limit) == 0 else { return nil }
            #else
            guard getrlimit(resource, &limit) == 0 else { return nil }
            #endif
            return Int(clamping: limit.rlim_cur)
        }
    }

    /// The limits of Linux's control groups, versions 2 and 1, as a container sees its own.
    private static var groupLimits: [Int] {
        ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].compactMap { file in
            (try? String(contentsOfFile: file, encoding: .utf8)).flatMap {
                Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        }
    }
}
