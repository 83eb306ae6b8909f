import Foundation
import SuretyGraphs

/// Two linear functions between which a layer's results lie on a box:
///
///     lowerSlope·x + lower ≤ y ≤ upperSlope·x + upper, elementwise
///
/// for the true y and for every y that an evaluation in single precision may give. Slopes and intercepts are single
/// numbers per element, rounded so that this holds, and so that it makes up for the rounding of a coefficient's product
/// with a slope. A layer that is linear already has intercepts only; one for which only the box is known has slopes of 0.
package struct Enclosure {
    package var lower: [Float]
    package var upper: [Float]
    /// Empty if the layer is linear, or has no slopes.
    package var lowerSlope: [Float] = []
    package var upperSlope: [Float] = []

    /// A layer for which only the box of its result is known.
    init(box lower: [Float], _ upper: [Float]) { (self.lower, self.upper) = (lower, upper) }

    /// An elementwise layer on the box [`low`, `high`].
    ///
    /// - Parameter consumers: How many layers read the layer's input: their coefficients for it are added up, and rounded.
    package init(of function: BoundRule.ElementwiseFunction, low: [Float], high: [Float], consumers: Int = 1) {
        let zeros = [Float](repeating: 0, count: low.count)
        (lower, upper, lowerSlope, upperSlope) = (zeros, zeros, zeros, zeros)
        let sharing = Self.sharingError(consumers)
        for i in low.indices {
            let it = function.lines(on: Double(low[i]), Double(high[i]))
            // What the product of a coefficient and the slope may lose to rounding, for the largest |x|.
            let largest = Double(max(abs(low[i]), abs(high[i])))
            func error(_ slope: Float) -> Double {
                slope == 0 || slope == 1 ? 0 : 0x1p-23 * Double(abs(slope)) * largest
            }
            (lowerSlope[i], upperSlope[i]) = (it.lowerSlope, it.upperSlope)
            // The rounding error of an evaluation, and what it may take for zero: the box's ends account for the latter in
            // the gate.
            let loss = it.error + 0x1p-126 + sharing * largest
            // The parallel lower line, which may replace this one, has the upper slope.
            lower[i] = Gate.down(it.lower - max(error(it.lowerSlope), error(it.upperSlope)) - loss)
            upper[i] = Gate.up(it.upper + error(it.upperSlope) + loss)
        }
    }

    /// The relative error of a sum of this many coefficients.
    private static func sharingError(_ consumers: Int) -> Double { consumers > 1 ? Double(consumers) * 0x1p-23 : 0 }
}

extension BoundRule.ElementwiseFunction {
    /// The lines between which the function lies on an interval.
    struct Lines {
        var lowerSlope: Float
        var upperSlope: Float
        var lower: Double
        var upper: Double
        /// How far an evaluation in single precision may be off.
        var error = 0.0
    }

    /// How far a program's sigmoid or tanh may be off: some units in the last place of 1.
    package static let smoothFunctionError = 0x1p-20

    /// - Parameters: The ends of the interval, `low` ≤ `high`, which single precision holds.
    fileprivate func lines(on low: Double, _ high: Double) -> Lines {
        switch self {
        case .rectifier(let slope): return Self.rectifier(Double(slope), low, high)
        case .clip(let bounds):
            let (least, largest) = (Double(bounds.lowerBound), Double(bounds.upperBound))
            let isIdentity = low >= least && high <= largest
            return isIdentity
                ? Lines(lowerSlope: 1, upperSlope: 1, lower: 0, upper: 0)
                : Lines(
                    lowerSlope: 0, upperSlope: 0, lower: min(max(low, least), largest), upper: min(max(high, least), largest))
        case .sigmoid:
            return Self.rising(low, high, { 1 / (1 + exp(-$0)) }, slope: { 1 / (2 + exp($0) + exp(-$0)) })
        case .tanh:
            return Self.rising(low, high, Foundation.tanh, slope: { 1 / (cosh($0) * cosh($0)) })
        case .curve(let curve): return curve.lines(on: low, high)
        }
    }

    /// max(x, a·x), which is convex: below its chord, and above each of its two branches. The lower line is the branch that
    /// is nearer to it on the larger side of the interval (Zhang et al. 2018). Any slope will do with the intercept that
    /// goes with it.
    private static func rectifier(_ a: Double, _ low: Double, _ high: Double) -> Lines {
        // No slope may be so small that the processor takes its products for 0. Below 2⁻⁶⁰, the upper line is that
        // of max(x, 0), which some programs use in its place.
        let slope = a < 0x1p-60 ? 0 : a
        let (atLow, atHigh) = (max(low, a * low), max(high, a * high))
        let (aboveLow, aboveHigh) = (max(low, slope * low), max(high, slope * high))
        var (lowerSlope, upperSlope) = (1.0, 1.0)
        if high <= 0 {
            (lowerSlope, upperSlope) = (slope, slope)
        } else if low < 0 {
            let chord = Double(Float((aboveHigh - aboveLow) / (high - low)))
            upperSlope = chord < 0x1p-60 ? 0 : min(max(chord, slope), 1)
            lowerSlope = high > -low ? 1 : slope
        }
        // Both lower lines, that of the upper slope included, at the ends and at the bend.
        var lower = low < 0 && high > 0 ? 0 : Double.infinity
        for t in [lowerSlope, upperSlope] { lower = min(lower, atLow - t * low, atHigh - t * high) }
        let upper = max(aboveLow - upperSlope * low, aboveHigh - upperSlope * high)
        return Lines(
            lowerSlope: Float(lowerSlope), upperSlope: Float(upperSlope), lower: lower - abs(lower) * 0x1p-50,
            upper: upper + abs(upper) * 0x1p-50, error: a == 0 || a == 1 ? 0 : 0x1p-24 * a * max(-low, 0))
    }

    /// A function that rises, first more and more steeply and then less and less: on an interval, it is nowhere flatter than
    /// at the flatter of its ends. It therefore stays above the line of that slope through its left end, and below the one
    /// through its right end.
    private static func rising(
        _ low: Double, _ high: Double, _ function: (Double) -> Double, slope: (Double) -> Double
    ) -> Lines {
        // Far more than the error of the library's functions in double precision.
        let error = 1e-12
        let smallest = Float(min(slope(low), slope(high)) * (1 - 1e-6))
        let chosen = smallest > 0x1p-60 ? smallest : 0
        let (left, right) = (Double(chosen) * low, Double(chosen) * high)
        let slack = (abs(left) + abs(right)) * 0x1p-50
        return Lines(
            lowerSlope: chosen, upperSlope: chosen, lower: function(low) - error - left - slack,
            upper: function(high) + error - right + slack, error: smoothFunctionError)
    }
}

extension Enclosure {
    /// The maximum over windows, on the boxes [`low`, `high`] of some images: at least the element with the largest lower
    /// end, and at most the largest upper end; equal to that element if no other can reach it. The slopes are those by which
    /// the result depends on that element.
    init(
        ofMaximumOver window: Window, image: [Int], result shape: [Int], low: [Float], high: [Float], consumers: Int
    ) {
        let (size, count) = (image.elementCount, shape.elementCount)
        let zeros = [Float](repeating: 0, count: low.count / size * count)
        (lower, upper, upperSlope) = (zeros, zeros, zeros)
        lowerSlope = zeros.map { _ in 1 }
        // Coefficients that several windows pass to one element are added up there.
        let gamma = Double(window.size.elementCount + 4) * 0x1p-24 + Self.sharingError(consumers)
        for i in zeros.indices {
            let places = Self.places(of: window, at: i % count, image: image, result: shape).map { i / count * size + $0 }
            guard var leader = places.first else { continue }
            for place in places where low[place] > low[leader] { leader = place }
            let (least, largestOther) = (low[leader], places.filter { $0 != leader }.map { high[$0] }.max() ?? -.infinity)
            let isDecided = largestOther <= least
            let largest = max(high[leader], largestOther)
            let error = gamma * Double(max(abs(least), abs(largest))) + 0x1p-126
            lower[i] = Gate.down(-error)
            upper[i] = Gate.up(error + (isDecided ? 0 : Double(largest)))
            upperSlope[i] = isDecided ? 1 : 0
        }
    }

    /// The elements of an image [C, H, W] in a position of the window, in the order in which the pool looks at them.
    private static func places(of window: Window, at position: Int, image: [Int], result: [Int]) -> [Int] {
        let channel = position / (result[1] * result[2])
        let start = [position / result[2] % result[1], position % result[2]].enumerated().map { axis, index in
            index * window.strides[axis] - window.paddingBefore[axis]
        }
        var places: [Int] = []
        for y in 0..<window.size[0] {
            let row = start[0] + y * window.dilation[0]
            guard row >= 0, row < image[1] else { continue }
            for x in 0..<window.size[1] {
                let column = start[1] + x * window.dilation[1]
                if column >= 0, column < image[2] { places.append((channel * image[1] + row) * image[2] + column) }
            }
        }
        return places
    }
}

/// What is known about a value of the network, for each image of a batch: its box, and the lines between which the layer
/// that makes it lies.
struct BoundedValue {
    /// Elements per image.
    let size: Int
    var low: [Float] = []
    var high: [Float] = []
    var enclosure = Enclosure(box: [], [])
}
