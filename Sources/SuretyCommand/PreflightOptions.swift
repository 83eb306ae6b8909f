import ArgumentParser
import Foundation
import Surety

/// The look at some clean images before a run.
struct PreflightOptions: ParsableArguments {
    @Flag(help: "Go on without asking where the look at some clean images beforehand finds something odd.")
    var yes = false

    /// Says how many clean images are right, and what is odd about it; at a terminal asks then whether to go on.
    ///
    /// - Throws: `ExitCode` where the answer is no.
    func check(_ model: Model, on images: LabelledImages) throws -> Preflight {
        let preflight = try Preflight(of: model, on: images)
        let messages = preflight.messages
        Terminal.note(messages.note)
        Terminal.warn(messages.warnings)
        if preflight.looksWrong, !yes, Terminal.isInteractive, isatty(FileHandle.standardInput.fileDescriptor) == 1 {
            FileHandle.standardError.write(Data("Go on all the same? [y/N] ".utf8))
            guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else { throw ExitCode(1) }
        }
        return preflight
    }
}
