import Foundation
import SuretyRecords

/// One of the processes that share a run: the first line of its journal.
public struct Worker: Sendable, Equatable, Codable {
    /// The name, from host, process and a random number: no two workers have the same.
    public let name: String
    /// The machine's name.
    public let host: String
    /// The version of Surety.
    public let version: String
    /// Its processor, threads and libraries.
    public let environment: RunEnvironment

    /// This process.
    public init(_ environment: RunEnvironment) {
        host = ProcessInfo.processInfo.hostName
        // Characters that a file name or a table column cannot hold are left out.
        let plain = host.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(32)
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        name = "\(plain.isEmpty ? "host" : plain)-\(ProcessInfo.processInfo.processIdentifier)-\(digits)"
        version = RecordFormat.version
        self.environment = environment
    }
}
