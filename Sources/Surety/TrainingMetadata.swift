import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretySmoothing
import SuretyTraining

/// How a model was made, as written into its ONNX file, from which certificates copy it.
struct TrainingMetadata {
    let properties: [String: String]

    /// - Throws: `SuretyError` when a model or an archive that the training begins from cannot be read.
    init(_ plan: TrainingPlan, _ recipe: TrainingRecipe, _ images: LabelledImages) throws(SuretyError) {
        let settings = plan.settings
        var properties = [
            "surety": RecordFormat.version,
            "architecture": plan.architecture.rawValue,
            "defense": type(of: plan.defense).name,
            "data": images.name,
            "data.split": images.split.rawValue,
            "data.sha256": images.sha256,
            "epochs": "\(settings.epochs)",
            "batch": "\(settings.batchSize)",
            "learning-rate": "\(settings.learningRate)",
            "optimiser": settings.optimiser.description,
            "schedule": Self.text(settings.schedule),
            "seed": "\(settings.seed)",
        ]
        for (key, value) in plan.defense.parameters { properties[Self.key(ofSetting: key)] = value }
        if settings.warmUpEpochs > 0 { properties["warm-up-epochs"] = "\(settings.warmUpEpochs)" }
        if settings.accumulation > 1 { properties["accumulation"] = "\(settings.accumulation)" }
        if settings.augmentation.shift > 0 { properties["crop"] = "\(settings.augmentation.shift)" }
        if settings.augmentation.mirrors { properties["flip"] = "true" }
        for (key, numbers) in [("mean", recipe.mean), ("std", recipe.std)] {
            if let numbers { properties[key] = numbers.map { "\($0)" }.joined(separator: ",") }
        }
        let files = [("start", recipe.start), ("unlabelled", recipe.unlabelled), ("pseudo-labels", recipe.pseudoLabels)]
        for (key, file) in files {
            guard let file else { continue }
            properties[key] = URL(fileURLWithPath: file).lastPathComponent
            properties["\(key).sha256"] = try Self.digest(of: file)
        }
        self.properties = properties
    }

    /// Where a setting of the defense is found.
    fileprivate static func key(ofSetting name: String) -> String { "defense.\(name)" }

    private static func digest(of file: String) throws(SuretyError) -> String {
        do {
            return SHA256.hexadecimal(of: try Data(contentsOf: URL(fileURLWithPath: file), options: .mappedIfSafe))
        } catch {
            throw SuretyError("cannot read \(file): \(error.systemReason)")
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

extension Model {
    /// A setting of the defense that the model was trained with, as its metadata state it.
    ///
    ///     let radius: Float = try model.defenseSetting("epsilon")
    ///
    /// - Parameter name: The setting's name, as in `surety train --set`.
    /// - Throws: `SuretyError` if the metadata do not state it, or as something else; it advises the option of this name.
    public func defenseSetting<Value: LosslessStringConvertible>(_ name: String) throws(SuretyError) -> Value {
        guard let value = metadata[TrainingMetadata.key(ofSetting: name)].flatMap({ Value($0) }) else {
            throw SuretyError("the model's metadata do not state the \(name) that it was trained with: give --\(name)")
        }
        return value
    }
}
