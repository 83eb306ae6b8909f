/// Which error of the loss's linear approximation the modulus of continuity bounds, and how that error is searched for.
public enum ModulusKind: String, Sendable, Codable, CaseIterable {
    /// ω⁺(ε) = sup over x and ‖v‖ ≤ ε of max(0, ℓ(x + v) − ℓ(x) − ‖v‖ ‖∇ℓ(x)‖_*), sought by ascent.
    ///
    /// It is all that the proof of the ω-bound needs: ℓ(x + v) ≤ ℓ(x) + ‖v‖ ‖∇ℓ(x)‖_* + ω⁺(‖v‖) is the second line of the
    /// paper's equation 6, and ω⁺ ≤ ω, as ⟨v, ∇ℓ(x)⟩ ≤ ‖v‖ ‖∇ℓ(x)‖_*. A v that makes ω large by pointing against the
    /// gradient, where the loss bends and hardly falls, brings no image nearer to another class.
    case sharp
    /// ω(ε) = sup over x and ‖v‖ ≤ ε of ℓ(x + v) − ℓ(x) − ⟨v, ∇ℓ(x)⟩, with v at random in the ball: equation 5 of Finlay and
    /// Oberman (2020), "by sampling the maximum of (5) over batches of the data distribution and ‖v‖ ≤ ε".
    case paper

    /// Its symbol in tables and messages.
    public var symbol: String { self == .sharp ? "ω⁺" : "ω" }
}
