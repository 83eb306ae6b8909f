import SuretyTensors

/// All attacks, by name: what the command can attack with.
///
///     let attack = try AttackCatalogue.attack(named: "pgd", norm: .linf, radius: 0.3, settings: ["steps": "40"])
public enum AttackCatalogue {
    /// In the order in which they are listed.
    public static let attacks: [any NamedAttack.Type] = [
        FastGradientSign.self, MomentumIterative.self, RepeatedAttack<ProjectedGradient>.self,
        RepeatedAttack<AutoProjectedGradient<CrossEntropyAscent>>.self,
        RepeatedAttack<AutoProjectedGradient<LogitsRatioAscent>>.self, DeepFool.self, ProjectedGradientBisection.self,
        DecoupledDirectionAndNorm.self, CarliniWagner.self, BoxConstrainedBFGS.self, LogBarrier.self, BoundaryAttack.self,
        RepeatedAttack<SquareAttack>.self, GradientFree.self, VoronoiAttack.self, WasserAttack.self, ProjectedSinkhorn.self,
    ]

    /// The kind of attack that has this name.
    ///
    /// - Throws: `AttackError` for a name that does not exist, with those that do.
    public static func type(named name: String) throws(AttackError) -> any NamedAttack.Type {
        guard let type = attacks.first(where: { $0.name == name }) else {
            throw AttackError("there is no attack '\(name)': choose \(names { _ in true })")
        }
        return type
    }

    /// The attack of this name with these settings.
    ///
    /// - Parameters:
    ///   - norm: Ignored by attacks that measure Wasserstein distance.
    ///   - radius: In units of pixels in [0, 1]; needed by attacks that look for success within a radius.
    /// - Throws: `AttackError` for a name, norm or key that does not exist, with those that do, a value out of range, or a
    ///   radius that is missing.
    public static func attack(
        named name: String, norm: Norm, radius: Float?, settings: [String: String] = [:]
    ) throws(AttackError) -> any NamedAttack {
        let type = try type(named: name)
        guard type.norms.isEmpty || type.norms.contains(norm) else {
            let others = names { $0.norms.contains(norm) && $0.aim == type.aim }
            throw AttackError("""
                \(name) does not know the norm \(norm.rawValue), only \(names(of: type.norms)): in \(norm.rawValue) choose \(others)
                """)
        }
        return try attack(type, norm: norm, radius: radius, settings: settings)
    }

    private static func attack<Method: NamedAttack>(
        _ type: Method.Type, norm: Norm, radius: Float?, settings: [String: String]
    ) throws(AttackError) -> any NamedAttack {
        var attack: Method
        do throws(AttackError) {
            attack = try type.usual(norm: norm, radius: radius)
        } catch {
            throw AttackError("\(type.name): \(error.description)")
        }
        try attack.set(settings, of: type.name, failing: AttackError.self)
        return attack
    }

    /// What can be set of an attack.
    public static func settings(of type: any NamedAttack.Type) -> [MethodSetting] {
        // With a radius given, nothing can be missing.
        (try? type.usual(norm: type.norms.first ?? .l2, radius: 1))?.explained ?? []
    }

    /// Every attack with its norms and settings, for people.
    public static func help() -> String { attacks.map(help).joined(separator: "\n\n") }

    /// An attack with its norms and settings, a line each.
    public static func help(of type: any NamedAttack.Type) -> String {
        let distance = type.norms.isEmpty ? "Wasserstein distance" : names(of: type.norms)
        return MethodSetting.help(
            "\(type.name) (\(distance); \(type.aim.rawValue)): \(type.summary)", settings(of: type))
    }

    /// The names of the attacks that can do something, for a message that refuses one that cannot.
    static func names(where can: (any NamedAttack.Type) -> Bool) -> String {
        attacks.filter(can).map { $0.name }.joined(separator: ", ")
    }

    private static func names(of norms: [Norm]) -> String { norms.map(\.rawValue).joined(separator: ", ") }
}
