import Surety

/// One defense on PLANES of one codimension.
struct Experiment {
    enum Method: String, CaseIterable {
        case voronoi, madry, madryFromUniformStart = "madry-uniform"

        var title: String {
            switch self {
            case .voronoi: "Voronoi"
            case .madry: "Madry"
            case .madryFromUniformStart: "Madry, uniform start"
            }
        }

        /// NAUC in the paper.
        func published(codimension: Int) -> String {
            switch (self, codimension) {
            case (.voronoi, 10): ".99"
            case (.voronoi, 500): ".92"
            case (.madry, 10): ".94"
            case (.madry, 500): ".87"
            default: ""
            }
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    struct Result {
        let accuracies: [Double]
        /// NAUC.
        let area: Double
    }

    /// Perturbations up to the largest that a perfect classifier withstands.
    static let radii = (0...20).map { Double($0) / 20 }

    // What the paper leaves open, the same for all methods and both codimensions.
    private static let steps = 20
    private static let stepSize = 0.25 * Planes.pixelsPerUnit
    private static let epochs = 200
    private static let batchSize = 64

    let codimension: Int
    let method: Method

    /// Trains a network from parameters of its own, and attacks it.
    func retraining(_ number: Int) throws -> Result {
        let planes = try Planes(codimension: codimension)
        let network = try Architecture.mlp.network(imageShape: planes.shape, classCount: 2, seed: UInt64(number))
            .normalised(mean: [Planes.mean], standardDeviation: [Planes.standardDeviation])
        var trainer = try Trainer(
            network, defense, on: planes.images(.train),
            TrainingSettings(
                epochs: Self.epochs, batchSize: Self.batchSize, learningRate: 0.1, optimiser: .adam, seed: UInt64(number)))
        while !trainer.isFinished { try trainer.runEpoch() }
        let accuracies = try RobustAccuracy(radii: Self.radii, pixelsPerUnit: Planes.pixelsPerUnit, steps: 40)
            .measure(trainer.trainedNetwork(), on: planes.images(.test))
        return Result(
            accuracies: accuracies, area: try NormalisedAreaUnderCurve(radii: Self.radii, accuracies: accuracies).value)
    }

    private var defense: any Defense {
        let ball = Ball(.l2, radius: Planes.pixelsPerUnit)
        return switch method {
        case .voronoi: VoronoiTraining(norm: .l2, stepSize: Self.stepSize, steps: Self.steps)
        case .madry:
            AdversarialTraining(
                attack: ProjectedGradient(ball: ball, stepSize: Self.stepSize, steps: Self.steps, start: .image))
        case .madryFromUniformStart:
            AdversarialTraining(
                attack: ProjectedGradient(ball: ball, stepSize: Self.stepSize, steps: Self.steps, start: .uniform))
        }
    }
}
