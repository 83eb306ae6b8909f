import Foundation
import Testing

import Certification

@Suite struct EnclosureTests {
    static let intervals: [ClosedRange<Float>] = [
        -1 ... 1, -0.1 ... 3, -3 ... 0.1, 0 ... 2, -2 ... 0, 0.5 ... 0.75, -7 ... -6, -1e-20 ... 1e-20, -1e-30 ... 5,
        0 ... 0, -40 ... 50, 1e-3 ... 1e-3, -1e6 ... 3e5,
    ]

    /// The function keeps between its lines and within its range, everywhere on the interval.
    @Test(arguments: Elementwise.allCases, intervals)
    func linesEnclose(function: Elementwise, interval: ClosedRange<Float>) {
        let found = Enclosure.elementwise(function.layer, low: [interval.lowerBound], high: [interval.upperBound])
        let lines = found.enclosure
        let (lowerSlope, upperSlope) = (Double(lines.lowerSlope[0]), Double(lines.upperSlope[0]))
        let (lower, upper) = (Double(lines.lower[0]), Double(lines.upper[0]))
        let (least, largest) = (Double(found.low[0]), Double(found.high[0]))
        let (low, high) = (Double(interval.lowerBound), Double(interval.upperBound))
        var gap = 0.0
        for step in 0...1000 {
            let x = low + (high - low) * Double(step) / 1000
            let y = function.value(x)
            let (below, above) = (lowerSlope * x + lower, upperSlope * x + upper)
            #expect(below <= y && y <= above, "\(x): \(below), \(y), \(above)")
            // The line parallel to the upper one, where that may take the lower one's place.
            if function.isRectifier { #expect(upperSlope * x + lower <= y) }
            #expect(least <= y && y <= largest)
            gap = max(gap, above - below)
        }
        // As wide as the function's range at most, but for rounding and the kink.
        #expect(gap <= 2 * (largest - least) + 1e-5 * max(abs(low), abs(high), 1))
    }

    enum Elementwise: CaseIterable {
        case relu, leaky, clip, sigmoid, tanh

        var isRectifier: Bool { self == .relu || self == .leaky }

        var layer: BoundRule.ElementwiseFunction {
            switch self {
            case .relu: .rectifier(slope: 0)
            case .leaky: .rectifier(slope: 0.1)
            case .clip: .clip(-0.5...0.6)
            case .sigmoid: .sigmoid
            case .tanh: .tanh
            }
        }

        func value(_ x: Double) -> Double {
            switch self {
            case .relu: max(0, x)
            case .leaky: max(Double(Float(0.1)) * x, x)
            case .clip: min(max(x, -0.5), Double(Float(0.6)))
            case .sigmoid: 1 / (1 + exp(-x))
            case .tanh: Foundation.tanh(x)
            }
        }
    }
}
