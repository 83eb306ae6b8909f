/// What an attack multiplies an image's logits by where their scale leaves its loss nothing to say.
///
/// Multiplying all logits by a positive number changes no decision, but it changes cross entropy and every weight of a loss
/// against a distance. At a spread (the largest logit less the smallest) of thousands softmax is 0 and 1 to the last bit and
/// cross entropy has no slope; at one of a thousandth softmax is uniform to within as much, cross entropy is linear in the
/// logits, and its slope says nothing about which class is near. Logits of such a spread are brought to the one that trained
/// networks have, about 16. Within the usual spreads the factor is 1, and every loss is its paper's.
package enum LogitScale {
    /// Spreads at which losses work as published.
    package static let usual: ClosedRange<Float> = 0x1p-10...0x1p7

    /// What brings logits of this spread to 16; nil where all are equal, or no number does.
    package static func factor(spread: Float) -> Float? {
        guard spread > 0, spread.isFinite, (16 / spread).isFinite else { return nil }
        return 16 / spread
    }

    /// The factor for unusual logits, and 1 for others.
    package static func correction(spread: Float) -> Float {
        usual.contains(spread) ? 1 : factor(spread: spread) ?? 1
    }

    /// The largest logit less the smallest; 0 where one is not finite.
    package static func spread(_ logits: some Collection<Float>) -> Float {
        guard let highest = logits.max(), let lowest = logits.min(), logits.allSatisfy(\.isFinite) else { return 0 }
        return highest - lowest
    }
}
