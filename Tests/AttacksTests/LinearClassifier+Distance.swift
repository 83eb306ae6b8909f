import Foundation
import SuretyTensors

extension LinearClassifier {
    /// Weights of either sign, and a bias with which `image` has class 0 and this margin to class 1.
    init(margin: Float, at image: [Float]) throws {
        let weights = try LinearClassifier().weights
        try self.init(weights: weights, bias: zip(weights, image).reduce(-margin) { $0 - $1.0 * $1.1 })
    }

    /// ‖w‖₂.
    var steepness: Double { weights.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }

    /// How far the nearest point of the cube is at which the other class begins, in `Double`: the least ‖δ‖ with x + δ in [0, 1]
    /// and w·(x + δ) + b = 0.
    ///
    /// By the conditions of Karush, Kuhn and Tucker δ is t·w limited to the cube in ℓ2, and t·sign w limited to it in ℓ∞; the
    /// margin is monotone along that path, which bisection follows.
    func distance(of image: [Float], _ norm: Norm) -> Double {
        let sign: Double = margin(image) > 0 ? -1 : 1
        func change(_ t: Double) -> [Double] {
            zip(weights, image).map { w, x in
                let slope = norm == .l2 ? Double(w) : w > 0 ? 1 : -1
                return min(max(Double(x) + t * sign * slope, 0), 1) - Double(x)
            }
        }
        func isAcross(_ t: Double) -> Bool {
            let height = zip(weights, zip(image, change(t))).reduce(Double(bias)) {
                $0 + Double($1.0) * (Double($1.1.0) + $1.1.1)
            }
            return sign * height >= 0
        }
        var (low, high) = (0.0, 1e3)
        guard isAcross(high) else { return .infinity }
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if isAcross(middle) { high = middle } else { low = middle }
        }
        return Self.length(change(high), norm)
    }

    /// The distance of two images, in `Double`.
    static func distance(_ a: [Float], _ b: [Float], _ norm: Norm) -> Double {
        length(zip(a, b).map { Double($0) - Double($1) }, norm)
    }

    private static func length(_ change: [Double], _ norm: Norm) -> Double {
        switch norm {
        case .l2: change.reduce(0) { $0 + $1 * $1 }.squareRoot()
        case .linf: change.reduce(0) { max($0, abs($1)) }
        }
    }

    /// In the middle of the cube, far from its limits.
    static let middle = [Float](repeating: 0.5, count: size)

    /// In a corner, where the limits make the way to the other side longer: every other pixel has no room in its weight's direction.
    static func corner() throws -> [Float] {
        try LinearClassifier().weights.enumerated().map { ($1 > 0) == ($0 % 2 == 0) ? 0.05 : 0.95 }
    }

    /// The pixels of the image at `place`.
    static func image(_ place: Int, of images: [Float]) -> [Float] { Array(images[place * size..<(place + 1) * size]) }
}
