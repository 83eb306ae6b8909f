import SuretyGraphs
import SuretyTensors

/// At which steps of a network codes are stored: a rectifier, or a clip from 0, is part of the product or sum before it,
/// which then needs no codes below 0.
struct QuantisationPlan {
    let network: FoldedNetwork
    /// For each step, the one where its value is stored: itself, or the rectifier after it.
    private(set) var place: [Int]
    /// The steps whose results are codes, in order.
    private(set) var stored: [Int] = []
    /// Whether the numbers of a step are never negative.
    private(set) var isUnsigned: [Bool]
    /// For a clip that is part of the step before it, its upper limit.
    private(set) var limits: [Int: Double] = [:]

    init(_ network: FoldedNetwork) {
        self.network = network
        let (steps, readers) = (network.steps, network.readers)
        place = Array(steps.indices)
        isUnsigned = Array(repeating: false, count: steps.count)
        for (index, step) in steps.enumerated() {
            guard case .function(let function) = step.operation, readers[step.inputs[0]] == 1 else { continue }
            switch steps[step.inputs[0]].operation {
            case .product, .sum: break
            case .function, .move: continue
            }
            switch function {
            case .rectifier(0): place[step.inputs[0]] = index
            case .clip(let bounds) where bounds.lowerBound == 0 && bounds.upperBound > 0:
                place[step.inputs[0]] = index
                if bounds.upperBound.isFinite { limits[index] = Double(bounds.upperBound) }
            case .rectifier, .clip, .identity, .real: continue
            }
        }
        for (index, step) in steps.enumerated() {
            let inputs = step.inputs.allSatisfy { isUnsigned[$0] }
            switch step.operation {
            case .product(let map): isUnsigned[index] = inputs && (map.weights + map.bias).allSatisfy { $0 >= 0 }
            case .sum, .move: isUnsigned[index] = inputs
            case .function(.rectifier(let slope)): isUnsigned[index] = slope == 0 || inputs
            case .function(.clip(let bounds)): isUnsigned[index] = bounds.lowerBound >= 0 || inputs
            case .function(.identity): isUnsigned[index] = inputs
            case .function(.real(let function)): isUnsigned[index] = function.isNeverNegative(inputs: inputs)
            }
            // The image has no codes, and the last product gives logits.
            if network.pixels[index] == nil, place[index] == index, index < network.logits { stored.append(index) }
        }
        isUnsigned[0] = false
    }

    /// Whether an earlier step computes this one.
    func isAbsorbed(_ step: Int) -> Bool { network.steps[step].inputs.contains { place[$0] == step } }
}

extension ElementFunction {
    /// Whether its values are never negative, for inputs that are never negative or for any inputs.
    fileprivate func isNeverNegative(inputs: Bool) -> Bool {
        switch self {
        case .exponential, .squareRoot, .sigmoid, .softPlus: true
        case .tanh, .errorFunction, .sign, .sigmoidLinearUnit, .gaussianLinearUnit, .gaussianLinearUnitByTanh, .hardSwish,
            .exponentialLinearUnit, .power:
            inputs
        case .logarithm, .sine, .cosine: false
        }
    }
}
