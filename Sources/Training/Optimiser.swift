import CSuretyKernels
import SuretyTensors

/// How parameters follow their gradients. The updates are PyTorch's, so that published settings carry over.
public enum Optimiser: Sendable, Hashable, Codable {
    /// v ← μv + g + λθ; θ ← θ − η(v), or θ − η(g + λθ + μv) after Nesterov.
    case sgd(momentum: Float, weightDecay: Float, isNesterov: Bool)
    /// Kingma and Ba (2015), with weight decay added to the gradient.
    case adam(beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float)

    /// Adam with its authors' settings.
    public static let adam = Optimiser.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0)
}

extension Optimiser {
    /// What recipes call an optimiser.
    public enum Name: String, Sendable, CaseIterable {
        /// Stochastic gradient descent with momentum, and Adam (Kingma and Ba 2015).
        case sgd, adam
    }

    /// The optimiser of this name.
    ///
    /// - Parameters:
    ///   - momentum: The momentum of SGD, in [0, 1); 0.9 if nil.
    ///   - isNesterov: Whether it is Nesterov's; false if nil.
    ///   - weightDecay: The ℓ2 penalty of weights; 10⁻⁴ for SGD and 0 for Adam if nil.
    public init(_ name: Name, momentum: Float? = nil, isNesterov: Bool? = nil, weightDecay: Float? = nil) {
        self =
            switch name {
            case .sgd:
                .sgd(momentum: momentum ?? 0.9, weightDecay: weightDecay ?? 1e-4, isNesterov: isNesterov ?? false)
            case .adam: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: weightDecay ?? 0)
            }
    }
}

extension Optimiser: CustomStringConvertible {
    /// Its name and its settings, as models carry them.
    public var description: String {
        switch self {
        case .sgd(let momentum, let weightDecay, let isNesterov):
            "sgd, \(isNesterov ? "Nesterov " : "")momentum \(momentum), weight decay \(weightDecay)"
        case .adam(let beta1, let beta2, let epsilon, let weightDecay):
            "adam, beta \(beta1) and \(beta2), epsilon \(epsilon), weight decay \(weightDecay)"
        }
    }
}

/// What an optimiser remembers of the steps so far.
package struct OptimiserState: Sendable, Equatable {
    /// Steps taken.
    package var step = 0
    /// Per parameter: the velocity, or the mean gradient.
    package var first: [String: [Float]] = [:]
    /// Per parameter: the mean square, if there is one.
    package var second: [String: [Float]] = [:]

    package init() {}
}

extension Optimiser {
    /// Takes one step of size `rate` against the gradients, changing `parameters` in place.
    package func step(
        _ parameters: inout [String: Tensor], against gradients: [String: [Float]], rate: Float, state: inout OptimiserState
    ) {
        state.step += 1
        for (name, gradient) in gradients {
            let count = gradient.count
            // In place: taking a dictionary's value out and putting it back would copy it.
            parameters[name]?.values.withUnsafeMutableBufferPointer { values in
                switch self {
                case .sgd(let momentum, let weightDecay, let isNesterov):
                    surety_sgd(
                        values.baseAddress, &state.first[name, default: Self.zeros(count)], gradient,
                        surety_sgd_settings(
                            rate: rate, momentum: momentum, weight_decay: weightDecay, is_nesterov: isNesterov ? 1 : 0),
                        count)
                case .adam(let beta1, let beta2, let epsilon, let weightDecay):
                    surety_adam(
                        values.baseAddress, &state.first[name, default: Self.zeros(count)],
                        &state.second[name, default: Self.zeros(count)], gradient,
                        surety_adam_settings(
                            rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weight_decay: weightDecay,
                            mean_correction: 1 / (1 - power(beta1, state.step)),
                            square_correction: 1 / (1 - power(beta2, state.step))),
                        count)
                }
            }
        }
    }

    private static func zeros(_ count: Int) -> [Float] { Array(repeating: 0, count: count) }

    private func power(_ base: Float, _ exponent: Int) -> Float {
        var result = 1.0
        for _ in 0..<min(exponent, 100_000) { result *= Double(base) }
        return Float(result)
    }
}
