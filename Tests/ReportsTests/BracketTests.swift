import SuretyReports
import Testing
import TestSupport

/// What is known of one image from several runs, against plain loops over what the runs hold.
@Suite struct BracketTests {
    /// Guarantees, finds and answers at random, in steps of a tenth, so that they meet often.
    @Test(arguments: 0..<12)
    func everyFigureFollowsFromTheRuns(_ seed: Int) throws {
        var generator = SeededGenerator(seed: seed)
        let count = 9
        let runs = try HandMadeRuns(images: count)
        let answers = (0..<count).map { _ in Int.random(in: 0..<4, using: &generator) == 0 ? 1 : 0 }
        func tenths(_ range: ClosedRange<Int>) -> Double { Double(Int.random(in: range, using: &generator)) / 10 }
        let proofs = (0..<2).map { _ in (0..<count).map { _ in tenths(0...4) } }
        let finds = (0..<3).map { _ in
            answers.map { answer -> HandMadeRuns.Outcome in
                if answer != 0 { return .misclassified(answer) }
                if Bool.random(using: &generator) { return .nothing }
                return .found(l2: tenths(2...9), linf: tenths(1...2), as: Int.random(in: 1...2, using: &generator))
            }
        }
        let paths = try proofs.indices.map { run in
            try runs.bounds("bounds-\(run)", (0..<count).map { .init(answer: answers[$0], proven: proofs[run][$0]) })
        } + finds.indices.map { try runs.attack("attack-\($0)", norm: $0 == 2 ? "linf" : "l2", finds[$0]) }
        // In whatever order they are given.
        let report = try #require(try runs.report(paths.shuffled(using: &generator)))
        var (gaps, certified): ([Double], [Double]) = ([], [])
        for (image, bracket) in report.brackets.enumerated() {
            let isRight = answers[image] == 0
            let radius = isRight ? max(proofs[0][image], proofs[1][image]) : 0
            #expect(bracket.image == image && bracket.isCorrect == isRight)
            #expect(bracket.certifiedRadius == radius && bracket.provenRadius == radius && bracket.probableRadius == nil)
            var nearest = Double.infinity
            for run in finds {
                switch run[image] {
                case .nothing: break
                case .misclassified: nearest = 0
                case .found(let l2, _, _): nearest = min(nearest, l2)
                }
            }
            #expect(bracket.attack?.distance ?? .infinity == nearest)
            let gap = nearest > 0 && nearest.isFinite ? nearest - radius : nil
            #expect(bracket.gap == gap)
            gap.map { gaps.append($0) }
            certified.append(radius)
        }
        func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
        #expect(report.meanGap == mean(gaps) && report.averageCertifiedRadius == mean(certified))
        #expect(report.naturalAccuracy == (answers.count { $0 == 0 }, count))
    }

    /// What one run calls misclassified is, whatever a bound says of it.
    @Test func wrongOnceIsWrong() throws {
        let runs = try HandMadeRuns(images: 2)
        let paths = try [
            runs.bounds("bounds", [.init(answer: 0, proven: 0), .init(answer: 0, proven: 0)]),
            runs.attack("attack", [.misclassified(2), .nothing]),
        ]
        let report = try #require(try runs.report(paths))
        #expect(report.brackets.map(\.isCorrect) == [false, true] && report.naturalAccuracy == (1, 2))
        #expect(report.brackets.map { $0.attack?.distance } == [0, nil] && report.brackets[0].gap == nil)
    }

    /// A radius for a class other than the label's is not a certified radius of the image.
    @Test func aGuaranteeOfTheWrongClassIsWorthNothing() throws {
        let runs = try HandMadeRuns(images: 3)
        let path = try runs.certificates("certificates", [(0, 0.5), (1, 0.7), (nil, 0)])
        let report = try #require(try runs.report([path], isSmoothed: true))
        #expect(report.brackets.map(\.certifiedRadius) == [0.5, 0, 0] && report.brackets.map(\.isCorrect) == [true, false, false])
        #expect(report.averageCertifiedRadius == 0.5 / 3)
    }

    /// The largest radius within which attacks in the norm looked; everywhere, for those that need none.
    @Test func knowsHowFarAttacksLooked() throws {
        let runs = try HandMadeRuns(images: 3)
        let paths = try [
            runs.attack("near", radii: [0.1, 0.5], [.nothing, .nothing, .nothing]), runs.attack("far", radii: [0.7], [.nothing]),
            runs.attack("everywhere", first: 1, [.nothing]), runs.attack("other", norm: "linf", radii: [9], [.nothing, .nothing]),
        ]
        let report = try #require(try runs.report(paths))
        #expect(report.brackets.map(\.searchedRadius) == [0.7, .infinity, 0.5])
        let other = try #require(try runs.report(paths, .linf))
        #expect(other.brackets.map(\.searchedRadius) == [9, 9])
    }

    /// An estimate is beaten by a nearer find, and of several runs the least stands.
    @Test func anEstimateIsBeatenByANearerFind() throws {
        let runs = try HandMadeRuns(images: 5)
        let bounds = try [0.3, 0.4].map { (scale: Double) in
            try runs.bounds("bounds-\(scale)", (0..<5).map { .init(answer: $0 == 4 ? 1 : 0, lipschitz: $0 == 3 ? nil : scale) })
        }
        let attack = try runs.attack("attack", [
            .found(l2: 0.29, linf: 0.1, as: 1), .found(l2: 0.3, linf: 0.1, as: 1), .nothing, .found(l2: 0.1, linf: 0.1, as: 1),
            .misclassified(1),
        ])
        let report = try #require(try runs.report(bounds + [attack]))
        #expect(report.mean(of: .lipschitzOnLogits) == 0.3)
        #expect(report.beaten(.lipschitzOnLogits) == (1, 4))
        #expect(report.beaten(.modulusOnLogits) == (0, 0) && report.mean(of: .modulusOnLogits) == nil)
    }
}
