import ArgumentParser
import Foundation
import Surety

/// The check of some clean images before a run.
struct PreflightOptions: ParsableArguments {
    @Flag(help: "Continue without asking even if the check of some clean images finds a problem.")
    var yes = false

    /// Says how many clean images are right, and what looks wrong; at a terminal, then asks whether to go on.
    ///
    /// - Throws: `ExitCode` if the answer is no.
    func check(_ model: Model, on images: LabelledImages) throws -> Preflight {
        let preflight = try Preflight(of: model, on: images)
        let messages = preflight.messages
        Terminal.note(messages.note)
        Terminal.warn(messages.warnings)
        if preflight.looksWrong, !yes, Terminal.isInteractive, isatty(FileHandle.standardInput.fileDescriptor) == 1 {
            FileHandle.standardError.write(Data("Continue anyway? [y/N] ".utf8))
            guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else { throw ExitCode(1) }
        }
        return preflight
    }
}
