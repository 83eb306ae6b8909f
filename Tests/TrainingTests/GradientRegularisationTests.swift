import Datasets
import Graphs
import Networks
import Tensors
import Testing
import Training

struct GradientRegularisationTests {
    /// Finite differences and exact double backpropagation, each trained for itself, end with like values of the objective
    /// CE + λ/2 ‖∇CE‖², computed exactly, and neither with a network that says the same of every image.
    @Test(arguments: [0.1, 1] as [Float])
    func finiteDifferencesTrainLikeDoubleBackpropagation(_ lambda: Float) throws {
        let digits = try DatasetSource.synthetic.load(.train, under: DatasetRoot())
        let few = try LabelledImages(
            name: "few digits", split: .train, pixels: .float32((0..<1000).flatMap(digits.image(at:))), count: 1000,
            shape: digits.shape, labels: Array(digits.labels.prefix(1000)), classCount: 10, source: "few digits")
        let results = try [GradientRegularisation.Method.doubleBackpropagation, .finiteDifference(0.01)].map { method in
            let network = try Architecture.wong.network(imageShape: digits.shape, classCount: 10, seed: 1)
            let settings = TrainingSettings(
                epochs: 10, batchSize: 50, learningRate: 0.01,
                optimiser: .sgd(momentum: 0.9, weightDecay: 5e-4, isNesterov: false), seed: 1)
            let defense = GradientRegularisation(norm: .l2, lambda: lambda, method: method)
            return try evaluate(TinyTraining.finished(Trainer(network, defense, on: few, settings)).trainedNetwork(), lambda)
        }
        for result in results { #expect(result.accuracy > 0.93 && result.objective < 0.6, "\(results)") }
        #expect(abs(results[0].accuracy - results[1].accuracy) < 0.05, "\(results)")
        let ratio = results[1].objective / results[0].objective
        #expect(ratio > 0.6 && ratio < 1.6, "\(results)")
    }

    /// Accuracy and objective on the first test images.
    private func evaluate(_ network: Network, _ lambda: Float) throws -> (accuracy: Double, objective: Double) {
        let (digits, count) = (try DatasetSource.synthetic.load(.test, under: DatasetRoot()), 200)
        let images = Node.input("images", shape: [count] + digits.shape)
        let labels = Node.input("labels", shape: [count, 10])
        let logits = try network.logits(of: images)
        let loss = try Node.crossEntropy(logits: logits, labels: labels).sum()
        let slope = try gradient(of: loss, with: [images])[0]
        let objective = try loss + (slope * slope).sum() * .constant(lambda / 2)
        let truth = (0..<count).flatMap { image in (0..<10).map { digits.label(at: image) == $0 ? 1 : 0 as Float } }
        let results = try Program(computing: [logits, objective], from: [images, labels]).makeExecutor()
            .run([digits.images(at: 0..<count), Tensor(shape: labels.shape, values: truth)])
        let correct = (0..<count).count { image in
            let row = Array(results[0].values[image * 10..<image * 10 + 10])
            return row.firstIndex(of: row.max() ?? 0) == digits.label(at: image)
        }
        return (Double(correct) / Double(count), Double(results[1].values[0]) / Double(count))
    }
}
