import SuretyDatasets
import SuretyNetworks
import SuretyTensors

/// A way to prove margins and radii. A new one takes one file, and its case and its name here.
public enum ProofMethod: String, Sendable, Codable, CaseIterable {
    /// Linear bounds back to the image: `ProvenBound` with `.crown`.
    case crown
    /// Intervals alone: `ProvenBound` with `.ibp`.
    case ibp

    /// The bound on a network by this method.
    ///
    /// - Throws: `BoundsError` for a network, or a norm, for which it proves nothing; `NetworkError`, `GraphError`.
    public func bound(of network: Network, norm: Norm) throws -> any MarginBound {
        switch self {
        case .crown: try ProvenBound(of: network, norm: norm, method: .crown)
        case .ibp: try ProvenBound(of: network, norm: norm, method: .ibp)
        }
    }
}

/// What is proven about the margins min_{i≠c} f_c − f_i of a network, where c is an image's label.
public protocol MarginBound: Sendable {
    /// For each image, a lower bound on the margin on all images within `epsilon` of it; −∞ if nothing is known.
    ///
    /// - Parameter indices: The images, in the order of the result.
    /// - Throws: `BoundsError.setting` for a radius that is negative or not finite; `GraphError`.
    func margins(of images: LabelledImages, at indices: [Int], epsilon: Double, threads: Int) throws -> [Double]

    /// For each image, the largest radius found within which the network is proven to answer the label, rounded down; 0 for a
    /// misclassified image.
    ///
    /// - Throws: `GraphError`.
    func radii(of images: LabelledImages, at indices: [Int], threads: Int) throws -> [Double]
}
