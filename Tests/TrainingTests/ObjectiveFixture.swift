import Foundation
import SuretyAttacks
import SuretyGraphs
import SuretyTraining
import Testing
import TestSupport

/// Two images of four pixels, and what a trainer would give an objective with them, to compare the objective with its
/// formula in `Double` and its gradient with central differences of the formula.
struct ObjectiveFixture {
    let network = PlainNetwork()
    let labels = [2, 0]
    let clean = [[0.1, 0.9, 0.4, 0.6], [0.8, 0.3, 0.2, 0.7]]
    let moved = [[0.2, 0.7, 0.5, 0.5], [0.6, 0.4, 0.3, 0.9]]
    /// Copy after copy.
    let noise = [[0.1, -0.2, 0.3, 0], [0.2, 0.1, -0.1, 0.4], [-0.3, 0.2, 0.1, 0.1], [0, -0.1, 0.2, -0.2]]
    /// Unit vectors, one for each image and then again.
    let directions = [[0.6, 0, -0.8], [0, 1, 0], [1, 0, 0], [0.48, 0.64, 0.6]]

    /// Expects value and gradient of the objective to be those of `formula`, a mean over images.
    ///
    /// - Parameter classes: How many of the network's three logits are used, from the first on.
    func expect(
        _ defense: any Defense, labels: [Int]? = nil, classes: Int = 3,
        is formula: (PlainNetwork, _ image: Int) -> Double, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let labels = labels ?? self.labels
        let copies = defense.noise?.copies ?? 0
        let images = Node.input("images", shape: [2, 1, 2, 2])
        let targets = Node.input("labels", shape: [2, classes])
        let adversarial = Node.input("adversarial", shape: [2, 1, 2, 2])
        let noiseNode = Node.input("noise", shape: [2 * max(1, copies), 1, 2, 2])
        let directionNode = Node.input("directions", shape: [2 * max(1, defense.directions), classes])
        let parameters = zip(PlainNetwork.shapes.indices, PlainNetwork.shapes).map { Node.input("p\($0)", shape: $1) }
        let isMoved = defense.replays != nil || defense.adversary(epoch: 0) != nil
        let graph = ObjectiveGraph(
            images: images, labels: targets, adversarial: isMoved ? adversarial : images,
            noise: copies > 0 ? noiseNode : nil, directions: defense.directions > 0 ? directionNode : nil
        ) { images in
            let logits = try PlainNetwork.logits(of: images, parameters: parameters)
            return classes == 3 ? logits : try logits.sliced(from: [0, 0], to: [images.shape[0], classes])
        }
        let objective = try defense.objective(graph)

        var inputs: [Node: [Double]] = [
            images: clean.flatMap(\.self), adversarial: moved.flatMap(\.self),
            targets: labels.flatMap { label in (0..<classes).map { $0 == label ? 1 : 0 } },
            noiseNode: noise.prefix(2 * max(1, copies)).flatMap(\.self),
            directionNode: directions.prefix(2 * max(1, defense.directions)).flatMap { $0.prefix(classes) },
        ]
        for (node, values) in zip(parameters, network.parameters) { inputs[node] = values }
        let results = try ReferenceEvaluator().evaluate(
            [objective] + gradient(of: objective, with: parameters), inputs: inputs)

        func mean(_ network: PlainNetwork) -> Double { (formula(network, 0) + formula(network, 1)) / 2 }
        // Constants of the graph are singles.
        #expect(
            abs(results[0][0] - mean(network)) < 1e-6, "\(results[0][0]) ≠ \(mean(network))", sourceLocation: sourceLocation)
        for (which, values) in network.parameters.enumerated() {
            for index in values.indices {
                var (up, down) = (network, network)
                up.parameters[which][index] += 1e-5
                down.parameters[which][index] -= 1e-5
                let difference = (mean(up) - mean(down)) / 2e-5
                #expect(
                    abs(results[1 + which][index] - difference) < 1e-6 * max(1, abs(difference)),
                    "parameter \(which), element \(index)", sourceLocation: sourceLocation)
            }
        }
    }

    func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }
}
