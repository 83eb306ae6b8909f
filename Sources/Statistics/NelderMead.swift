import CSuretySimplex

/// The simplex method of Nelder and Mead (1965), from GSL.
enum NelderMead {
    /// A local minimum of `function`, and its value there.
    ///
    /// - Parameters:
    ///   - start: Where the search begins.
    ///   - steps: How far from it, on each axis, the first simplex reaches.
    ///   - size: The search ends when the simplex is smaller than this on average.
    ///   - iterations: The search ends after this many iterations at the latest.
    ///   - function: Must give finite numbers: a large one where it is not defined.
    /// - Throws: `StatisticsError.notComputable` when GSL refuses.
    static func minimum(
        from start: [Double], steps: [Double], size: Double, iterations: Int,
        of function: (UnsafePointer<Double>) -> Double
    ) throws(StatisticsError) -> (point: [Double], value: Double) {
        GSL.silenceErrors
        var (point, value) = (start, 0.0)
        let status = withoutActuallyEscaping(function) { escaping in
            var escaping = escaping
            return withUnsafeMutablePointer(to: &escaping) { context in
                surety_simplex_minimise(
                    { point, context in
                        guard let point, let context else { return .greatestFiniteMagnitude }
                        return context.assumingMemoryBound(to: ((UnsafePointer<Double>) -> Double).self).pointee(point)
                    },
                    context, start.count, &point, steps, size, iterations, &value)
            }
        }
        guard status == 0 else { throw .notComputable("a minimum from \(start) on (GSL's error \(status))") }
        return (point, value)
    }
}
