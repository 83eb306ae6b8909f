import CKernels

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

    /// The norm of `point` − `center`.
    public func distance(_ point: UnsafeBufferPointer<Float>, _ center: UnsafeBufferPointer<Float>) -> Float {
        switch norm {
        case .l2: return Float(surety_square_distance(point.baseAddress, center.baseAddress, point.count).squareRoot())
        case .linf:
            var largest: Float = 0
            for i in point.indices { largest = max(largest, abs(point[i] - center[i])) }
            return largest
        }
    }

    /// Moves `point` by `step` in the direction in which `gradient` rises most steeply in this norm, back into the
    /// ball around `center`, and to [0, 1].
    ///
    /// A gradient that is zero, or not a number, moves nothing.
    public func ascend(
        _ point: UnsafeMutableBufferPointer<Float>, along gradient: UnsafeBufferPointer<Float>, step: Float,
        around center: UnsafeBufferPointer<Float>
    ) {
        switch norm {
        case .linf:
            surety_ascend_cube(
                point.baseAddress, gradient.baseAddress, center.baseAddress, step, radius, point.count)
        case .l2:
            let sum = surety_square_sum(gradient.baseAddress, gradient.count)
            guard sum > 0, sum.isFinite else { return }
            surety_move(point.baseAddress, gradient.baseAddress, Double(step) / sum.squareRoot(), point.count)
            project(point, around: center)
        }
    }

    /// The nearest point of the ball around `center`, then limited to [0, 1]. As `center` lies in [0, 1], the second
    /// step does not leave the ball, whichever the norm.
    public func project(_ point: UnsafeMutableBufferPointer<Float>, around center: UnsafeBufferPointer<Float>) {
        switch norm {
        case .linf:
            // No step: only the limits.
            surety_ascend_cube(point.baseAddress, center.baseAddress, center.baseAddress, 0, radius, point.count)
        case .l2:
            let length = distance(UnsafeBufferPointer(point), center)
            if length > radius {
                surety_shrink_into_unit(point.baseAddress, center.baseAddress, radius / length, point.count)
            } else {
                surety_clip(point.baseAddress, 0, 1, point.baseAddress, point.count)
            }
        }
    }
}
