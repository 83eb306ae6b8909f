/// How a program computes convolutions in floating point.
public enum ConvolutionAlgorithm: String, Sendable, Hashable, Codable, CaseIterable {
    /// Directly as the sum of products that defines it, in some order. Proofs are about this algorithm.
    case direct
    /// By Winograd's minimal filtering (Lavin and Gray 2016, section 4) where `ConvolutionGeometry.suitsWinograd` allows it
    /// and the library supports it on this processor, otherwise directly. It takes half the time. Its rounding errors are
    /// just as small, but different.
    case winograd
}

extension ConvolutionGeometry {
    /// Whether a convolution with `weights` [out, in/groups, kh, kw] may be computed by Winograd's algorithm. The rule
    /// depends on shapes only, not on the batch size or on timings: what is computed must not depend on a measurement.
    func suitsWinograd(weights: [Int]) -> Bool {
        weights[2...] == [3, 3] && strides == [1, 1] && dilation == [1, 1] && groups == 1 && weights[0] >= 32 && weights[1] >= 32
    }
}
