import Certification
import Datasets
import Networks
import Training

/// How a model was made, as it is written into its ONNX file: from there certificates carry it.
struct TrainingMetadata {
    let properties: [String: String]

    init(
        _ architecture: Architecture, _ name: DefenseName, _ defense: any Defense, _ images: LabelledImages,
        _ settings: TrainingSettings
    ) {
        var properties = [
            "surety": RunRecord.version,
            "architecture": architecture.rawValue,
            "defense": name.rawValue,
            "data": images.name,
            "data.split": images.split.rawValue,
            "data.sha256": images.sha256,
            "epochs": "\(settings.epochs)",
            "batch": "\(settings.batchSize)",
            "learning-rate": "\(settings.learningRate)",
            "optimiser": Self.text(settings.optimiser),
            "schedule": Self.text(settings.schedule),
            "seed": "\(settings.seed)",
        ]
        for (key, value) in defense.parameters { properties["defense.\(key)"] = value }
        self.properties = properties
    }

    private static func text(_ optimiser: Optimiser) -> String {
        switch optimiser {
        case .sgd(let momentum, let weightDecay, let isNesterov):
            "sgd, \(isNesterov ? "Nesterov " : "")momentum \(momentum), weight decay \(weightDecay)"
        case .adam(let beta1, let beta2, let epsilon, let weightDecay):
            "adam, beta \(beta1) and \(beta2), epsilon \(epsilon), weight decay \(weightDecay)"
        }
    }

    private static func text(_ schedule: Schedule) -> String {
        switch schedule {
        case .constant: "constant"
        case .steps(let milestones, let factor):
            "times \(factor) at \(milestones.map(String.init).joined(separator: ", "))"
        case .cosine: "cosine"
        }
    }
}
