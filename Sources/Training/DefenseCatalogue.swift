import SuretyAttacks

/// All defenses, by name: what the command and recipes can train with.
public enum DefenseCatalogue {
    /// In the order in which they are listed.
    public static let all: [any Defense.Type] = [
        StandardTraining.self, GaussianTraining.self, AdversarialTraining.self, FreeAdversarialTraining.self, TRADES.self,
        BinaryTRADES.self, SmoothAdversarialTraining.self, GradientRegularisation.self, JacobianRegularisation.self,
        VoronoiTraining.self, WasserTrain.self, SinkhornTraining.self,
    ]

    /// The kind of defense that has this name.
    ///
    /// - Throws: `TrainingError` for a name that does not exist; it lists those that do.
    public static func type(named name: String) throws(TrainingError) -> any Defense.Type {
        guard let type = all.first(where: { $0.name == name }) else {
            throw TrainingError("there is no defense '\(name)': choose \(all.map { $0.name }.joined(separator: ", "))")
        }
        return type
    }

    /// The defense of this name with these settings.
    ///
    /// - Throws: `TrainingError` for a name or a key that does not exist, with those that do, or a value out of range.
    public static func defense(named name: String, _ settings: [String: String]) throws(TrainingError) -> any Defense {
        var defense: any Defense = try type(named: name).init()
        try defense.set(settings, of: name, failing: TrainingError.self)
        return defense
    }

    /// What can be set of a defense.
    public static func settings(of type: any Defense.Type) -> [MethodSetting] { type.init().explained }

    /// Every defense with its settings, for people.
    public static func help() -> String { all.map(help).joined(separator: "\n\n") }

    /// A defense with its settings, a line each.
    public static func help(of type: any Defense.Type) -> String {
        MethodSetting.help("\(type.name): \(type.summary)", settings(of: type))
    }
}
