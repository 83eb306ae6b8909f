import Foundation
import SuretyGraphs

/// A function of one variable that is smooth except for a few kinks and has a bounded second derivative. It either rises
/// everywhere, or falls to a single minimum and rises from there. This is what is needed to enclose it between two lines.
package struct Curve: Sendable, Equatable {
    /// The function itself.
    package let function: ElementFunction
    /// Where it is smallest; nil if it rises everywhere.
    package let minimum: Double?
    /// Where its slope jumps.
    let kinks: [Double]

    /// nil for a function of another kind.
    package init?(_ function: ElementFunction) {
        self.function = function
        switch function {
        case .exponential, .errorFunction, .softPlus: (minimum, kinks) = (nil, [])
        case .exponentialLinearUnit(let scale):
            guard scale >= 0, scale.isFinite else { return nil }
            (minimum, kinks) = (nil, [0])
        case .sigmoidLinearUnit: (minimum, kinks) = (-1.2784645427610738, [])
        case .gaussianLinearUnit: (minimum, kinks) = (-0.7517915246935645, [])
        case .gaussianLinearUnitByTanh: (minimum, kinks) = (-0.7524614220710162, [])
        case .hardSwish: (minimum, kinks) = (-1.5, [-3, 3])
        case .logarithm, .squareRoot, .sigmoid, .tanh, .sign, .power, .sine, .cosine: return nil
        }
    }

    /// Its value.
    func callAsFunction(_ x: Double) -> Double { function(x) }

    /// An upper bound of |f″| below `high`, apart from the kinks.
    func curvature(below high: Double) -> Double {
        switch function {
        case .exponential: exp(high)
        case .errorFunction: 0.97  // at ±√½: 4/√(2πe)
        case .softPlus: 0.25  // at 0
        case .exponentialLinearUnit(let scale): Double(scale)  // below 0
        case .sigmoidLinearUnit: 0.5  // at 0
        case .gaussianLinearUnit: 0.8  // at 0: 2φ(0)
        case .gaussianLinearUnitByTanh: 0.81  // near 0
        case .hardSwish: 0.3334
        case .logarithm, .squareRoot, .sigmoid, .tanh, .sign, .power, .sine, .cosine: .infinity
        }
    }

    /// Two parallel lines between which the function lies on an interval, both with the slope of the chord; or its range, if
    /// that is at least as narrow.
    ///
    /// Between two places h apart a function lies below the line through its values by at most |f″| h²/8. So the values at
    /// some points, including the kinks, tell how far it lies from any line.
    func lines(on low: Double, _ high: Double) -> BoundRule.ElementwiseFunction.Lines {
        let (atLow, atHigh) = (self(low), self(high))
        let bottom = minimum.map { $0 < low ? atLow : $0 > high ? atHigh : self($0) } ?? atLow
        let top = max(atLow, atHigh)
        let largest = max(abs(low), abs(high))
        let slack = 1e-12 * (1 + largest + abs(bottom) + abs(top))
        let error = Self.relativeError * (1 + largest + max(abs(bottom), abs(top)))
        let range = BoundRule.ElementwiseFunction.Lines(
            lowerSlope: 0, upperSlope: 0, lower: bottom - slack, upper: top + slack, error: error)
        let slope = Double(Float((atHigh - atLow) / (high - low)))
        guard slope.isFinite, abs(slope) >= 0x1p-60 else { return range }
        let pieces = 32
        let evenly = (0...pieces).map { low + (high - low) * Double($0) / Double(pieces) }
        let places = (evenly + kinks.filter { low < $0 && $0 < high }).sorted()
        let distances = places.map { self($0) - slope * $0 }
        let step = (high - low) / Double(pieces)
        let between = curvature(below: high) * step * step / 8 * (1 + 1e-9) + slack * (1 + abs(slope))
        guard let least = distances.min(), let greatest = distances.max(), greatest - least + 2 * between < top - bottom else {
            return range
        }
        return BoundRule.ElementwiseFunction.Lines(
            lowerSlope: Float(slope), upperSlope: Float(slope), lower: least - between, upper: greatest + between, error: error)
    }

    /// How far an evaluation in single precision may be off, relative to 1 + |x| + |f(x)|: some units in the last place of each.
    package static let relativeError = 0x1p-20
}
