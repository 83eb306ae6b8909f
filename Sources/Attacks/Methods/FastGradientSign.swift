import SuretyNetworks
import SuretyTensors

/// One step from the image to the edge of the ball: x′ = x + ε·sign(∇ₓ CE(f(x), y)) in ℓ∞, and x + ε·∇/‖∇‖₂ in ℓ2, limited
/// to [0, 1] (Goodfellow, Shlens and Szegedy 2015, §4).
///
/// This is projected gradient ascent with a single step as long as the radius. It is cheap and weak: it can show that a
/// network is not robust, but hardly ever that it is. An image that is already misclassified is left unchanged.
public struct FastGradientSign: BallAttack, Hashable {
    /// `fgsm`.
    public static let name = "fgsm"
    /// Its line in the list of attacks.
    public static let summary = "one step along the gradient to the edge of the ball (Goodfellow 2015)"

    /// Where the perturbed image stays: ℓ2 or ℓ∞, with the radius ε in units of pixels in [0, 1].
    public var ball: Ball

    /// The step is as long as the ball's radius.
    public init(ball: Ball) { self.ball = ball }

    /// None: the ball determines everything.
    public static var settings: [Setting<Self>] { [] }

    /// Compiles one step of `ProjectedGradient` from the image, as long as the radius.
    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try check(on: network, copies: copies)
        let step = ProjectedGradient(ball: ball, stepSize: ball.radius, steps: 1, start: .image)
        return try RepeatedAttack(step).makeExecutor(on: network, batchSize: batchSize, copies: copies)
    }
}
