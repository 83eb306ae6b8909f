/// The set of images within a radius of another, in some norm. A norm is a value here, not a class.
public struct Ball: Sendable, Hashable {
    /// How distance is measured.
    public enum Norm: String, Sendable, CaseIterable {
        /// Euclidean.
        case l2
        /// The largest change of any pixel.
        case linf
    }

    public let norm: Norm
    /// In units of pixels in [0, 1].
    public let radius: Float

    public init(_ norm: Norm, radius: Float) {
        self.norm = norm
        self.radius = radius
    }

    /// The norm of `point` − `center`.
    public func distance(_ point: UnsafeBufferPointer<Float>, _ center: UnsafeBufferPointer<Float>) -> Float {
        switch norm {
        case .l2:
            var sum = 0.0
            for i in point.indices {
                let change = Double(point[i]) - Double(center[i])
                sum += change * change
            }
            return Float(sum.squareRoot())
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
            for i in point.indices {
                let sign: Float = gradient[i] > 0 ? 1 : gradient[i] < 0 ? -1 : 0
                point[i] = point[i] + step * sign
            }
        case .l2:
            var sum = 0.0
            // In double precision, in which no square of a single overflows or vanishes.
            for value in gradient { sum += Double(value) * Double(value) }
            guard sum > 0, sum.isFinite else { return }
            let scale = Double(step) / sum.squareRoot()
            for i in point.indices { point[i] += Float(scale * Double(gradient[i])) }
        }
        project(point, around: center)
    }

    /// The nearest point of the ball around `center`, then limited to [0, 1]. As `center` lies in [0, 1], the second
    /// step leaves the ball in neither norm.
    public func project(_ point: UnsafeMutableBufferPointer<Float>, around center: UnsafeBufferPointer<Float>) {
        switch norm {
        case .linf:
            for i in point.indices { point[i] = min(max(point[i], center[i] - radius), center[i] + radius) }
        case .l2:
            let length = distance(UnsafeBufferPointer(point), center)
            if length > radius {
                for i in point.indices { point[i] = center[i] + (point[i] - center[i]) * (radius / length) }
            }
        }
        for i in point.indices { point[i] = min(max(point[i], 0), 1) }
    }
}
