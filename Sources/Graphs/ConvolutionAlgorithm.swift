/// How a program computes convolutions in floating point.
public enum ConvolutionAlgorithm: String, Sendable, Hashable, Codable, CaseIterable {
    /// As the sum of products that it is defined as, in some order: what proofs are about.
    case direct
    /// By Winograd's minimal filtering (Lavin and Gray 2016, section 4) where `ConvolutionGeometry.suitsWinograd` says so and the
    /// library can on this processor, and directly elsewhere: in half the time. Its rounding errors are as small, but others.
    case winograd
}

extension ConvolutionGeometry {
    /// Whether a convolution with `weights` [out, in/groups, kh, kw] may be computed by Winograd's algorithm. The rule knows shapes
    /// alone, and no batch: what is computed must not depend on a measurement.
    func suitsWinograd(weights: [Int]) -> Bool {
        weights[2...] == [3, 3] && strides == [1, 1] && dilation == [1, 1] && groups == 1 && weights[0] >= 32 && weights[1] >= 32
    }
}
