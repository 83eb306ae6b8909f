import Attacks

/// All defenses, by name: what the command and recipes can train with.
public enum DefenseCatalogue {
    public static let all: [any Defense.Type] = [
        StandardTraining.self, GaussianTraining.self, AdversarialTraining.self, FreeAdversarialTraining.self, TRADES.self,
        BinaryTRADES.self, SmoothAdversarialTraining.self, GradientRegularisation.self, JacobianRegularisation.self,
        VoronoiTraining.self, WasserTrain.self, SinkhornTraining.self,
    ]

    /// The defense of this name with these settings.
    ///
    /// - Throws: `TrainingError` for a name or a key that does not exist, with those that do, or a value out of range.
    public static func defense(named name: String, _ settings: [String: String]) throws(TrainingError) -> any Defense {
        guard let type = all.first(where: { $0.name == name }) else {
            throw TrainingError("there is no defense '\(name)': choose \(all.map { $0.name }.joined(separator: ", "))")
        }
        var reader = DefenseSettings(settings)
        let defense: any Defense
        do throws(TrainingError) {
            defense = try type.init(&reader)
        } catch {
            throw TrainingError("\(name): \(error.description)")
        }
        try reader.checkAllRead(by: name)
        return defense
    }

    /// What can be set of a defense.
    public static func settings(of type: any Defense.Type) -> [MethodSetting] {
        var reader = DefenseSettings()
        // With nothing given nothing can be wrong.
        _ = try? type.init(&reader)
        return reader.entries
    }
}
