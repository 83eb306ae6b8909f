import SuretyReports
import Testing

/// The gradients of a run of bounds, and what was fitted to its maxima.
@Suite struct RegularityTests {
    @Test func sumsUpTheGradientsAndFits() throws {
        let runs = try HandMadeRuns(images: 4)
        let path = try runs.bounds(
            "bounds", [1, 2.5, 0.5, 4].map { .init(gradient: $0) }, fits: [(nil, 7), (0.1, 0.75), (0.2, nil), (0.4, 1.5)])
        let regularity = try #require(try runs.report([path])?.regularities.first)
        let loss = try #require(regularity.logits)
        #expect(loss.meanGradient == 2 && loss.largestGradient == 4 && loss.lipschitz == 7 && loss.steeperImages == 0)
        // A radius at which ω could not be estimated has none.
        #expect(loss.modulus.map(\.epsilon) == [0.1, 0.4] && loss.modulus.map(\.value) == [0.75, 1.5])
        #expect(regularity.probabilities == nil && regularity.omega == .sharp)
    }

    @Test func whatWasNotSampledIsNotThere() throws {
        let runs = try HandMadeRuns(images: 1)
        let unsampled = try #require(try runs.report([runs.bounds("unsampled", [.init()])])?.regularities.first)
        #expect(unsampled.logits == nil)
        let failed = try runs.bounds("failed", [], fits: [(nil, nil)])
        let empty = try #require(try RobustnessReport([failed, runs.attack("attack", [.nothing])]).models.first?.classifiers.first)
        let loss = try #require(empty.regularities.first?.logits)
        #expect(loss.meanGradient == nil && loss.largestGradient == nil && loss.lipschitz == nil && loss.modulus.isEmpty)
        #expect(loss.steeperImages == nil)
    }

    /// Model beside model: L and ω at the radii that both have, and nothing for a model that has none.
    @Test func modelsAreComparedWhereBothAreKnown() throws {
        let runs = try HandMadeRuns(images: 2)
        let paths = try [
            runs.bounds("a", of: HandMadeRuns.model("a"), [.init(lipschitz: 0.5), .init(lipschitz: 0.25)], fits: [(nil, 3), (0.1, 1), (0.2, 2), (0.4, 4)]),
            runs.bounds("b", of: HandMadeRuns.model("b", digit: 1), [.init(gradient: 8)], fits: [(nil, 5), (0.2, 9), (0.4, 10)]),
            runs.bounds("c", of: HandMadeRuns.model("c", digit: 2), [.init()], fits: [(nil, 6)]),
            runs.attack("attack", of: HandMadeRuns.model("a"), [.found(l2: 0.375, linf: 0.1, as: 1), .nothing]),
        ]
        let tables = try MarkdownTables(paths)
        let words = "gradient and ω⁺ of the loss on logits"
        #expect(tables.column("model", in: words) == ["a", "b", "c"])
        #expect(tables.column("max ‖∇ℓ‖", in: words) == ["1.0000", "8.0000", "1.0000"])
        #expect(tables.column("L", in: words) == ["3.0000", "5.0000", "6.0000"])
        #expect(tables.column("steeper", in: words) == ["0", "1", "0"])
        #expect(tables.column("ω⁺(0.2)", in: words) == ["2.0000", "9.0000", "–"])
        #expect(tables.column("ω⁺(0.1)", in: words) == nil)
        #expect(tables.column("L-bound", in: words) == ["0.3750", "–", "–"])
        #expect(tables.column("beaten", in: words) == ["1 of 2", "–", "–"])
        // An image without a find makes the mean a bound from below.
        #expect(tables.column("attack", in: words) == ["≥ 0.3750", "–", "–"])
    }
}
