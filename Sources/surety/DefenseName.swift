import ArgumentParser

/// The defenses that `surety train` knows, by their names on the command line.
enum DefenseName: String, ExpressibleByArgument, CaseIterable {
    case standard, gaussian, pgd, trades, smoothadv
    case gradientRegularisation = "gradient-regularisation"

    /// A parameter that `--set` changes.
    struct Parameter {
        let key: String
        /// The value where none is given, as in the papers on MNIST; nil where there need not be one.
        let value: String?
        let meaning: String

        init(_ key: String, _ value: String?, _ meaning: String) { (self.key, self.value, self.meaning) = (key, value, meaning) }
    }

    /// What can be set.
    var parameters: [Parameter] {
        switch self {
        case .standard: []
        case .gaussian: [Parameter("sigma", "0.25", "standard deviation of the noise")]
        case .pgd: Self.attack
        case .trades: Self.attack + [Parameter("beta", "6", "weight of robustness, 1/λ in the paper")]
        case .smoothadv:
            [
                Parameter("sigma", "0.5", "standard deviation of the noise"),
                Parameter("copies", "4", "noisy copies of each image"),
                Parameter("epsilon", "0.99609375", "ℓ2 radius of the attack (255/256)"),
                Parameter("steps", "10", "steps of the attack"),
                Parameter("warm-up", "10", "epochs over which epsilon rises to its value"),
            ]
        case .gradientRegularisation:
            [
                Parameter("norm", "l2", "norm of the gradient: l2 against ℓ2 attacks, l1 against ℓ∞ attacks"),
                Parameter("lambda", "0.1", "weight of the squared norm"),
                Parameter("h", nil, "step of the finite difference; without it, exact double backpropagation"),
            ]
        }
    }

    private static let attack = [
        Parameter("norm", "linf", "norm of the attack: l2 or linf"),
        Parameter("epsilon", "0.3", "radius of the attack; pixels are in [0, 1]"),
        Parameter("step", "0.01", "size of a step"),
        Parameter("steps", "40", "steps of the attack"),
    ]

    /// The parameters, a line each.
    var explanation: String {
        guard !parameters.isEmpty else { return "\(rawValue) takes no parameters" }
        let rows = parameters.map { ["  \($0.key)\($0.value.map { "=" + $0 } ?? "")", $0.meaning] }
        return "\(rawValue) takes\n" + columns(rows)
    }
}
