import Foundation
import Records

/// The files of a run of certify or predict.
extension RunFile {
    static func record(in directory: URL) -> URL { directory.appending(path: "run.json") }
    static func certificates(in directory: URL) -> URL { directory.appending(path: "certificates.jsonl") }
    static func table(in directory: URL) -> URL { directory.appending(path: "certificates.tsv") }
}
