import Foundation
import SuretyDatasets
import SuretyGraphs
import SuretyNetworks
import SuretyRecords
import SuretyTensors

/// A training between two epochs: everything needed to go on as if it had never stopped.
///
///     try trainer.checkpoint.write(to: file)
///     let again = try Trainer(network, defense, on: images, settings, resuming: Checkpoint(contentsOf: file))
///
/// Random numbers follow from the seed, the epoch and the image, so there is no generator's state to keep.
///
/// Invariant: parameters are finite, and the optimiser remembers as many values as a parameter has. This also holds for a
/// checkpoint read from any file.
public struct Checkpoint: Sendable, Equatable {
    /// What identifies the training: one that differs in any of this is not the same training.
    public let origin: Origin
    /// The epochs completed.
    public let history: [Trainer.Epoch]
    /// The network's parameters after them.
    public let parameters: [String: Tensor]
    let optimiserState: OptimiserState

    /// What distinguishes one training from another.
    public struct Origin: Sendable, Equatable, Codable {
        /// How long and how fast it trains, and its seed.
        public let settings: TrainingSettings
        /// `Defense.name`.
        public let defense: String
        /// `Defense.parameters`.
        public private(set) var defenseParameters: [String: String]
        /// SHA-256 of the layers and the shapes of their parameters.
        public let architecture: String
        /// The network in words.
        public let networkDescription: String
        /// SHA-256 of the parameters that the training began with.
        public let beginning: String
        /// SHA-256 of the images and labels.
        public let images: String
        /// The images in words.
        public let imagesDescription: String
        /// How convolutions are computed; nil for direct sums, as in earlier versions.
        public let convolution: ConvolutionAlgorithm?
    }

    init(
        origin: Origin, history: [Trainer.Epoch], parameters: [String: Tensor], optimiserState: OptimiserState
    ) throws(TrainingError) {
        guard history.map(\.number) == Array(1..<history.count + 1), history.count <= origin.settings.epochs else {
            throw TrainingError("the checkpoint's epochs \(history.map(\.number)) are not 1, 2, … in order")
        }
        guard optimiserState.step >= 0, parameters.values.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
            throw TrainingError("the checkpoint holds a parameter that is not a number")
        }
        for memory in [optimiserState.first, optimiserState.second] {
            for (name, values) in memory where parameters[name]?.values.count != values.count {
                throw TrainingError("the checkpoint's optimiser state for \"\(name)\" does not fit the parameter")
            }
        }
        self.origin = origin
        self.history = history
        self.parameters = parameters
        self.optimiserState = optimiserState
    }
}

extension Checkpoint.Origin {
    init(_ network: Network, _ defense: any Defense, _ images: LabelledImages, _ settings: TrainingSettings) {
        convolution = network.convolution == .direct || !network.convolution.isAvailable ? nil : network.convolution
        let layers = network.vertices.map { "\($0.layer) of \($0.inputs)" }
        let shapes = network.parameters.map { "\($0.key) \($0.value.shape)" }.sorted()
        self.settings = settings
        self.defense = type(of: defense).name
        defenseParameters = defense.parameters
        architecture = SHA256.hexadecimal(of: (layers + shapes).joined(separator: "\n"))
        let parameterCount = network.parameters.values.reduce(0) { $0 + $1.values.count }
        networkDescription = "\(parameterCount) parameters in \(layers.count - 1) layers"
        var digest = SHA256.Digest()
        for (name, tensor) in network.parameters.sorted(by: { $0.key < $1.key }) {
            digest.update(Array(name.utf8))
            tensor.values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { digest.update($0) }
        }
        beginning = digest.hexadecimal()
        self.images = images.sha256
        imagesDescription = "\(images.count) of \(images.name) (\(images.split.rawValue))"
    }

    /// What differs in another training, in words: "the batch size was 64 and is 128"; nil when nothing is.
    func difference(to now: Self) -> String? {
        var earlier = self
        earlier.defenseParameters = parametersAsWritten(in: now)
        return earlier.change(to: now)
    }

    /// The defense's parameters in the present form. Earlier versions wrote where an ascent starts and what it increases in
    /// words that cannot be given back, and some numbers after a detour through single precision.
    private func parametersAsWritten(in now: Self) -> [String: String] {
        var parameters = defenseParameters
        if let start = parameters.removeValue(forKey: "start"), now.defenseParameters["random-start"] != nil {
            parameters["random-start"] = "\(start != "image")"
        }
        parameters["loss"] = nil
        for (key, value) in parameters {
            if let number = Float(value), let written = now.defenseParameters[key], Float(written) == number {
                parameters[key] = written
            }
        }
        return parameters
    }

    private func change(to now: Self) -> String? {
        if self == now { return nil }
        func change<Value: Equatable>(_ what: String, _ value: (Self) -> Value) -> String? {
            value(self) == value(now) ? nil : "\(what) was \(value(self)) and is \(value(now))"
        }
        let names = Set(defenseParameters.keys).union(now.defenseParameters.keys).sorted()
        let changes = [
            change("the defense") { $0.defense },
            architecture == now.architecture
                ? nil : "the network had different layers: \(networkDescription), and now \(now.networkDescription)",
            images == now.images ? nil : "the images were different: \(imagesDescription), and now \(now.imagesDescription)",
            change("the number of epochs") { $0.settings.epochs },
            change("the batch size") { $0.settings.batchSize },
            change("the learning rate") { $0.settings.learningRate },
            change("the optimiser") { $0.settings.optimiser },
            change("the schedule") { $0.settings.schedule },
            change("the warm-up") { $0.settings.warmUpEpochs },
            change("the accumulation") { $0.settings.accumulation },
            change("the largest shift") { $0.settings.augmentation.shift },
            change("the mirroring") { $0.settings.augmentation.mirrors },
            change("the seed") { $0.settings.seed },
            beginning == now.beginning ? nil : "the network started with different parameters",
        ] + names.map { name in change("the defense's \(name)") { $0.defenseParameters[name] ?? "unset" } }
        return changes.compactMap(\.self).first ?? "the settings were different"
    }
}
