import Datasets
import Foundation
import Networks
import Training

/// The CNN of Wong and Kolter trained in three ways. The standard network is trained on all images; the others begin with it
/// and go on with the first 6000 images, which is enough for the attacks' cost to stay within minutes.
struct TrainedModels {
    enum Kind: String, CaseIterable {
        case standard, sinkhorn, wassertrain
    }

    private static let adversarialImages = 6000
    private static let adversarialEpochs = 8

    private let folder: URL
    private let images: LabelledImages

    init(folder: URL) throws {
        self.folder = folder
        images = try DatasetSource.mnist.load(.train, under: DatasetRoot())
    }

    /// The network in the folder, or a new one.
    func network(_ kind: Kind) throws -> Network {
        let file = folder.appendingPathComponent("\(kind.rawValue).onnx")
        if let data = try? Data(contentsOf: file) {
            return try ONNXReader.model(from: data, imageShape: images.shape).network
        }
        let network = try trained(kind)
        try ONNXWriter.data(for: network, metadata: ["defense": kind.rawValue]).replaceFile(at: file)
        return network
    }

    private func trained(_ kind: Kind) throws -> Network {
        switch kind {
        case .standard:
            let network = try Architecture.wong.network(imageShape: images.shape, classCount: 10, seed: 0)
            return try run(
                network, StandardTraining(), on: images, TrainingSettings(epochs: 5, learningRate: 0.05, schedule: .cosine))
        case .sinkhorn: return try tuned(SinkhornTraining())
        case .wassertrain: return try tuned(WasserTrain())
        }
    }

    /// The standard network, trained on under attack.
    private func tuned(_ defense: any Defense) throws -> Network {
        let indices = Array(0..<Self.adversarialImages)
        let part = try LabelledImages(
            name: "mnist", split: .train, pixels: .float32(images.images(at: indices).values), count: indices.count,
            shape: images.shape, labels: indices.map(images.label), classCount: 10, source: "mnist")
        return try run(
            network(.standard), defense, on: part,
            TrainingSettings(epochs: Self.adversarialEpochs, learningRate: 1e-3, optimiser: .adam, schedule: .cosine))
    }

    private func run(
        _ network: Network, _ defense: any Defense, on images: LabelledImages, _ settings: TrainingSettings
    ) throws -> Network {
        var trainer = try Trainer(network, defense, on: images, settings)
        while !trainer.isFinished {
            try trainer.runEpoch()
            if let epoch = trainer.history.last {
                let line = "\(type(of: defense).name) epoch \(epoch.number): loss \(epoch.loss), \(Int(epoch.seconds)) s\n"
                FileHandle.standardError.write(Data(line.utf8))
            }
        }
        return try trainer.trainedNetwork()
    }
}
