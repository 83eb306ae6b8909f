import SuretyGraphs
import SuretyTensors

extension Classifier {
    /// A classifier without memory, which several threads can share.
    ///
    ///     let compiled = try Classifier.Compiled(network, batchSize: 64)
    ///     let classifier = try Classifier(compiled)        // on each thread
    public struct Compiled: Sendable {
        /// Images at a time.
        public let batchSize: Int
        let copies: Int
        let answer: Answer
        /// The outputs; the logits come last.
        let program: Program
        let inputs: [Node]
        /// Computes the probabilities that a divergence compares with.
        let reference: (program: Program, inputs: [Node])?
        let isScaled: Bool
        /// The network's parameters, unless they are fixed.
        let parameters: [String: Tensor]

        /// Parameters and errors are the classifier's.
        public init(
            _ network: Network, batchSize: Int, copies: Int = 0, answering answer: Answer = .logits,
            takesParameters: Bool = false
        ) throws {
            (self.batchSize, self.copies, self.answer) = (batchSize, copies, answer)
            let rows = max(1, copies) * batchSize
            let images = Node.input("images", shape: [batchSize] + network.imageShape)
            let noise = Node.input("noise", shape: [rows] + network.imageShape)
            let weights = Node.input("label weights", shape: [batchSize, network.classCount])
            let clean = Node.input("reference", shape: [batchSize, network.classCount])
            let scale = Node.input("logit scale", shape: [rows, 1])
            let parameters = (takesParameters ? network : network.withFixedParameters).parameterNodes
            let seen = copies > 0 ? try images.repeated(copies) + noise : images
            let logits = try network.logits(of: seen, parameters: parameters.byName)
            let loss: Loss? = if case .gradient(let loss) = answer { loss } else { nil }
            isScaled = answer == .probabilities || loss?.saturates ?? false
            let results = if let loss {
                try gradient(
                    of: loss.node(
                        logits: isScaled ? logits * scale : logits, labels: weights, reference: clean, copies: max(1, copies)),
                    with: [images])
            } else {
                answer == .probabilities ? [try (logits * scale).softmax(axis: 1)] : []
            }
            self.parameters = parameters.inputs.isEmpty ? [:] : network.parameters
            let comparesWithClean = loss?.needsReference ?? false
            inputs = [images] + (copies > 0 ? [noise] : []) + (loss == nil ? [] : [weights]) + (isScaled ? [scale] : [])
                + (comparesWithClean ? [clean] : []) + parameters.inputs
            program = try Program(computing: results + [logits], from: inputs, convolving: network.convolution)
            if comparesWithClean {
                let inputs = [images] + parameters.inputs
                let probabilities = try network.logits(of: images, parameters: parameters.byName).softmax(axis: 1)
                reference = (try Program(computing: [probabilities], from: inputs, convolving: network.convolution), inputs)
            } else {
                reference = nil
            }
        }

        /// How convolutions are computed: by Winograd's algorithm if at least one is.
        public var convolution: ConvolutionAlgorithm { program.convolution }

        /// Memory of one classifier in bytes.
        public var byteCount: Int { program.executorByteCount + (reference?.program.executorByteCount ?? 0) }
    }
}
