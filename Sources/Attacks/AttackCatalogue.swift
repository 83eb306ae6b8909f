import Tensors

/// All attacks in a norm, by name: what the command can attack with.
///
///     let attack = try AttackCatalogue.attack(named: "pgd", norm: .linf, radius: 0.3, settings: ["steps": "40"])
public enum AttackCatalogue {
    public static let attacks: [any NamedAttack.Type] = [
        FastGradientSign.self, MomentumIterative.self, RepeatedAttack<ProjectedGradient>.self,
        RepeatedAttack<AutoProjectedGradient<CrossEntropyAscent>>.self,
        RepeatedAttack<AutoProjectedGradient<LogitsRatioAscent>>.self, DeepFool.self, ProjectedGradientBisection.self,
        DecoupledDirectionAndNorm.self, CarliniWagner.self, BoxConstrainedBFGS.self, LogBarrier.self, BoundaryAttack.self,
        RepeatedAttack<SquareAttack>.self, GradientFree.self,
    ]

    /// The attack of this name with these settings.
    ///
    /// - Parameter radius: In units of pixels in [0, 1]; needed by attacks that look for success within a radius.
    /// - Throws: `AttackError` for a name, norm or key that does not exist, with those that do, a value out of range, or a
    ///   radius that is missing.
    public static func attack(
        named name: String, norm: Norm, radius: Float?, settings: [String: String] = [:]
    ) throws(AttackError) -> any NamedAttack {
        guard let type = attacks.first(where: { $0.name == name }) else {
            throw AttackError("there is no attack '\(name)': choose \(attacks.map { $0.name }.joined(separator: ", "))")
        }
        guard type.norms.contains(norm) else {
            let others = attacks.filter { $0.norms.contains(norm) && $0.seeksSmallestDistance == type.seeksSmallestDistance }
            throw AttackError("""
                \(name) does not know the norm \(norm.rawValue), only \(names(of: type.norms)): in \(norm.rawValue) choose \
                \(others.map { $0.name }.joined(separator: ", "))
                """)
        }
        var reader = MethodSettings(settings)
        let attack: any NamedAttack
        do throws(AttackError) {
            attack = try type.init(norm: norm, radius: radius, settings: &reader)
        } catch {
            throw AttackError("\(name): \(error.description)")
        }
        try reader.checkAllRead(by: name)
        return attack
    }

    /// What can be set of an attack.
    public static func settings(of type: any NamedAttack.Type) -> [MethodSetting] {
        var reader = MethodSettings()
        // With a radius and nothing else given nothing can be wrong.
        _ = try? type.init(norm: type.norms.first ?? .l2, radius: 1, settings: &reader)
        return reader.entries
    }

    /// Every attack with its norms and settings, for people.
    public static func help() -> String { attacks.map(help).joined(separator: "\n\n") }

    /// An attack with its norms and settings, a line each.
    public static func help(of type: any NamedAttack.Type) -> String {
        let aim = type.seeksSmallestDistance ? "seeks the smallest distance" : "needs a radius"
        return help("\(type.name) (\(names(of: type.norms)); \(aim)): \(type.summary)", settings: settings(of: type))
    }

    /// A title, and a line for each setting with its usual value and meaning.
    public static func help(_ title: String, settings: [MethodSetting]) -> String {
        let rows = settings.map { ("\($0.key)\($0.usual.map { "=" + $0 } ?? "")", $0.meaning) }
        let width = rows.map(\.0.count).max() ?? 0
        let lines = rows.map { name, meaning in
            "  \(name)\(String(repeating: " ", count: width - name.count))  \(meaning)"
        }
        return ([title] + lines).joined(separator: "\n")
    }

    private static func names(of norms: [Norm]) -> String { norms.map(\.rawValue).joined(separator: ", ") }
}
