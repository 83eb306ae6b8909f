import SuretyGraphs

/// A function of one number that integer networks apply to codes. Each is a single operation of IEEE 754, a comparison, or a real
/// function whose value is rounded once, so that its table is the same wherever it is made.
public enum CodeFunction: Sendable, Hashable {
    /// The number itself, with other codes.
    case identity
    /// x where positive and slope · x elsewhere.
    case rectifier(slope: Float)
    /// Limited to an interval.
    case clip(ClosedRange<Float>)
    /// A real function, its value rounded to the nearest number of single precision: sigmoid, GELU and the like.
    case real(ElementFunction)

    /// The function's value.
    public func callAsFunction(_ x: Float) -> Float {
        switch self {
        case .identity: x
        case .rectifier(let slope): x >= 0 ? x : slope * x
        case .clip(let bounds): min(max(x, bounds.lowerBound), bounds.upperBound)
        case .real(let function): Float(function(Double(x)))
        }
    }

    /// For each code, that of the function's value.
    func table(of argument: Quantisation, as result: Quantisation) -> [UInt8] {
        Quantisation.codes.map { UInt8(result.code(of: self(argument.number(of: $0)))) }
    }

    /// Why the table might differ depending on where it is made; nil if it cannot.
    func problem(of argument: Quantisation, as result: Quantisation) -> String? {
        if case .real(let function) = self,
            let x = Quantisation.codes.map(argument.number(of:)).first(where: { !function(Double($0)).isFinite })
        {
            return "its codes also stand for \(x), where the \(function.name) is not a number"
        }
        // Libraries differ in the last bits of a function's value in double precision. 16 units in the last place are far
        // more than any library's error.
        return isClearOfTies(of: argument, as: result, error: 0x1p-48)
            ? nil : "a value lies so near a tie that its code may differ between machines: change the scale a little"
    }

    /// Whether every code stays the same if a real function's value is off by the fraction `error` of itself and of its argument.
    func isClearOfTies(of argument: Quantisation, as result: Quantisation, error: Double) -> Bool {
        guard case .real(let function) = self else { return true }
        return Quantisation.codes.allSatisfy { code in
            let x = Double(argument.number(of: code))
            let value = function(x), distance = (value.magnitude + x.magnitude) * error
            return result.code(of: Float(value - distance)) == result.code(of: Float(value + distance))
        }
    }
}
