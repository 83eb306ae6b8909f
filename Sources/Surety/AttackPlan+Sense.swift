import SuretyAttacks

extension AttackPlan {
    /// Checks that the radii make sense for images in [0, 1], or of mass 1.
    ///
    /// - Parameter shape: [C, H, W] of the images.
    /// - Throws: `SuretyError` for the first radius within which every image lies.
    public func requireSense(shape: [Int]) throws(SuretyError) {
        switch distance {
        case .ball(let norm): try Sense.require(radii: radii, norm, shape: shape)
        case .wasserstein(let cost): try Sense.require(radii: radii, cost, shape: shape)
        }
    }
}
