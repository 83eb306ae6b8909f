extension Float {
    /// The number with these bits in IEEE 754 binary16. (`Float16` does not exist on every platform.)
    package init(half bits: UInt16) {
        let fraction = Float(bits & 0x3FF)
        let magnitude: Float =
            switch bits >> 10 & 0x1F {
            case 0: fraction * 0x1p-24
            case 0x1F: fraction == 0 ? .infinity : .nan
            case let exponent: (1024 + fraction) * Float(sign: .plus, exponent: Int(exponent) - 25, significand: 1)
            }
        self = bits >> 15 == 0 ? magnitude : -magnitude
    }

    /// The number with these bits in bfloat16, the upper half of a `Float`.
    package init(brain bits: UInt16) {
        self.init(bitPattern: UInt32(bits) << 16)
    }
}
