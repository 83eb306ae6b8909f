import SuretyGraphs
import SuretyRecords

extension RunEnvironment {
    /// How the run's convolutions were computed; they must be computed the same way again.
    ///
    /// - Throws: `RunError.invalidSettings` for an algorithm that this version, or this processor, does not know.
    public var convolutionAlgorithm: ConvolutionAlgorithm {
        get throws {
            guard let convolution else { return .direct }
            guard let algorithm = ConvolutionAlgorithm(rawValue: convolution), algorithm.isAvailable else {
                throw RunError(.invalidSettings, """
                    the run was computed with \(convolution) convolutions, which this processor (\(Program.library)) or this \
                    version of Surety cannot compute, and others may give other votes: take a processor with AVX-512
                    """)
            }
            return algorithm
        }
    }
}

extension ConvolutionAlgorithm {
    /// The form in a record: nothing for direct convolutions, as in earlier versions.
    public var recorded: String? { self == .direct ? nil : rawValue }
}
