import Foundation

extension Double {
    /// The number in decimal with `digits` places after the point, the rest cut off: for a radius or a bound that is zero or
    /// more, this rounds down.
    ///
    ///     0.952864.decimalRoundedDown(digits: 3)   // "0.952", where rounding to nearest would overstate it
    ///
    /// A negative number is cut off too, which rounds it towards zero. NaN and infinities are printed as such.
    public func decimalRoundedDown(digits: Int) -> String {
        // No double has more than 1074 decimals: this expansion is exact, so cutting it off is exact as well.
        let exact = String(format: "%.1074f", self)
        guard isFinite, let point = exact.firstIndex(of: ".") else { return exact }
        let end = exact.index(point, offsetBy: digits > 0 ? Swift.min(digits, 1074) + 1 : 0)
        return String(exact[..<end])
    }
}
