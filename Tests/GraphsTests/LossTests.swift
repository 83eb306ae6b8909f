import Foundation
import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

/// Losses and their gradients, in `Double`, against formulas and central differences.
struct LossTests {
    private let labels = Node.input("labels", shape: [2, 3])
    private let reference = Node.input("reference", shape: [2, 3])
    private let truth: [Double] = [0, 1, 0, 0, 0, 1]
    private let probabilities: [Double] = [0.2, 0.5, 0.3, 0.7, 0.1, 0.2]

    private func value(_ loss: Loss, copies: Int, at logits: [Double]) throws -> (loss: Double, slope: [Double]) {
        let x = Node.input("logits", shape: [2 * copies, 3])
        let node = try loss.node(logits: x, labels: labels, reference: reference, copies: copies)
        let inputs = [x: logits, labels: truth, reference: probabilities]
        let results = try ReferenceEvaluator().evaluate([node] + gradient(of: node, with: [x]), inputs: inputs)
        return (results[0][0], results[1])
    }

    private func softmax(_ logits: [Double]) -> [[Double]] {
        stride(from: 0, to: logits.count, by: 3).map { start in
            let powers = logits[start..<start + 3].map { exp($0) }
            return powers.map { $0 / powers.reduce(0, +) }
        }
    }

    /// The formula of each loss, copy c of image i being row 2c + i.
    private func formula(_ loss: Loss, copies: Int, _ logits: [Double]) -> Double {
        let p = softmax(logits)
        func crossEntropy(_ target: [Double]) -> Double {
            var sum = 0.0
            for row in p.indices {
                for k in 0..<3 { sum -= target[3 * (row % 2) + k] * log(p[row][k]) }
            }
            return sum
        }
        switch loss {
        case .crossEntropy: return crossEntropy(truth)
        case .logOdds: return p.indices.reduce(0) { $0 + log(1 / p[$1][$1 % 2 + 1] - 1) }
        case .divergence: return crossEntropy(probabilities)
        case .smoothedCrossEntropy:
            var sum = 0.0
            for (image, label) in [1, 2].enumerated() {
                var mean = 0.0
                for copy in 0..<copies { mean += p[2 * copy + image][label] / Double(copies) }
                sum -= log(mean)
            }
            return sum
        case .margin, .differenceOfLogitsRatio, .weightedLogits:
            var sum = 0.0
            for (image, label) in [1, 2].enumerated() {
                let mean = (0..<3).map { k in
                    (0..<copies).reduce(0) { $0 + logits[3 * (2 * $1 + image) + k] } / Double(copies)
                }
                let margin = (0..<3).filter { $0 != label }.map { mean[$0] }.reduce(-.infinity, max) - mean[label]
                let part = switch loss {
                case .differenceOfLogitsRatio: margin / ((mean.max() ?? 0) - (mean.min() ?? 0))
                case .weightedLogits: mean[label]
                default: margin
                }
                sum += part
            }
            return sum
        }
    }

    @Test(arguments: [
        Loss.crossEntropy, .logOdds, .divergence, .smoothedCrossEntropy, .margin, .differenceOfLogitsRatio,
        .weightedLogits,
    ], [1, 3])
    func valueAndGradient(_ loss: Loss, _ copies: Int) throws {
        let logits = (0..<6 * copies).map { 2 * sin(Double(3 * $0 + 1)) }
        let found = try value(loss, copies: copies, at: logits)
        // The graph's constants are singles.
        #expect(abs(found.loss - formula(loss, copies: copies, logits)) < 1e-6)
        for i in logits.indices {
            var (up, down) = (logits, logits)
            up[i] += 1e-5
            down[i] -= 1e-5
            let difference = (formula(loss, copies: copies, up) - formula(loss, copies: copies, down)) / 2e-5
            #expect(abs(found.slope[i] - difference) < 1e-8, "element \(i)")
        }
    }

    /// Where the prediction is the reference, the divergence is least.
    @Test func divergenceIsStationaryAtTheReference() throws {
        let slope = try value(.divergence, copies: 1, at: probabilities.map { log($0) }).slope
        #expect(slope.allSatisfy { abs($0) < 1e-12 })
    }

    /// Where every copy's probability is too small for single precision, there still is a direction to go in.
    @Test func hopelessImagesHaveAGradient() throws {
        let x = Node.input("logits", shape: [4, 3])
        let node = try Loss.smoothedCrossEntropy.node(
            logits: x, labels: .constant(Tensor(shape: [2, 3], values: truth.map(Float.init))), reference: nil, copies: 2)
        let program = try Program(computing: [node] + gradient(of: node, with: [x]), from: [x])
        let logits: [Float] = [300, 0, 0, 0, 300, 0, 200, 0, 0, 0, 250, 0]
        let results = try program.makeExecutor().run([Tensor(shape: x.shape, values: logits)])
        // The likelier copy decides: 200 + log 2 for the first image, 250 + log 2 for the second.
        #expect(abs(results[0].values[0] - 451.386_3) < 1e-3)
        let expected: [Float] = [0, 0, 0, 0, 0, 0, 1, -1, 0, 0, 1, -1]
        #expect(zip(results[1].values, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(results[1].values)")
    }

    /// Between a lead of 17, where single precision takes the label's probability for 1, and one of 104, where the others' is 0,
    /// the slope of cross entropy is there and points elsewhere: it has lost the label's logit. That of the odds has not.
    @Test(arguments: [1, 20, 60, 103, 1000, 1e6] as [Float])
    func theOddsKeepTheDirection(lead: Float) throws {
        let x = Node.input("logits", shape: [1, 3])
        let node = try Loss.logOdds.node(
            logits: x, labels: .constant(Tensor(shape: [1, 3], values: [1, 0, 0])), reference: nil, copies: 1)
        let program = try Program(computing: gradient(of: node, with: [x]), from: [x])
        let slope = try program.makeExecutor().run([Tensor(shape: x.shape, values: [lead, 0, -1])])[0].values
        let other = 1 / (1 + exp(-1 as Float))
        #expect(zip(slope, [-1, other, 1 - other]).allSatisfy { abs($0 - $1) < 1e-6 }, "\(slope)")
    }

    @Test func divergenceWithoutReferenceIsAnError() {
        let x = Node.input("logits", shape: [2, 3])
        #expect(throws: GraphError.self) { try Loss.divergence.node(logits: x, labels: labels, reference: nil, copies: 1) }
    }

    @Test func repeatedImagesFollowOneAnother() throws {
        let x = Node.constant(Tensor(shape: [2, 1, 2], values: [1, 2, 3, 4]))
        let result = try Program(computing: [x.repeated(2)], from: []).makeExecutor().run([])[0]
        #expect(result.shape == [4, 1, 2] && result.values == [1, 2, 3, 4, 1, 2, 3, 4])
    }
}
