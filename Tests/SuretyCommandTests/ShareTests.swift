import Foundation
import Surety
import TestSupport
import Testing

/// Any number of processes on one folder make the run of one process.
@Suite struct ShareTests {
    private static let base = ["--data", "synthetic", "--threads", "1"]

    /// Each way of working, the file of its lines, and what of the merged run must be as one process makes it.
    struct Work: CustomTestStringConvertible, Sendable {
        let name: String, arguments: [String], lines: String
        var others: [String] = []
        var testDescription: String { name }

        static let columns = Work(
            name: "certify by columns",
            arguments: ["certify", DigitsRun.model] + base + ["--sigma", "0.7", "--n", "20000", "--radii", "0.25,0.5,1", "--max", "200"],
            lines: "certificates.jsonl")
        static let all: [Work] = [
            columns,
            Work(
                name: "certify with n, cut into ranges",
                arguments: ["certify", DigitsRun.model] + base + ["--sigma", "0.7", "--n", "20000", "--max", "12"], lines: "certificates.jsonl"),
            Work(
                name: "predict",
                arguments: ["predict", DigitsRun.model] + base + ["--sigma", "0.7", "--n", "300", "--max", "200"], lines: "certificates.jsonl"),
            Work(
                name: "bounds",
                arguments: ["bounds", DigitsRun.model] + base + ["--norm", "linf", "--blocks", "12", "--block-size", "10", "--max", "40"],
                lines: "bounds.jsonl", others: ["fits.json"]),
            Work(
                name: "attack",
                arguments: ["attack", DigitsRun.model] + base + ["--attack", "pgd", "--norm", "linf", "--epsilon", "0.1,0.2", "--max", "60"],
                lines: "attacks.jsonl", others: ["adversarial.npz"]),
        ]

        func shared(_ folder: String, lease: String = "20") -> [String] {
            arguments + ["--share", folder, "--piece-seconds", "0.02", "--lease", lease]
        }
    }

    /// Lines without their times, which differ.
    private func untimed(_ file: String) throws -> [String] {
        try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            .map { String($0).replacing(#/"timing":\{[^}]*\},?/#, with: "") }
    }

    @Test(arguments: Work.all) func threeWorkersMakeTheRunOfOne(_ work: Work) throws {
        let folder = try TemporaryFolder()
        let one = try Command(work.arguments + ["--output", folder("one")])
        #expect(one.status == 0, "\(one)")
        let workers = try (0..<3).map { _ in try RunningCommand(work.shared(folder("shared"))) }
        for worker in workers {
            let ended = try worker.wait()
            #expect(ended.status == 0 && ended.output.contains("surety merge"), "\(ended)")
        }
        let status = try Command("status", folder("shared"))
        #expect(status.output.contains("(100 %)") && status.output.contains("left"), "\(status)")
        let merged = try Command("merge", folder("shared"), "--output", folder("merged"))
        #expect(merged.status == 0 && merged.output.contains("from 3 workers on 1 host"), "\(merged)")
        #expect(try untimed(folder("merged/\(work.lines)")) == untimed(folder("one/\(work.lines)")))
        for file in work.others { #expect(folder.contents(of: "merged/\(file)") == folder.contents(of: "one/\(file)"), "\(file)") }
        let verified = try Command("verify", folder("merged"))
        #expect(verified.status == 0, "\(verified)")
        // More than one of them did something, where there is work for seconds.
        let journals = try FileManager.default.contentsOfDirectory(atPath: folder("shared/workers")).filter { $0.hasSuffix(".jsonl") }
        let busy = try journals.filter { try String(contentsOfFile: folder("shared/workers/\($0)"), encoding: .utf8).contains("piece") }
        #expect(busy.count > (work.lines == "certificates.jsonl" ? 1 : 0))
    }

    /// Four places for workers, which are killed and told to stop at random and started again: 20 times here, 100 with
    /// SURETY_LONG_TESTS.
    @Test func killsLoseNothingAndDoubleNothing() throws {
        let folder = try TemporaryFolder(), isLong = ProcessInfo.processInfo.environment["SURETY_LONG_TESTS"] != nil
        let kills = isLong ? 100 : 20
        // If an option is repeated, the last one counts.
        let work = Work(
            name: "certify", arguments: Work.columns.arguments + (isLong ? ["--max", "1000", "--n", "100000"] : []), lines: "certificates.jsonl")
        let one = try Command(work.arguments + ["--output", folder("one")])
        #expect(one.status == 0, "\(one)")
        var random = SeededGenerator(seed: 100)
        var workers: [RunningCommand] = [], killed = 0, stopped = 0, ended = 0
        let start = ContinuousClock.now
        while ended == 0 {
            while workers.count < 4 { workers.append(try RunningCommand(work.shared(folder("shared"), lease: "2"))) }
            usleep(UInt32.random(in: 20_000...250_000, using: &random))
            for place in workers.indices.reversed() where !workers[place].isRunning {
                let end = try workers.remove(at: place).wait()
                #expect([0, -SIGKILL, -SIGTERM, 128 + SIGTERM].contains(end.status), "\(end)")
                if end.status == 0 { ended += 1 }
            }
            try #require(ContinuousClock.now - start < .seconds(400))
            guard killed < kills, let worker = workers.randomElement(using: &random) else { continue }
            if Int.random(in: 0..<4, using: &random) == 0 {
                worker.send(SIGTERM)
                stopped += 1
            } else {
                worker.send(SIGKILL)
                killed += 1
            }
        }
        for worker in workers { _ = try worker.wait() }
        #expect(killed > kills / 4 && stopped > 0 && (killed == kills || !isLong))
        let merged = try Command("merge", folder("shared"), "--output", folder("merged"))
        #expect(merged.status == 0, "\(merged)")
        #expect(try untimed(folder("merged/certificates.jsonl")) == untimed(folder("one/certificates.jsonl")))
        #expect(try Command("verify", folder("merged"), "--model", DigitsRun.model, "--data", "synthetic", "--replay", "20").status == 0)
    }

    @Test func whatCannotBeOneRunIsRefused() throws {
        let folder = try TemporaryFolder(), work = Work.columns
        // Not before it is finished.
        let running = try RunningCommand(work.shared(folder("shared")) + ["--max", "100"])
        while folder.contents(of: "shared/share.json") == nil, running.isRunning { usleep(10_000) }
        running.send(SIGTERM)
        let stopped = try running.wait()
        #expect([128 + SIGTERM, 0].contains(stopped.status), "\(stopped)")
        if stopped.status != 0 {
            #expect(try Command("merge", folder("shared"), "--output", folder("merged")).refused(naming: "not decided yet"))
        }
        #expect(try Command(work.shared(folder("shared")) + ["--max", "100", "--sigma", "0.5"]).refused(naming: "settings.noise.sigma"))
        #expect(try Command(work.shared(folder("shared")) + ["--max", "99"]).refused(naming: "selection.max"))
        #expect(try Command(work.shared(folder("shared")) + ["--max", "100", "--budget", "1h"]).refused(naming: "--budget"))
        #expect(try Command(work.shared(folder("shared")) + ["--max", "100", "--shard", "0/2"]).refused(naming: "shard"))
        #expect(try Command(work.arguments + ["--output", folder("x"), "--share", folder("y")]).refused(naming: "either --output, or --share"))
        #expect(try Command(work.arguments + ["--max", "100", "--output", folder("shared")]).refused(naming: "is shared by workers"))
        #expect(try Command("verify", folder("shared")).refused(naming: "surety merge"))
        #expect(try Command("table", folder("shared")).refused(naming: "surety merge"))
        #expect(try Command("status", folder("nothing")).refused(naming: "no run is shared here"))
        #expect(try Command(work.shared(folder("shared")) + ["--max", "100"]).status == 0)
        #expect(try Command("merge", folder("shared"), folder("one"), "--output", folder("merged")).status != 0)
        #expect(try Command("merge", folder("shared"), "--output", folder("merged")).status == 0)
        #expect(try Command("merge", folder("shared"), "--output", folder("merged")).refused(naming: "holds a run already"))
        #expect(try Command(work.shared(folder("merged")) + ["--max", "100"]).refused(naming: "holds the run of a single process"))
    }

    /// Whatever byte of a shared folder is altered: what reads it refuses, in words, or finds the run that it was.
    @Test func alteredFoldersAreRefused() throws {
        let folder = try TemporaryFolder(), work = Work.all[2]
        #expect(try Command(work.shared(folder("shared")) + ["--max", "40"]).status == 0)
        #expect(try Command("merge", folder("shared"), "--output", folder("whole")).status == 0)
        let journals = try FileManager.default.contentsOfDirectory(atPath: folder("shared/workers")).filter { $0.hasSuffix(".jsonl") }
        var random = SeededGenerator(seed: 12), refusals = 0
        for file in (["run.json", "share.json"] + journals.map { "workers/\($0)" }).flatMap({ Array(repeating: $0, count: 12) }) {
            let whole = try #require(folder.contents(of: "shared/\(file)"))
            var altered = whole
            altered[Int.random(in: altered.indices, using: &random)] = UInt8.random(in: 32...126, using: &random)
            try folder.write(altered, to: "shared/\(file)")
            let status = try Command("status", folder("shared")), merged = try Command("merge", folder("shared"), "--output", folder("merged"))
            #expect((0..<128).contains(status.status) && (0..<128).contains(merged.status), "\(file): \(status)\(merged)")
            if merged.status == 0 {
                #expect(try untimed(folder("merged/\(work.lines)")) == untimed(folder("whole/\(work.lines)")), "\(file)")
                try FileManager.default.removeItem(atPath: folder("merged"))
            } else {
                refusals += 1
            }
            try folder.write(whole, to: "shared/\(file)")
        }
        #expect(refusals > 10)
    }

    /// Two that count the same votes must count as many: a journal in which a vote is another class's is found, with both workers named.
    @Test func workersThatDifferAreNamed() throws {
        let folder = try TemporaryFolder(), work = Work.all[2]
        #expect(try Command(work.shared(folder("shared"))).status == 0)
        #expect(try Command("merge", folder("shared"), "--output", folder("merged")).status == 0)
        let certificate = try #require(try SmoothingRun(of: folder.url("merged")).certificates.dropFirst(5).first)
        func write(_ counts: [Int], processor: String?) throws -> Worker {
            let record = try SharedRun<SmoothingSettings>(of: folder.url("shared")).record
            let there = try #require(record.environment)
            let worker = Worker(RunEnvironment(
                processor: processor ?? there.processor, threads: 1, libraries: there.libraries, convolution: there.convolution))
            let run = try SharedRun(joining: folder.url("shared"), for: record, as: worker) { throw CancellationError() }
            try run.write([.line(Certificate(
                image: certificate.image, imageSHA256: certificate.imageSHA256, label: certificate.label, selectionCounts: nil,
                counts: counts, verdict: certificate.verdict, seconds: 1))])
            return worker
        }
        // As it stands it is an audit that finds nothing.
        _ = try write(certificate.counts, processor: nil)
        let same = try Command("merge", folder("shared"), "--output", folder("same"))
        #expect(same.status == 0 && same.output.contains("1 results made twice and compared"), "\(same)")
        // On another kind of processor a network in floating point may give another vote where it is almost equal.
        var moved = certificate.counts
        let top = try #require(moved.indices.max { moved[$0] < moved[$1] })
        moved[top] -= 1
        moved[(top + 1) % moved.count] += 1
        _ = try write(moved, processor: "another kind")
        let other = try Command("merge", folder("shared"), "--output", folder("other"))
        #expect(other.status == 0 && other.errors.contains("image \(certificate.image)") && other.errors.contains("another kind"), "\(other)")
        // On the same kind it cannot be.
        let faulty = try write(moved, processor: nil)
        let refused = try Command("merge", folder("shared"), "--output", folder("refused"))
        #expect(refused.refused(naming: faulty.name) && refused.errors.contains("differ"), "\(refused)")
    }

    @Test func aScriptForSlurmHasTheCommandAndItsFolder() throws {
        let folder = try TemporaryFolder()
        let command = ["certify", "it's a model.onnx", "--data", "mnist", "--sigma", "0.5", "--share", folder("shared")]
        let submitted = try Command(
            ["submit", "--slurm", "--dry-run", "--workers", "3", "--cpus", "2", "--time", "2:00:00", "--partition", "cpu"] + command)
        #expect(submitted.status == 0, "\(submitted)")
        let script = String(decoding: try #require(folder.contents(of: "shared/submit.sh")), as: UTF8.self)
        for line in ["#SBATCH --array=1-3", "#SBATCH --time=2:00:00", "#SBATCH --partition=cpu", "#SBATCH --cpus-per-task=2", "#SBATCH --requeue"] {
            #expect(script.contains(line + "\n"), "\(script)")
        }
        // The words reach the command as they were.
        let words = try Command(script: script.replacing(#/(?m)^exec '[^']*'/#, with: "printf '%s\\n'"))
        #expect(words.output.split(separator: "\n").map(String.init) == command + ["--threads", "2"], "\(words)")
        func refused(_ words: String..., naming culprit: String) throws -> Bool {
            try Command(["submit", "--slurm", "--dry-run"] + words).refused(naming: culprit)
        }
        #expect(try refused("certify", "m.onnx", "--data", "mnist", "--sigma", "1", "--output", "x", naming: "--share"))
        #expect(try refused("train", "--share", "x", naming: "certify, predict, bounds or attack"))
        #expect(try refused("certify", "m.onnx", "--data", "mnist", "--sigma", "1", "--sgima", "1", "--share", "x", naming: "--sgima"))
        #expect(try Command(["submit", "--slurm", "--time", "1\n#SBATCH"] + command).refused(naming: "--time"))
    }
}
