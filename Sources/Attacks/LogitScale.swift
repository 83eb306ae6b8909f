/// The factor by which an attack multiplies an image's logits if their scale makes its loss useless.
///
/// Multiplying all logits by a positive number changes no decision, but it changes cross entropy and every weight of a loss
/// against a distance. At a spread (the largest logit less the smallest) of thousands, softmax is 0 and 1 to the last bit and
/// cross entropy has no slope; at a spread of a thousandth, softmax is uniform to within about a thousandth, cross entropy is
/// linear in the logits, and its slope does not show which class is near. Such logits are brought to the spread that trained
/// networks have, about 16. Within the usual spreads the factor is 1, and every loss is its paper's.
package enum LogitScale {
    /// Spreads at which losses work as published.
    package static let usual: ClosedRange<Float> = 0x1p-10...0x1p7

    /// The factor that brings logits of this spread to 16; nil if all are equal, or no number does it.
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
