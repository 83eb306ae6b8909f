internal import Foundation
import SuretyGraphs

/// Which codes of a network must stand for numbers in the same way, and which way that is.
///
/// Moves keep codes unchanged, and joined values must use the same codes: such values form one class. Where residuals meet,
/// and in the first layer, whose sums are quantised in floating point, scales are powers of two, so that every step is exact
/// in any order.
struct ScaleClasses {
    private var parent: [Int]
    private var powersOfTwo: Set<Int> = []
    private var signed: Set<Int> = []
    /// The classes whose codes all come from real functions that reach farther above 0 than below, as GELU does.
    private var lopsided: Set<Int> = []
    /// The largest number that codes may stand for, if a clip has a limit.
    private var limits: [Int: Double] = [:]

    /// - Parameters:
    ///   - plan: Where codes are stored.
    init(_ plan: QuantisationPlan) {
        let steps = plan.network.steps
        parent = Array(steps.indices)
        for index in plan.stored {
            if case .move = steps[index].operation { for input in steps[index].inputs { join(index, input) } }
        }
        for index in plan.stored {
            if !plan.isUnsigned[index] { signed.insert(root(index)) }
            if let limit = plan.limits[index] { limits[root(index)] = min(limit, limits[root(index)] ?? .infinity) }
        }
        lopsided = signed
        for (index, step) in steps.enumerated() {
            switch step.operation {
            case .function(.real), .move: continue
            case .product(let map): if map.readsImage { powersOfTwo.insert(root(plan.place[index])) }
            case .sum: powersOfTwo.formUnion(([plan.place[index]] + step.inputs).map { root($0) })
            case .function: break
            }
            lopsided.remove(root(plan.place[index]))
        }
    }

    /// One member of each class, the same for all members.
    func root(_ step: Int) -> Int {
        var step = step
        while parent[step] != step { step = parent[step] }
        return step
    }

    private mutating func join(_ a: Int, _ b: Int) { parent[root(a)] = root(b) }

    /// Whether the scale of a class is a power of two.
    func needsPowerOfTwo(_ root: Int) -> Bool { powersOfTwo.contains(root) }

    /// The quantisation of a class whose numbers look like `samples`: that with the least square error.
    func quantisation(of root: Int, samples: [Float]) -> Quantisation {
        let isSigned = signed.contains(root)
        // Codes must include 0, wherever the samples lie.
        let least = min(0, Double(samples.min() ?? 0)), greatest = max(0, Double(samples.max() ?? 0))
        let reach = lopsided.contains(root) ? (greatest - least) / 255 : max(greatest, -least) / (isSigned ? 127 : 255)
        let top = max(1e-30, reach)
        func zeroPoint(_ scale: Double) -> Int {
            lopsided.contains(root) ? Int(min(128, max(0, (-least / scale).rounded(.up)))) : isSigned ? 128 : 0
        }
        let limit = limits[root].map { $0 / 255 } ?? .infinity
        let isPower = needsPowerOfTwo(root)
        let candidates: [Double] = isPower
            ? (0..<6).map { exp2((log2(top) - 1e-9).rounded(.up) - Double($0)) }
            : (0..<40).map { top * pow(0.06, Double($0) / 39) }
        let allowed = candidates.map { candidate in
            candidate <= limit ? candidate : isPower ? exp2(log2(limit).rounded(.down)) : limit
        }
        let errors = allowed.map { scale in
            let quantisation = Quantisation(scale: Float(scale), zeroPoint: zeroPoint(scale))
            return samples.reduce(0.0) { sum, x in
                let difference = Double(quantisation.number(of: quantisation.code(of: x)) - x)
                return sum + difference * difference
            }
        }
        let best = errors.indices.min { errors[$0] < errors[$1] } ?? 0
        return Quantisation(scale: Float(allowed[best]), zeroPoint: zeroPoint(allowed[best]))
    }
}
