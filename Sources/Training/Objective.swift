import SuretyAttacks
import SuretyGraphs
import SuretyNetworks

/// A defense's objective on one worker's part of a batch, compiled with its gradients: one program, which each worker runs
/// with memory of its own.
///
/// Batch normalisation takes its statistics over the parts of all workers, which therefore run it at the same time.
struct Objective {
    /// The places of the program's outputs: first the loss, then these.
    struct Outputs {
        /// The derivative by each trainable parameter.
        let gradients: Range<Int>
        /// New running statistics of batch normalisation.
        let statistics: Range<Int>
        /// The logits of the images that the network processed first.
        let logits: Int
        /// The derivative by the adversarial images, if there are replays.
        let slope: Int?
    }

    let outputs: Outputs
    /// The masks of dropout, in the order of the passes and the layers.
    let masks: [Network.DropoutMask]
    private let program: Program
    private let inputs: [Node]

    /// - Parameters:
    ///   - size: Images of a worker's part.
    ///   - trainable: Names of the parameters whose gradients are wanted.
    ///   - statistics: Names of batch normalisation's running statistics.
    ///   - workers: How many run the program at the same time.
    init(
        _ defense: any Defense, network: Network, size: Int, trainable: [String], statistics: [String], workers: Int
    ) throws {
        let copies = defense.noise?.copies ?? 0
        let batch = [size] + network.imageShape
        let images = Node.input("images", shape: batch)
        let labels = Node.input("labels", shape: [size, network.classCount])
        let adversarial = Node.input("adversarial", shape: batch)
        let noise = Node.input("noise", shape: [max(1, copies) * size] + network.imageShape)
        let directions = Node.input("directions", shape: [max(1, defense.directions) * size, network.classCount])
        let parameters = network.parameterInputs
        let meeting = statistics.isEmpty ? nil : Meeting(workers: workers)
        let isMoved = defense.replays != nil || defense.adversary(epoch: 0) != nil
        var passes: [Network.TrainingPass] = []
        var logits: [Node: Node] = [:]
        var running = parameters
        let graph = ObjectiveGraph(
            images: images, labels: labels, adversarial: isMoved ? adversarial : images,
            noise: copies > 0 ? noise : nil, directions: defense.directions > 0 ? directions : nil
        ) { x in
            if let known = logits[x], let pass = passes.first(where: { $0.logits == known }) {
                // The result would be the same; only the running statistics move once more.
                running.merge(try pass.statistics(after: running)) { $1 }
                return known
            }
            let pass = try network.trainingPass(
                of: x, parameters: parameters, number: passes.count, meeting: meeting)
            passes.append(pass)
            running.merge(try pass.statistics(after: running)) { $1 }
            if pass.masks.isEmpty { logits[x] = pass.logits }
            return pass.logits
        }
        let loss = try defense.objective(graph)
        let wanted = trainable.compactMap { parameters[$0] }
        let slopes = try SuretyGraphs.gradient(of: loss, with: wanted + (defense.replays == nil ? [] : [adversarial]))
        let moved = statistics.compactMap { running[$0] }
        guard let first = passes.first?.logits else {
            throw TrainingError("the objective of \(type(of: defense).name) asks for no logits")
        }
        let (gradientEnd, statisticEnd) = (1 + wanted.count, 1 + wanted.count + moved.count)
        outputs = Outputs(
            gradients: 1..<gradientEnd, statistics: gradientEnd..<statisticEnd, logits: statisticEnd,
            slope: defense.replays == nil ? nil : statisticEnd + 1)
        masks = passes.flatMap(\.masks)
        inputs = [images, labels, adversarial, noise, directions] + masks.map(\.node)
            + parameters.sorted { $0.key < $1.key }.map(\.value)
        program = try Program(
            computing: [loss] + slopes.prefix(wanted.count) + moved + [first] + slopes.dropFirst(wanted.count), from: inputs,
            convolving: network.convolution)
    }

    /// How convolutions are computed: as the network asks for, where the processor can.
    var convolution: ConvolutionAlgorithm { program.convolution }

    /// The program with memory for one worker.
    func makeExecutor() throws -> NamedExecutor { try NamedExecutor(running: program, inputs: inputs) }
}
