import CSuretyKernels
import Foundation

/// The entropic projection onto a Wasserstein ball (Wong, Schmidt and Kolter 2019, §3 and algorithm 2):
///
///     min over z, Π of  λ/2·‖y − z‖² + Σ Π log Π   subject to  Π1 = x, Πᵀ1 = z, ⟨Π, C⟩ ≤ ε
///
/// for an image x of mass 1 and any y. With multipliers ψ ≥ 0 of the cost and u, v of the rows and columns, the plan is
/// Π = u·K·v with K = exp(−ψC), and the dual is ascended in turn: u so that the rows sum to x, v so that the columns sum to
/// z = y − (ln v)/λ, and ψ by a step of Newton's method on ⟨Π, C⟩ = ε.
///
/// Pixels without mass have u = 0; their logarithm is never taken. If λ·y would leave the range of exponentials (for images
/// with all their mass on a few pixels), λ is lowered for this image so that |λy| stays below 300, far from overflow.
///
/// Holds the memory for one image and reuses it from call to call; a further call for the same x goes on from the last
/// multipliers.
package final class SinkhornProjection {
    private let window: TransportWindow
    private let lambda: Double
    private let tolerance: Double
    private let iterations: Int
    private let inside: [Double]
    private var x, u, v, logV, lambdaY, reached: [Double]
    private var psi = 1.0

    /// - Parameters:
    ///   - lambda: The weight of closeness against entropy.
    ///   - tolerance: The relative error that rows may have, and the fraction of ε by which the cost may exceed it.
    ///   - iterations: The most iterations.
    package init(window: TransportWindow, lambda: Double, tolerance: Double, iterations: Int) {
        self.window = window
        self.lambda = lambda
        self.tolerance = tolerance
        self.iterations = iterations
        var inside = window.plane(of: Double.self)
        for place in window.places { inside[place] = 1 }
        self.inside = inside
        (x, u, v) = (window.plane(), window.plane(), window.plane())
        (logV, lambdaY, reached) = (window.plane(), window.plane(), window.plane())
    }

    /// Takes an image of mass 1 as the centre, and forgets the multipliers.
    package func begin(at center: some Sequence<Double>) {
        for (place, mass) in zip(window.places, center) {
            x[place] = mass
            u[place] = 0
            v[place] = 1
            logV[place] = 300
        }
        psi = 1
    }

    /// Replaces `y`, of the centre's size and unit, by its projection.
    ///
    /// - Returns: The iterations it took.
    @discardableResult
    package func project(_ y: inout [Double], radius: Double) -> Int {
        let largest = y.reduce(0) { max($0, abs($1)) }
        let lambda = min(lambda, largest > 0 ? 300 / largest : .infinity)
        for (place, value) in zip(window.places, y) { lambdaY[place] = lambda * value }
        var kernel = window.costs.map { exp(-psi * $0) }
        var iteration = 0
        var excess = Double.infinity
        while iteration < iterations {
            window.sum(kernel, over: v, into: &reached)
            let rowError = surety_entropic_rows(x, reached, &u, window.count)
            if iteration > 0, rowError <= tolerance, excess <= tolerance * radius { break }
            iteration += 1
            window.sum(kernel, over: u, into: &reached)
            surety_entropic_columns(lambda, lambdaY, reached, inside, &logV, &v, window.count)
            excess = updatePsi(&kernel, radius: radius)
        }
        // Updates the columns once more, because rows and kernel have changed since.
        window.sum(kernel, over: u, into: &reached)
        surety_entropic_columns(lambda, lambdaY, reached, inside, &logV, &v, window.count)
        for (index, place) in window.places.enumerated() { y[index] = v[place] * reached[place] }
        return iteration
    }

    /// A step of Newton's method for ψ on the derivative ⟨Π, C⟩ − ε of the dual.
    ///
    /// - Returns: The derivative before the step, or its absolute value if ψ may still fall.
    private func updatePsi(_ kernel: inout [Double], radius: Double) -> Double {
        let costs = window.costs
        func moment(_ weights: [Double]) -> Double {
            window.sum(weights, over: v, into: &reached)
            var sum = 0.0
            for place in window.places { sum += u[place] * reached[place] }
            return sum
        }
        let slope = moment(zip(kernel, costs).map { $0 * $1 }) - radius
        let curvature = moment(zip(kernel, costs).map { $0 * $1 * $1 })
        guard curvature > 0 else { return max(slope, 0) }
        let next = max(psi + slope / curvature, 0)
        let isSettled = next == psi
        psi = next
        kernel = costs.map { exp(-psi * $0) }
        return isSettled ? 0 : abs(slope)
    }
}
