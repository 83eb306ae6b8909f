import Foundation

/// A script of `examples` that needs some modules, run by `$SURETY_PYTHON` or `python3`.
struct PythonScript {
    private let path: String
    private let modules: String
    private static let python = ProcessInfo.processInfo.environment["SURETY_PYTHON"] ?? "python3"

    /// - Parameters:
    ///   - name: its path in `examples`.
    ///   - modules: what it imports.
    init(_ name: String, needing modules: [String] = ["numpy", "mpmath"]) {
        path = DigitsRun.repository.appendingPathComponent("examples/\(name)").path
        self.modules = modules.joined(separator: ", ")
    }

    /// Whether it can run here.
    var isAtHand: Bool {
        let found = (try? Self.run(["-c", "import \(modules)"], input: ""))?.status == 0
        if !found { print("SKIPPED: \(path), for want of \(modules) (set SURETY_PYTHON)") }
        return found
    }

    func callAsFunction(_ arguments: String..., input: String = "") throws -> (status: Int32, output: String) {
        try Self.run([path] + arguments, input: input)
    }

    static func run(_ arguments: [String], input: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python] + arguments
        let (standardInput, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (standardInput, output, FileHandle.nullDevice)
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
