import SuretyReports
import SuretySmoothing
import Testing

/// Models side by side.
@Suite struct ComparisonTablesTests {
    private let runs: HandMadeRuns
    private let models = ["a", "b", "c"].enumerated().map { number, name in
        HandMadeRuns.model(name, digit: number, metadata: number == 0 ? ["defense": "trades"] : [:])
    }

    init() throws { runs = try HandMadeRuns(images: 4) }

    /// One row for each classifier and norm: guaranteed figures rounded down, dashes where nothing is known.
    @Test func theSummaryHasARowForEachClassifier() throws {
        let paths = try [
            runs.certificates("certificates", of: models[0], [(0, 0.2), (0, 0.1), (1, 0.4), (nil, 0)]),
            runs.bounds("bounds", of: models[0], [0.1, 0.2, 0].map { .init(proven: $0) }),
            runs.attack("attack", of: models[0], [.found(l2: 0.5, linf: 0.1, as: 1), .nothing, .found(l2: 0.3, linf: 0.1, as: 2)]),
            runs.attack("unfinished", of: models[1], norm: "linf", radii: [0.1], [.nothing, .nothing, .misclassified(1)]),
        ]
        let rows = try #require(try MarkdownTables(paths).rows("Each row is about one classifier"))
        #expect(rows.dropFirst() == [
            ["a", "trades", "smoothed, σ = 0.25 on 1/255", "ℓ₂", "4", "0.500", "0.0750", "–", "–", "–"],
            // Attacked at 0.5, ∞ and 0.3, proven 0.1, 0.2 and 0.
            ["a", "trades", "base", "ℓ₂", "3", "1.000", "0.1000", "0.5000", "0.3500", "–"],
            ["b", "–", "base", "ℓ∞", "3", "0.666", "–", "not found", "–", "0.666"],
        ])
    }

    /// Between columns nothing was decided.
    @Test func theMeanRadiusByColumnsIsALowerBound() throws {
        let path = try runs.certificates(
            "columns", of: models[0], [(0, 0.25), (0, 0.5), (nil, 0), (0, 0.25)], columns: Columns(radii: [0.25, 0.5]))
        let rows = try #require(try MarkdownTables([path]).rows("Each row is about one classifier"))
        #expect(rows[1][6] == "≥ 0.2500", "\(rows)")
    }

    /// A table for each statement that two or more models make of the same kind of classifier in the same norm.
    @Test func onlyLikeIsSetBesideLike() throws {
        let paths = try [
            runs.bounds("bounds-a", of: models[0], [.init(proven: 0.1)]), runs.bounds("bounds-b", of: models[1], [.init(proven: 0.2)]),
            runs.bounds("other-norm", of: models[2], norm: .linf, [.init(proven: 0.2)]),
            runs.certificates("certificates-a", of: models[0], [(0, 0.2)]), runs.attack("attack-a", of: models[0], [.nothing]),
        ]
        let tables = try MarkdownTables(paths)
        #expect(tables.titles.filter { $0.hasPrefix("Base classifiers") || $0.hasPrefix("Smoothed") } == [
            "Base classifiers, ℓ₂: accuracy at radius r, proven", "Base classifiers, ℓ₂: accuracy at radius r, under attack",
        ])
        #expect(tables.column("model", in: "Base classifiers, ℓ₂: accuracy at radius r, proven") == ["a", "b"])
        #expect(tables.column("model", in: "Base classifiers, ℓ₂: accuracy at radius r, under attack") == ["a"])
    }

    /// What is certified, and under attack; at most eight of the attacked radii, the largest among them.
    @Test func smoothedClassifiersAreComparedUnderAttack() throws {
        let radii = (1...20).map { Double($0) / 10 }
        let paths = try models.prefix(2).flatMap { model in
            let name = model.file
            return try [
                runs.certificates("certificates-\(name)", of: model, [(0, 0.2), (0, 0.1)]),
                runs.attack("attack-\(name)", of: model, radii: radii, sigma: 0.25, [.nothing, .found(l2: 1.05, linf: 1, as: 1)]),
            ]
        }
        let rows = try #require(try MarkdownTables(paths).rows("Smoothed classifiers, ℓ₂"))
        #expect(rows[0] == ["model", "noise", "accuracy", "m_test", "images"] + ["0", "0.3", "0.6", "0.9", "1.2", "1.5", "1.8"].map { "r = \($0)" })
        #expect(rows.dropFirst().map { $0.prefix(5) } == ["a", "b"].flatMap { name in
            [[name, "σ = 0.25 on 1/255", "certified", "–", "2"], [name, "σ = 0.25 on 1/255", "under pgd", "4", "2"]]
        })
        #expect(rows[1].dropFirst(5) == ["1.000", "0.000", "0.000", "0.000", "0.000", "0.000", "0.000"])
        #expect(rows[2].dropFirst(5) == ["1.000", "1.000", "1.000", "1.000", "0.500", "0.500", "0.500"])
    }

    /// α of the images certified may be false; a proof never.
    @Test func alarmsSayWhatTheConfidenceAllows() throws {
        let paths = try [
            runs.certificates("certificates", of: models[0], [(0, 0.2), (0, 0.1), (nil, 0), (0, 0.3)], alpha: 0.01),
            runs.attack("smoothed", of: models[0], sigma: 0.25, [.found(l2: 0.15, linf: 0.1, as: 2)]),
            runs.bounds("bounds", of: models[0], [.init(proven: 0.12345)]),
            runs.attack("base", of: models[0], [.found(l2: 0.12345, linf: 0.1, as: 3)]),
        ]
        let rows = try #require(try MarkdownTables(paths).rows("Soundness alarms"))
        #expect(rows.dropFirst() == [
            ["a", "smoothed, σ = 0.25 on 1/255", "ℓ₂", "0", "0.2000", "0", "ddn", "0.1500", "2", "0.0400 of 4, on average"],
            ["a", "base", "ℓ₂", "0", "0.1234", "0", "ddn", "0.1235", "3", "none: it was proven"],
        ])
        #expect(try MarkdownTables([paths[0], paths[3]]).rows("Soundness alarms") == nil)
    }
}
