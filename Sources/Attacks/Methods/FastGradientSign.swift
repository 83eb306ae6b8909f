import SuretyNetworks
import SuretyTensors

/// One step from the image to the edge of the ball: x′ = x + ε·sign(∇ₓ CE(f(x), y)) in ℓ∞, and x + ε·∇/‖∇‖₂ in ℓ2, limited
/// to [0, 1] (Goodfellow, Shlens and Szegedy 2015, §4).
///
/// It is projected gradient ascent of one step as long as the radius. Cheap and weak: it says that a network is not robust,
/// hardly ever that it is. An image that is misclassified as it is stays as it is.
public struct FastGradientSign: BallAttack, Hashable {
    public static let name = "fgsm"
    public static let summary = "one step along the gradient to the edge of the ball (Goodfellow 2015)"

    public var ball: Ball

    public init(ball: Ball) { self.ball = ball }

    public static var settings: [Setting<Self>] { [] }

    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try check(on: network, copies: copies)
        let step = ProjectedGradient(ball: ball, stepSize: ball.radius, steps: 1, start: .image)
        return try RepeatedAttack(step).makeExecutor(on: network, batchSize: batchSize, copies: copies)
    }
}
