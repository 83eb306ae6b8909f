import CSuretyGSL

/// Brent's bracketed root finder, from GSL.
enum BracketedRoot {
    /// A bracket around a root of `function`, narrowed as far as doubles allow.
    ///
    /// - Parameters:
    ///   - bracket: an interval at whose ends `function` has opposite signs.
    ///   - function: continuous; it must give numbers, not NaN.
    /// - Returns: an interval inside `bracket` at whose ends `function` still has opposite signs (or is zero).
    /// - Throws: `StatisticsError.notComputable` when the signs at the ends do not differ.
    static func narrowed(
        _ bracket: ClosedRange<Double>, around function: (Double) -> Double
    ) throws(StatisticsError) -> ClosedRange<Double> {
        GSL.silenceErrors
        guard let solver = CGSLMakeBrentSolver() else { throw .notComputable("a root (no memory for GSL's solver)") }
        defer { gsl_root_fsolver_free(solver) }

        let found = withoutActuallyEscaping(function) { escaping in
            var escaping = escaping
            return withUnsafeMutablePointer(to: &escaping) { pointer -> ClosedRange<Double>? in
                var callback = gsl_function(
                    function: { x, context in
                        context?.assumingMemoryBound(to: ((Double) -> Double).self).pointee(x) ?? .nan
                    },
                    params: pointer)
                return withUnsafeMutablePointer(to: &callback) { iterate(solver, $0, bracket) }
            }
        }
        guard let found else { throw .notComputable("a root between \(bracket.lowerBound) and \(bracket.upperBound)") }
        return found
    }

    private static func iterate(
        _ solver: UnsafeMutablePointer<gsl_root_fsolver>, _ function: UnsafeMutablePointer<gsl_function>,
        _ bracket: ClosedRange<Double>
    ) -> ClosedRange<Double>? {
        let success = Int32(GSL_SUCCESS)
        guard gsl_root_fsolver_set(solver, function, bracket.lowerBound, bracket.upperBound) == success else {
            return nil
        }
        // Brent's worst case is a bisection, and a bisection of [0, 1] down to the smallest double takes 1074 steps.
        for _ in 0..<2000 {
            guard gsl_root_fsolver_iterate(solver) == success else { return nil }
            let (lower, upper) = (gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver))
            if upper - lower <= 2 * max(lower.ulp, .leastNormalMagnitude) { return lower...upper }
        }
        return nil
    }
}

enum GSL {
    /// Makes GSL report errors by its return values; by default it aborts the process. Read this before calling GSL: Swift
    /// evaluates it once, whichever thread comes first.
    static let silenceErrors: Void = { _ = gsl_set_error_handler_off() }()
}
