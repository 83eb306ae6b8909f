import SuretyRecords
import SuretyReports
import Testing
import TestSupport

/// Which finds contradict which guarantees, against plain loops over what the runs hold.
@Suite struct SoundnessAlarmTests {
    private func words(_ image: Int, _ radius: Double, _ distance: Double) -> String { "image \(image): \(radius), \(distance)" }

    private func words(_ alarms: [SoundnessAlarm]) -> [String] {
        alarms.map { words($0.image, $0.guarantee.radius, $0.attack.distance) }.sorted()
    }

    /// A proof is contradicted by another class in its ball, the edge included; by the nearest of them.
    @Test(arguments: 0..<12)
    func proofsAreContradictedByAnyOtherClassInTheBall(_ seed: Int) throws {
        var generator = SeededGenerator(seed: seed)
        let count = 12
        let runs = try HandMadeRuns(images: count)
        let proofs = (0..<count).map { _ in
            (answer: Int.random(in: 0...1, using: &generator), radius: Double(Int.random(in: 0...3, using: &generator)) / 10)
        }
        let finds = (0..<3).map { _ in
            (0..<count).map { _ in
                (distance: Double(Int.random(in: 1...4, using: &generator)) / 10, answer: Int.random(in: 1...2, using: &generator))
            }
        }
        let paths = try [runs.bounds("bounds", proofs.map { .init(answer: $0.answer, proven: $0.radius) })]
            + finds.enumerated().map { number, run in
                // What an attack in another norm found lies where it lies.
                try runs.attack(
                    "attack-\(number)", norm: number == 0 ? "linf" : "l2", run.map { .found(l2: $0.distance, linf: 0.1, as: $0.answer) })
            }
        var expected: [String] = []
        for image in 0..<count {
            let (answer, radius) = proofs[image]
            let inside = finds.map { $0[image] }.filter { $0.answer != answer && $0.distance <= radius && radius > 0 }
            if let nearest = inside.map(\.distance).min() { expected.append(words(image, radius, nearest)) }
        }
        let alarms = try RobustnessReport(paths).alarms
        #expect(words(alarms) == expected.sorted())
        #expect(alarms.allSatisfy { $0.guarantee.standing == .proven && $0.subject.norm == .l2 })
    }

    /// A certificate holds inside its ball, and PREDICT's abstention says nothing against it.
    @Test(arguments: [
        (.found(l2: 0.4999, linf: 0.1, as: 1), true), (.found(l2: 0.5, linf: 0.1, as: 1), false),
        (.found(l2: 0.2, linf: 0.1, as: nil), false), (.found(l2: 0.2, linf: 0.1, as: 0), false), (.nothing, false),
        (.misclassified(1), true), (.misclassified(nil), false),
    ] as [(HandMadeRuns.Outcome, Bool)])
    func certificatesAreContradictedInsideTheBall(_ outcome: HandMadeRuns.Outcome, _ isAlarm: Bool) throws {
        let runs = try HandMadeRuns(images: 2)
        let paths = try [
            runs.certificates("certificates", [(0, 0.5), (nil, 0)]), runs.attack("attack", sigma: 0.25, [outcome, outcome]),
        ]
        let alarms = try RobustnessReport(paths).alarms
        #expect(alarms.map(\.image) == (isAlarm ? [0] : []))
        #expect(alarms.allSatisfy { $0.guarantee.standing == .highProbability(alpha: 0.001) && $0.guarantee.answer == 0 })
    }

    /// Another noise, another normalisation, another file: another classifier, of which the guarantee says nothing.
    @Test func onlyTheSameClassifierContradicts() throws {
        let runs = try HandMadeRuns(images: 1)
        let find = [HandMadeRuns.Outcome.found(l2: 0.1, linf: 0.1, as: 1)]
        let certificates = try runs.certificates("certificates", [(0, 0.5)])
        let others = try [
            runs.attack("base", find), runs.attack("noise", sigma: 0.5, find),
            runs.attack("normalised", of: HandMadeRuns.model(mean: [0.5], std: [0.5]), sigma: 0.25, find),
            runs.attack("model", of: HandMadeRuns.model(digit: 1), sigma: 0.25, find),
        ]
        #expect(try RobustnessReport([certificates] + others).alarms.isEmpty)
        // Under another name it is still the same file.
        let renamed = try runs.attack("renamed", of: HandMadeRuns.model("other"), sigma: 0.25, find)
        #expect(try RobustnessReport([certificates] + others + [renamed]).alarms.count == 1)
        let data = try HandMadeRuns(images: 2)
        #expect(try RobustnessReport([certificates, data.attack("data", sigma: 0.25, find)]).alarms.isEmpty)
    }
}
