/// A number m·2³²ᵉ with an integer m of any length: sums and products of floating-point numbers without rounding, the ground
/// on which bounds are compared with what they bound.
public struct Dyadic: Sendable {
    private var isNegative: Bool
    /// In limbs of 32 bits, the lowest first; neither the first nor the last is 0.
    private var magnitude: [UInt32]
    private var exponent: Int

    public static let zero = Dyadic(isNegative: false, magnitude: [], exponent: 0)

    private init(isNegative: Bool, magnitude: [UInt32], exponent: Int) {
        var limbs = magnitude[...]
        while limbs.last == 0 { limbs.removeLast() }
        let trailing = limbs.prefix { $0 == 0 }.count
        self.magnitude = Array(limbs.dropFirst(trailing))
        self.exponent = self.magnitude.isEmpty ? 0 : exponent + trailing
        self.isNegative = isNegative && !self.magnitude.isEmpty
    }

    /// - Parameter x: A finite number.
    public init(_ x: Double) {
        precondition(x.isFinite, "\(x) is not a number")
        guard x != 0 else {
            self = .zero
            return
        }
        // m·2ᵖ with an integer m of 53 bits.
        let m = UInt64(x.significand.magnitude * 0x1p52)
        let power = Int(x.exponent) - 52
        let limb = power >= 0 ? power / 32 : (power - 31) / 32
        let shift = power - 32 * limb
        let (low, high) = (m << shift, shift == 0 ? 0 : m >> (64 - shift))
        self.init(
            isNegative: x < 0,
            magnitude: [UInt32(truncatingIfNeeded: low), UInt32(low >> 32), UInt32(truncatingIfNeeded: high)], exponent: limb)
    }

    public init(_ x: Float) { self.init(Double(x)) }

    public static func + (a: Dyadic, b: Dyadic) -> Dyadic {
        let exponent = a.magnitude.isEmpty ? b.exponent : b.magnitude.isEmpty ? a.exponent : min(a.exponent, b.exponent)
        let (x, y) = (a.limbs(from: exponent), b.limbs(from: exponent))
        if a.isNegative == b.isNegative {
            return Dyadic(isNegative: a.isNegative, magnitude: sum(x, y), exponent: exponent)
        }
        return isLess(x, y)
            ? Dyadic(isNegative: b.isNegative, magnitude: difference(y, x), exponent: exponent)
            : Dyadic(isNegative: a.isNegative, magnitude: difference(x, y), exponent: exponent)
    }

    public static prefix func - (a: Dyadic) -> Dyadic {
        Dyadic(isNegative: !a.isNegative, magnitude: a.magnitude, exponent: a.exponent)
    }

    public static func - (a: Dyadic, b: Dyadic) -> Dyadic { a + -b }

    public static func * (a: Dyadic, b: Dyadic) -> Dyadic {
        var product = [UInt32](repeating: 0, count: a.magnitude.count + b.magnitude.count)
        for (i, x) in a.magnitude.enumerated() {
            var carry: UInt64 = 0
            for (j, y) in b.magnitude.enumerated() {
                let t = UInt64(x) * UInt64(y) + UInt64(product[i + j]) + carry
                product[i + j] = UInt32(truncatingIfNeeded: t)
                carry = t >> 32
            }
            product[i + b.magnitude.count] = UInt32(carry)
        }
        return Dyadic(isNegative: a.isNegative != b.isNegative, magnitude: product, exponent: a.exponent + b.exponent)
    }

    /// Nearly this number; infinite where it is too large.
    public var approximation: Double {
        var value = 0.0
        for (i, limb) in magnitude.enumerated().suffix(4) {
            value += Double(sign: .plus, exponent: 32 * (exponent + i), significand: Double(limb))
        }
        return isNegative ? -value : value
    }

    /// The limbs of the magnitude as a multiple of 2³²ᵉ, e no larger than the exponent.
    private func limbs(from exponent: Int) -> [UInt32] {
        magnitude.isEmpty ? [] : Array(repeating: 0, count: self.exponent - exponent) + magnitude
    }

    private static func sum(_ x: [UInt32], _ y: [UInt32]) -> [UInt32] {
        var (result, carry) = ([UInt32](), UInt64(0))
        for i in 0..<max(x.count, y.count) {
            let t = UInt64(i < x.count ? x[i] : 0) + UInt64(i < y.count ? y[i] : 0) + carry
            result.append(UInt32(truncatingIfNeeded: t))
            carry = t >> 32
        }
        return result + [UInt32(carry)]
    }

    /// x − y, of which x is not the smaller.
    private static func difference(_ x: [UInt32], _ y: [UInt32]) -> [UInt32] {
        var (result, borrow) = ([UInt32](), Int64(0))
        for i in x.indices {
            let t = Int64(x[i]) - Int64(i < y.count ? y[i] : 0) - borrow
            result.append(UInt32(truncatingIfNeeded: t))
            borrow = t < 0 ? 1 : 0
        }
        return result
    }

    private static func isLess(_ x: [UInt32], _ y: [UInt32]) -> Bool {
        for i in (0..<max(x.count, y.count)).reversed() {
            let (a, b) = (i < x.count ? x[i] : 0, i < y.count ? y[i] : 0)
            if a != b { return a < b }
        }
        return false
    }
}

extension Dyadic: Comparable {
    public static func == (a: Dyadic, b: Dyadic) -> Bool { (a - b).magnitude.isEmpty }
    public static func < (a: Dyadic, b: Dyadic) -> Bool { (a - b).isNegative }
}
