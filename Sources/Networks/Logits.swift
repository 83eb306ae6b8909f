import CSuretyKernels
internal import Foundation
import SuretyTensors

extension Images {
    /// The class of each row of logits: that of the largest logit, the first of equal ones; nil if a logit is not a number.
    package var classes: [Int?] {
        var found = [Int32](repeating: 0, count: count)
        surety_classify(elements.pointer, count, size, &found)
        return found.map { $0 < 0 ? nil : Int($0) }
    }
}

// What the logits of one image say. `Row` is how a classifier gives them.
extension RandomAccessCollection where Element == Float, Index == Int {
    /// max_{j≠y} z_j − z_y, exact to double precision: positive where another class is ahead of the label.
    package func margin(label: Int) -> Double {
        var highest = -Float.infinity
        for (k, score) in zip(indices, self) where k != label && !(score <= highest) { highest = score }
        return Double(highest) - Double(self[label])
    }

    /// −log softmax at the label of the logits times `scale`, in nats and double precision; nil if a logit is not finite or
    /// the label has none.
    package func crossEntropy(label: Int, scale: Float = 1) -> Double? {
        let logits = map { Double($0 * scale) }
        guard logits.indices.contains(label), let highest = logits.max(), logits.allSatisfy(\.isFinite) else { return nil }
        return highest - logits[label] + log(logits.reduce(0) { $0 + exp($1 - highest) })
    }

    /// Softmax, in single precision.
    package var softmax: [Float] {
        let highest = self.max() ?? 0
        let powers = map { exp($0 - highest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
