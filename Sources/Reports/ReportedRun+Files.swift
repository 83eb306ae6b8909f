import Certification
import Foundation

extension ReportedRun {
    /// Reads the output directories of `surety certify` and `surety predict`, and other tools' tab-separated logs.
    ///
    /// A run is called by the end of its path, as much of it as tells the runs apart. One that is not finished is
    /// called so.
    ///
    /// - Throws: `ReportError` that names the file and the line that cannot be read.
    public static func read(_ paths: [String]) throws(ReportError) -> [ReportedRun] {
        var runs: [ReportedRun] = []
        for (path, name) in zip(paths, names(for: paths)) {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw ReportError("""
                    \(path): there is no such file or directory. Give the output directory of 'surety certify', or a \
                    tab-separated log.
                    """)
            }
            let url = URL(fileURLWithPath: path)
            if isFolder.boolValue {
                runs.append(try ReportedRun(directory: url, name: name))
            } else {
                runs.append(try ReportedRun(table: url, name: name))
            }
        }
        return runs
    }

    private init(directory: URL, name: String) throws(ReportError) {
        let contents: RunContents
        do {
            contents = try RunContents(of: directory)
        } catch {
            throw ReportError(error.description)
        }
        let (done, all) = (contents.certificates.count, contents.record.progress.images)
        self.init(
            name: done == all ? name : "\(name) (\(done) of \(all) images)", record: contents.record,
            certificates: contents.certificates)
    }

    /// The end of each path, as much of it as tells them apart.
    static func names(for paths: [String]) -> [String] {
        let components = paths.map { URL(fileURLWithPath: $0).standardizedFileURL.pathComponents.filter { $0 != "/" } }
        for length in 1...max(1, components.map(\.count).max() ?? 1) {
            let names = components.map { $0.suffix(length).joined(separator: "/") }
            if Set(names).count == paths.count { return names }
        }
        return paths
    }
}
