import Foundation

/// The command `surety`, run as a process, as its users do.
struct Command: CustomStringConvertible {
    /// The exit code; below zero the number of the signal that ended the process.
    let status: Int32
    let output: String
    let errors: String

    /// Runs `surety` with `arguments` and waits for it.
    ///
    /// - Parameter environment: Added to the environment of the tests.
    init(_ arguments: String..., environment: [String: String] = [:], in folder: URL? = nil) throws {
        try self.init(arguments, environment: environment, in: folder)
    }

    init(_ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil) throws {
        self = try RunningCommand(arguments, environment: environment, in: folder).wait()
    }

    /// Runs a script of the shell, in which `"$SURETY"` is the command and `"$@"` are the arguments.
    init(script: String, _ arguments: [String] = []) throws {
        self = try RunningCommand(
            ["-c", script, "sh"] + arguments, of: URL(fileURLWithPath: "/bin/sh"),
            environment: ["SURETY": Self.executable.path]
        ).wait()
    }

    fileprivate init(status: Int32, output: String, errors: String) {
        (self.status, self.output, self.errors) = (status, output, errors)
    }

    var description: String { "exit code \(status)\n\(output)\(errors)" }

    /// Whether the command refused: with an exit code, not a signal, and with words that name the culprit.
    func refused(naming culprit: String) -> Bool { status > 0 && status < 128 && errors.contains(culprit) }

    static var executable: URL { product("surety") }

    /// An executable of the package: they lie beside the test bundle.
    static func product(_ name: String) -> URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent(name)
    }
}

/// A command at work.
final class RunningCommand {
    private let process = Process()
    private let (output, errors): (UnnamedFile, UnnamedFile)
    private let ended = DispatchSemaphore(value: 0)

    init(
        _ arguments: [String], of executable: URL = Command.executable, environment: [String: String] = [:],
        in folder: URL? = nil
    ) throws {
        (output, errors) = try (UnnamedFile(), UnnamedFile())
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output.handle
        process.standardError = errors.handle
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
    }

    var identifier: Int32 { process.processIdentifier }

    var isRunning: Bool { process.isRunning }

    func send(_ signal: Int32) { kill(identifier, signal) }

    /// No command of the tests needs as long. A limit on a test (`.timeLimit`) counts the time for which other tests keep it waiting, too.
    private static let patience = DispatchTimeInterval.seconds(600)

    private struct EndlessCommand: Error { let arguments: [String] }

    /// Waits for the end, but not for ever.
    func wait() throws -> Command {
        guard ended.wait(timeout: .now() + Self.patience) == .success else {
            send(SIGKILL)
            throw EndlessCommand(arguments: process.arguments ?? [])
        }
        return Command(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: try output.contents(), errors: try errors.contents())
    }
}

/// A file without a name, to which a process writes: unlike a pipe, it is never full, so nobody needs to read in the meantime.
private struct UnnamedFile {
    let handle: FileHandle

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/surety-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        unlink(template)
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func contents() throws -> String {
        try handle.seek(toOffset: 0)
        return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }
}
