import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyRecords
import SuretyTensors
import SuretyTraining
import Testing
import TestSupport

struct CheckpointTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString)")
    private var file: URL { folder.appendingPathComponent("checkpoint") }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func trainer(
        _ defense: any Defense = StandardTraining(), _ settings: TrainingSettings = TinyTraining.settings,
        resuming checkpoint: Checkpoint? = nil
    ) throws -> Trainer {
        try Trainer(TinyTraining.network(), defense, on: TinyTraining.images(), settings, resuming: checkpoint)
    }

    @Test(arguments: TinyTraining.defenses.indices)
    func resumedTrainingEndsWithTheSameBytes(_ index: Int) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let defense = TinyTraining.defenses[index]
        let undisturbed = try TinyTraining.finished(trainer(defense))
        var killed = try trainer(defense)
        try killed.runEpoch()
        try killed.runEpoch()
        try killed.checkpoint.write(to: file)
        try killed.runEpoch()
        let resumed = try trainer(defense, resuming: Checkpoint(contentsOf: file))
        #expect(resumed.history.count == 2)
        #expect(try TinyTraining.finished(resumed).bits == undisturbed.bits)
    }

    /// A training goes on with the convolutions it was begun with, whatever is asked for now; one of an earlier version, which
    /// does not say, with direct ones.
    @Test(arguments: ConvolutionAlgorithm.allCases)
    func resumedTrainingConvolvesAsBefore(_ algorithm: ConvolutionAlgorithm) throws {
        let other = ConvolutionAlgorithm.allCases.first { $0 != algorithm }
        let adversary = AdversarialTraining(attack: ProjectedGradient(ball: Ball(.linf, radius: 0.1), stepSize: 0.05, steps: 2))
        func trainer(_ algorithm: ConvolutionAlgorithm?, resuming checkpoint: Checkpoint? = nil) throws -> Trainer {
            let network = try TinyTraining.wideNetwork().convolving(by: try #require(algorithm))
            return try Trainer(network, adversary, on: TinyTraining.images(), TinyTraining.settings, resuming: checkpoint)
        }
        var killed = try trainer(algorithm)
        #expect(killed.convolution == (algorithm.isAvailable ? algorithm : .direct))
        try killed.runEpoch()
        let read = try Checkpoint(data(killed.checkpoint))
        #expect(read.origin.convolution == (algorithm == .direct || !algorithm.isAvailable ? nil : algorithm))
        let resumed = try trainer(other, resuming: read)
        #expect(resumed.convolution == killed.convolution)
        let finished = try TinyTraining.finished(resumed).bits
        #expect(finished == (try TinyTraining.finished(trainer(algorithm)).bits))
        if let other, other.isAvailable, algorithm.isAvailable {
            #expect(finished != (try TinyTraining.finished(trainer(other)).bits))
        }
    }

    /// One that convolves by Winograd's algorithm is not continued by a processor without it.
    @Test func convolutionsThatTheProcessorLacksAreRefused() async {
        await #expect(processExitsWith: .success) {
            setenv("DNNL_MAX_CPU_ISA", "AVX2", 1)
            let tests = try CheckpointTests()
            let content = try tests.trainer().checkpoint.data().dropLast(64)
            let read = try Checkpoint(
                tests.signed(tests.rewritten(Data(content), "{\"architecture\"", "{\"convolution\":\"winograd\",\"architecture\"")))
            #expect(read.origin.convolution == .winograd)
            #expect { try tests.trainer(resuming: read) } throws: { "\($0)".contains("winograd") && $0 is TrainingError }
        }
    }

    @Test func adamResumesToo() throws {
        var settings = TinyTraining.settings
        settings.optimiser = .adam
        let undisturbed = try TinyTraining.finished(trainer(StandardTraining(), settings))
        var killed = try trainer(StandardTraining(), settings)
        try killed.runEpoch()
        let read = try Checkpoint(data(killed.checkpoint))
        #expect(try TinyTraining.finished(trainer(StandardTraining(), settings, resuming: read)).bits == undisturbed.bits)
    }

    @Test func whatIsWrittenIsReadBackExactly() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var trainer = try trainer()
        try trainer.checkpoint.write(to: file)
        #expect(try Checkpoint(contentsOf: file) == trainer.checkpoint)
        try trainer.runEpoch()
        try trainer.checkpoint.write(to: file)
        #expect(try Checkpoint(contentsOf: file) == trainer.checkpoint)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["checkpoint"])
    }

    @Test func aFolderThatIsMissingIsNamed() throws {
        let missing = folder.appendingPathComponent("no/such")
        #expect { try trainer().checkpoint.write(to: missing) } throws: { "\($0)".contains(missing.path) && $0 is TrainingError }
        #expect { try Checkpoint(contentsOf: missing) } throws: { "\($0)".contains(missing.path) && $0 is TrainingError }
    }

    /// Each change alone is refused in words that name it.
    @Test func checkpointOfAnotherTrainingIsRefused() throws {
        let checkpoint = try trainer().checkpoint
        func expectRefusal(_ words: String, _ make: () throws -> Trainer) {
            #expect { try make() } throws: { "\($0)".contains(words) && $0 is TrainingError }
        }
        func changed(_ change: (inout TrainingSettings) -> Void) -> TrainingSettings {
            var settings = TinyTraining.settings
            change(&settings)
            return settings
        }
        let cases: [(String, TrainingSettings)] = [
            ("epochs was 4 and is 5", changed { $0.epochs = 5 }),
            ("batch size was 6 and is 8", changed { $0.batchSize = 8 }),
            ("learning rate was 0.05 and is 0.1", changed { $0.learningRate = 0.1 }),
            ("optimiser was", changed { $0.optimiser = .adam }),
            ("schedule was cosine and is constant", changed { $0.schedule = .constant }),
            ("seed was 7 and is 8", changed { $0.seed = 8 }),
            ("warm-up was 0 and is 2", changed { $0.warmUpEpochs = 2 }),
            ("largest shift was 0 and is 2", changed { $0.augmentation.shift = 2 }),
            ("mirroring was false and is true", changed { $0.augmentation.mirrors = true }),
        ]
        for (words, settings) in cases {
            expectRefusal(words) { try trainer(StandardTraining(), settings, resuming: checkpoint) }
        }
        expectRefusal("accumulation was 1 and is 3") {
            let network = try TinyTraining.droppingNetwork()
            let whole = try Trainer(network, StandardTraining(), on: TinyTraining.images(), TinyTraining.settings)
            return try Trainer(
                network, StandardTraining(), on: TinyTraining.images(), changed { $0.accumulation = 3 },
                resuming: whole.checkpoint)
        }
        let noisy = try self.trainer(GaussianTraining(sigma: 0.25)).checkpoint
        expectRefusal("defense's sigma was 0.25 and is 0.5") {
            try trainer(GaussianTraining(sigma: 0.5), resuming: noisy)
        }
        func adversarial(_ start: ProjectedGradient.Start) -> AdversarialTraining {
            AdversarialTraining(attack: .init(ball: Ball(.linf, radius: 0.1), stepSize: 0.1, steps: 1, start: start))
        }
        let attacked = try self.trainer(adversarial(.uniform)).checkpoint
        expectRefusal("defense's random-start was true and is false") {
            try self.trainer(adversarial(.image), resuming: attacked)
        }
        expectRefusal("the defense was standard and is trades") {
            try trainer(TRADES(ball: Ball(.l2, radius: 1), stepSize: 0.1, steps: 1, beta: 1), resuming: checkpoint)
        }
        expectRefusal("different layers") {
            try Trainer(
                TinyTraining.network(width: 3), StandardTraining(), on: TinyTraining.images(), TinyTraining.settings,
                resuming: checkpoint)
        }
        expectRefusal("images were different") {
            try Trainer(
                TinyTraining.network(), StandardTraining(), on: TinyTraining.images(seed: 2), TinyTraining.settings,
                resuming: checkpoint)
        }
    }

    private func data(_ checkpoint: Checkpoint) throws -> Data { try checkpoint.data() }

    @Test func truncatedOrChangedFilesAreRefused() throws {
        var trainer = try trainer()
        try trainer.runEpoch()
        let data = try data(trainer.checkpoint)
        for length in 0..<data.count {
            #expect(throws: TrainingError.self) { try Checkpoint(data.prefix(length)) }
        }
        for position in data.indices {
            var changed = data
            changed[position] ^= 1 << UInt8(position % 8)
            #expect(throws: TrainingError.self) { try Checkpoint(changed) }
        }
        #expect(throws: TrainingError.self) { try Checkpoint(data + [0]) }
    }

    /// Even with a digest that fits, nothing in the file can crash the reader.
    @Test func hostileContentWithAFittingDigestIsRefused() throws {
        var trainer = try trainer()
        try trainer.runEpoch()
        let content = try data(trainer.checkpoint).dropLast(64)
        #expect(try Checkpoint(signed(Data(content))) == trainer.checkpoint)

        for (old, new) in [
            ("[2,1,3,3]", "[2,1,3,4]"), ("[2,1,3,3]", "[-2,1,-3,3]"), ("[2,1,3,3]", "[9223372036854775807,2]"),
            ("[2,1,3,3]", "[9999999999]"), ("\"step\":3", "\"step\":-3"), ("\"number\":1", "\"number\":2"),
            ("\"role\":\"first\"", "\"role\":\"fifth\""), ("\"epochs\":4", "\"epochs\":0"),
        ] {
            #expect(throws: TrainingError.self, "\(old) to \(new)") { try Checkpoint(signed(rewritten(content, old, new))) }
        }
        for length in stride(from: 0, to: content.count, by: 7) {
            #expect(throws: TrainingError.self) { try Checkpoint(signed(Data(content.prefix(length)))) }
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<300 {
            var changed = Data(content)
            for _ in 0..<3 {
                changed[Int.random(in: changed.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            do throws(TrainingError) {
                let read = try Checkpoint(signed(changed))
                #expect(read.parameters.values.allSatisfy { $0.values.allSatisfy(\.isFinite) })
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    /// The content with its digest.
    private func signed(_ content: Data) -> Data { content + Data(SHA256.hexadecimal(of: content).utf8) }

    /// The content with the header's text changed, and its length with it.
    private func rewritten(_ content: Data, _ old: String, _ new: String) throws -> Data {
        let start = "surety checkpoint 1\n".utf8.count
        let length = content[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = String(decoding: content[start + 8..<start + 8 + length], as: UTF8.self)
        let changed = header.replacingOccurrences(of: old, with: new)
        try #require(changed != header, "\(old) is not in \(header)")
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: changed.utf8.count >> (8 * $0)) }
        return content[..<start] + bytes + Data(changed.utf8) + content[(start + 8 + length)...]
    }
}
