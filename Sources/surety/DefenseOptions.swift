import ArgumentParser
import Attacks
import Training

/// Which defense, with which parameters.
struct DefenseOptions: ParsableArguments {
    @Option(name: .customLong("defense"), help: "How to train.")
    var name: DefenseName

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A parameter of the defense; may be given several times.", valueName: "key=value"))
    var assignments: [String] = []

    /// - Throws: `CommandError` for an unknown parameter or a value out of range, with what the defense takes.
    func defense() throws(CommandError) -> any Defense {
        let given = try DefenseParameters(of: name, assignments)
        switch name {
        case .standard:
            return StandardTraining()
        case .gaussian:
            return try StandardTraining(sigma: given.positive("sigma"))
        case .pgd:
            return try AdversarialTraining(
                attack: ProjectedGradient(
                    ball: Self.ball(given), stepSize: given.positive("step"), steps: given.count("steps", in: Self.steps)))
        case .trades:
            return try TRADES(
                ball: Self.ball(given), stepSize: given.positive("step"), steps: given.count("steps", in: Self.steps),
                beta: given.notNegative("beta"))
        case .smoothadv:
            return try SmoothAdversarialTraining(
                sigma: given.positive("sigma"), copies: given.count("copies", in: 1...1024),
                epsilon: given.notNegative("epsilon"), steps: given.count("steps", in: Self.steps),
                warmUp: given.count("warm-up", in: 0...100_000))
        case .gradientRegularisation:
            return try GradientRegularisation(
                norm: given.choice("norm"), lambda: given.notNegative("lambda"),
                method: given.has("h") ? .finiteDifference(given.positive("h")) : .doubleBackpropagation)
        }
    }

    private static let steps = 1...10_000

    private static func ball(_ given: DefenseParameters) throws(CommandError) -> Ball {
        try Ball(given.choice("norm"), radius: given.notNegative("epsilon"))
    }
}
