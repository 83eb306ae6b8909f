import Foundation
import SuretyBounds
import Testing


@Suite struct EnclosureTests {
    static let intervals: [ClosedRange<Float>] = [
        -1 ... 1, -0.1 ... 3, -3 ... 0.1, 0 ... 2, -2 ... 0, 0.5 ... 0.75, -7 ... -6, -1e-20 ... 1e-20, -1e-30 ... 5,
        0 ... 0, -40 ... 50, 1e-3 ... 1e-3, -1e6 ... 3e5, -0x1p120 ... 1, -0x1p120 ... 0x1p50, -0x1p126 ... -0x1p100,
        -0x1p70 ... 0x1p-60, -0x1p-126 ... 0x1p126,
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
        // At most as wide as the function's range, apart from rounding and the kink.
        #expect(gap <= 2 * (largest - least) + 1e-5 * max(abs(low), abs(high), 1))
    }

    /// Slopes are such that the processor takes no product of them for zero, or are zero; and so is what single precision
    /// may make of the function between its lines: any slope below 2⁻¹²⁶ may be taken for zero.
    @Test(arguments: Elementwise.allCases, intervals)
    func linesEncloseWhatProgramsCompute(function: Elementwise, interval: ClosedRange<Float>) {
        let found = Enclosure.elementwise(function.layer, low: [interval.lowerBound], high: [interval.upperBound])
        let lines = found.enclosure
        for slope in [lines.lowerSlope[0], lines.upperSlope[0]] {
            #expect(slope == 0 || (0x1p-62...(function.isCurve ? 1e30 : 1)).contains(function.isCurve ? abs(slope) : slope))
        }
        guard case .rectifier(let slope) = function.layer else { return }
        for x in [interval.lowerBound, interval.lowerBound / 2, interval.upperBound / 3, interval.upperBound] {
            guard interval.contains(x) else { continue }
            for kept in [slope, slope.isSubnormal ? 0 : slope] {
                let y = Double(x > 0 ? x : kept * x)
                for lower in [lines.lowerSlope[0], lines.upperSlope[0]] {
                    #expect(Double(lower) * Double(x) + Double(lines.lower[0]) <= y)
                }
                #expect(y <= Double(lines.upperSlope[0]) * Double(x) + Double(lines.upper[0]))
                #expect(Double(found.low[0]) <= y && y <= Double(found.high[0]))
            }
        }
    }

    /// Lines that fit: on an interval as networks have it they are far nearer to each other than the range is wide.
    @Test(arguments: Elementwise.allCases.filter(\.isCurve))
    func curvesAreEnclosedTightly(_ function: Elementwise) {
        for center in stride(from: -3.0, through: 3, by: 0.25) {
            for radius in [0.01, 0.1, 0.5] {
                let (low, high) = (Float(center - radius), Float(center + radius))
                let found = Enclosure.elementwise(function.layer, low: [low], high: [high]).enclosure
                // A parabola lies within |f″| w²/8 of its chord; what single precision may do is beside that.
                let bound = 2.5 * exp(max(center + radius, 1)) / 8 * 4 * radius * radius + 1e-4
                    + ([.elu, .hardSwish].contains(function) ? radius / 2 : 0)  // a slope that jumps by ½

                if found.upperSlope[0] != 0 { #expect(Double(found.upper[0] - found.lower[0]) < bound, "\(center) ± \(radius)") }
            }
        }
    }

    enum Elementwise: CaseIterable {
        case relu, leaky, clip, sigmoid, tanh
        case exponential, erf, softPlus, elu, silu, gelu, geluByTanh, hardSwish
        /// Leaky, with slopes of 2⁻⁶¹, 2⁻¹⁰⁰ and, subnormal, 2⁻¹³⁰.
        case hardlyLeaky, barelyLeaky, subnormallyLeaky

        var isRectifier: Bool { if case .rectifier = layer { true } else { false } }

        var isCurve: Bool { if case .curve = layer { true } else { false } }

        var layer: BoundRule.ElementwiseFunction {
            switch self {
            case .relu: .rectifier(slope: 0)
            case .leaky: .rectifier(slope: 0.1)
            case .clip: .clip(-0.5...0.6)
            case .sigmoid: .sigmoid
            case .tanh: .tanh
            case .exponential: .curve(Curve(.exponential)!)
            case .erf: .curve(Curve(.errorFunction)!)
            case .softPlus: .curve(Curve(.softPlus)!)
            case .elu: .curve(Curve(.exponentialLinearUnit(scale: 1.5))!)
            case .silu: .curve(Curve(.sigmoidLinearUnit)!)
            case .gelu: .curve(Curve(.gaussianLinearUnit)!)
            case .geluByTanh: .curve(Curve(.gaussianLinearUnitByTanh)!)
            case .hardSwish: .curve(Curve(.hardSwish)!)
            case .hardlyLeaky: .rectifier(slope: 0x1p-61)
            case .barelyLeaky: .rectifier(slope: 0x1p-100)
            case .subnormallyLeaky: .rectifier(slope: 0x1p-130)
            }
        }

        func value(_ x: Double) -> Double {
            switch self {
            case .relu: max(0, x)
            case .leaky: max(Double(Float(0.1)) * x, x)
            case .clip: min(max(x, -0.5), Double(Float(0.6)))
            case .sigmoid: 1 / (1 + exp(-x))
            case .tanh: Foundation.tanh(x)
            case .exponential: exp(x)
            case .erf: Foundation.erf(x)
            case .softPlus: x > 30 ? x : log1p(exp(x))
            case .elu: x > 0 ? x : 1.5 * expm1(x)
            case .silu: x < -1e3 ? 0 : x / (1 + exp(-x))
            case .gelu: x * erfc(-x * 0.5.squareRoot()) / 2
            case .geluByTanh: x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * pow(x, 3)))) / 2
            case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
            case .hardlyLeaky: max(0x1p-61 * x, x)
            case .barelyLeaky: max(0x1p-100 * x, x)
            case .subnormallyLeaky: max(0x1p-130 * x, x)
            }
        }
    }
}
