import CSuretyKernels

/// The set of images within a radius of another, in some norm. A norm is a value here, not a class.
public struct Ball: Sendable, Hashable {
    /// How distances are measured.
    public let norm: Norm
    /// In units of pixels in [0, 1].
    public let radius: Float

    /// - Parameter radius: In units of pixels in [0, 1]; not negative.
    public init(_ norm: Norm, radius: Float) {
        self.norm = norm
        self.radius = radius
    }

    /// Moves `point` by `step` in the direction in which `gradient` rises most steeply in this norm, back into the
    /// ball around `center`, and to [0, 1].
    ///
    /// A gradient that is zero, or not a number, moves nothing.
    public func ascend(_ point: Row, along gradient: Row, step: Float, around center: Row) {
        precondition(gradient.count == point.count && center.count == point.count, "rows of one size")
        switch norm {
        case .linf:
            surety_ascend_cube(point.pointer, gradient.pointer, center.pointer, step, radius, point.count)
        case .l2:
            let sum = gradient.squareSum
            guard sum > 0, sum.isFinite else { return }
            point.add(gradient, times: Double(step) / sum.squareRoot())
            project(point, around: center)
        }
    }

    /// The nearest point of the ball around `center`, then limited to [0, 1]. Because `center` lies in [0, 1], the second
    /// step does not leave the ball, whatever the norm.
    public func project(_ point: Row, around center: Row) {
        switch norm {
        case .linf:
            precondition(center.count == point.count, "rows of one size")
            // No step, only the limits.
            surety_ascend_cube(point.pointer, center.pointer, center.pointer, 0, radius, point.count)
        case .l2:
            let length = norm.distance(point, center)
            if length > radius {
                surety_shrink_into_unit(point.pointer, center.pointer, radius / length, point.count)
            } else {
                point.clip()
            }
        }
    }
}
