/// Certified accuracy as a function of the radius: the fraction of a run's images with a correct prediction and a
/// certified radius of at least r.
///
/// It falls in steps and is continuous from the left: an image counts at its own radius, and not beyond it.
public struct CertifiedCurve: Sendable, Equatable {
    /// The radii of the correctly predicted images, in rising order.
    public let radii: [Double]
    /// The number of all images of the run.
    public let images: Int

    /// nil for a run that sought no radii.
    public init?(_ run: ReportedRun) {
        guard run.images.allSatisfy({ $0.radius != nil }), !run.images.isEmpty else { return nil }
        radii = run.images.filter(\.isCorrect).compactMap(\.radius).sorted()
        images = run.images.count
    }

    /// The number of images that are correct with a radius of at least `radius`.
    public func count(at radius: Double) -> Int {
        var (low, high) = (0, radii.count)
        while low < high {
            let middle = (low + high) / 2
            if radii[middle] < radius { low = middle + 1 } else { high = middle }
        }
        return radii.count - low
    }

    /// Certified accuracy at `radius`, in [0, 1].
    public func accuracy(at radius: Double) -> Double {
        Double(count(at: radius)) / Double(images)
    }

    /// The mean radius over all images, wrong ones counted as 0.
    public var averageRadius: Double {
        radii.reduce(0, +) / Double(images)
    }

    /// The corners of the steps, from radius 0 to where the curve reaches 0.
    public var corners: [(radius: Double, accuracy: Double)] {
        var corners = [(radius: 0.0, accuracy: accuracy(at: 0))]
        for (index, radius) in radii.enumerated() where index + 1 == radii.count || radii[index + 1] > radius {
            let before = corners[corners.count - 1].accuracy
            corners.append((radius, before))
            corners.append((radius, Double(radii.count - index - 1) / Double(images)))
        }
        return corners
    }
}
