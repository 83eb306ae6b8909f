import Foundation
import SuretySmoothing

extension ReportedRun {
    /// Reads the output directories of `surety certify` and `surety predict`, and other tools' logs.
    ///
    /// A run is named by the end of its path, with as much of it as distinguishes the runs. The name of an unfinished run
    /// says that it is unfinished.
    ///
    /// - Throws: `ReportError` that names the file and the line that cannot be read, or the run that has no results yet.
    public static func read(_ paths: [String]) throws(ReportError) -> [ReportedRun] {
        var runs: [ReportedRun] = []
        for (path, name) in zip(paths, names(for: paths)) { runs.append(try ReportedRun(path: path, name: name)) }
        return runs
    }

    /// The same for those that can be read, and the reasons why the others cannot: one bad file does not stop the others.
    ///
    /// - Throws: `ReportError` if none can be read.
    public static func readable(
        among paths: [String]
    ) throws(ReportError) -> (runs: [ReportedRun], unread: [ReportError]) {
        try readable(among: paths) { path, name throws(ReportError) in try ReportedRun(path: path, name: name) }
    }

    /// The same, with runs of attacks separate.
    ///
    /// - Throws: `ReportError` if none can be read.
    public static func readableWithAttacks(
        among paths: [String]
    ) throws(ReportError) -> (runs: [ReportedRun], attacks: [ReportedAttack], unread: [ReportError]) {
        var (runs, attacks): ([ReportedRun], [ReportedAttack]) = ([], [])
        let (read, unread) = try readable(among: paths, reported)
        for one in read {
            switch one {
            case .run(let run): runs.append(run)
            case .attack(let attack): attacks.append(attack)
            }
        }
        return (runs, attacks, unread)
    }

    /// What there is at a path.
    enum Reported {
        case run(ReportedRun)
        case attack(ReportedAttack)
    }

    static func reported(path: String, name: String) throws(ReportError) -> Reported {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            return .run(try ReportedRun(path: path, name: name))
        }
        let input = try ReportInput(contentsOf: path)
        if case .attack(let run) = input { return .attack(ReportedAttack(run, named: name)) }
        return .run(try ReportedRun(input, path: path, name: name))
    }

    /// The results of `read` for the paths and their names, and the reasons for those that fail.
    static func readable<Run>(
        among paths: [String], _ read: (_ path: String, _ name: String) throws(ReportError) -> Run
    ) throws(ReportError) -> (runs: [Run], unread: [ReportError]) {
        var (runs, unread): ([Run], [ReportError]) = ([], [])
        for (path, name) in zip(paths, names(for: paths)) {
            do throws(ReportError) { runs.append(try read(path, name)) } catch { unread.append(error) }
        }
        guard !runs.isEmpty || unread.isEmpty else {
            throw ReportError(unread.map(\.description).joined(separator: "\n"))
        }
        return (runs, unread)
    }

    init(path: String, name: String) throws(ReportError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ReportError("""
                \(path): there is no such file or directory. Give the output directory of 'surety certify', or a \
                tab-separated log.
                """)
        }
        if isFolder.boolValue {
            try self.init(ReportInput(contentsOf: path), path: path, name: name)
        } else {
            try self.init(table: URL(fileURLWithPath: path), name: name)
        }
    }

    /// - Throws: `ReportError` for runs that certify nothing, or have certified nothing yet.
    private init(_ input: ReportInput, path: String, name: String) throws(ReportError) {
        switch input {
        case .certificates(let record, let certificates):
            guard !certificates.isEmpty else {
                throw ReportError("\(path): there are no results in it. Wait for the run to finish an image.")
            }
            self.init(
                name: Self.name(name, done: certificates.count, of: record.progress.images), record: record,
                certificates: certificates)
        case .attack:
            throw ReportError("\(path): it holds attacks, which certify nothing. 'surety plot' and 'surety report' show them.")
        case .bounds: throw ReportError("\(path): it holds bounds, which 'surety report' shows.")
        }
    }

    /// The name of a run when `done` of its images are done.
    static func name(_ name: String, done: Int, of all: Int) -> String {
        done == all ? name : "\(name) (\(done) of \(all) images)"
    }

    /// The end of each path, with as much of it as distinguishes the paths.
    static func names(for paths: [String]) -> [String] {
        let components = paths.map { URL(fileURLWithPath: $0).standardizedFileURL.pathComponents.filter { $0 != "/" } }
        for length in 1...max(1, components.map(\.count).max() ?? 1) {
            let names = components.map { $0.suffix(length).joined(separator: "/") }
            if Set(names).count == paths.count { return names }
        }
        return paths
    }
}
