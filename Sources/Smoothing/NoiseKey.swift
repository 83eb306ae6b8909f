import Foundation
import SuretyRecords
import SuretyTensors

/// The key of a run's noise: a number that follows from all that the noise must not have been chosen for, or known to.
///
/// Were it the seed, which is public, a model could be built on the noise of that seed and be certified where it has nothing to
/// certify; replay would agree. Here each change of the model changes its noise. Neither the number of samples nor α nor which
/// images are chosen is part of it, so that a run can be extended. Who tries many seeds, or many models, draws again each time, at α.
///
/// It is the first 64 bits of SHA-256 of these lines, each ended by a line feed, the number in them as the 16 hexadecimal digits
/// of their IEEE 754 form:
///
///     surety noise key 2
///     seed 0
///     model 1bc1…            SHA-256 of the file
///     mean 3fc0b78034d9c6e1  a number for each channel; - without normalisation
///     std 3fd3b7803…
///     data 9fa3…             SHA-256 of the data set's content
///     noise gaussian grid=406fe00000000000 sigma=3fd0000000000000
///     procedure certify
public struct NoiseKey: Sendable, Equatable {
    /// What the samples are for: no two uses share noise.
    public enum Procedure: String, Sendable {
        /// CERTIFY.
        case certify
        /// PREDICT.
        case predict
        /// PREDICT, as the judge of an attack.
        case attack
        /// A verifier's own samples.
        case fresh
        /// Samples that only settings are chosen by.
        case pilot
    }

    /// The key of the random generator.
    public let value: UInt64

    /// - Parameter seed: Any number; another gives other noise.
    public init(seed: UInt64, model: ModelRecord, data: DataRecord, noise: Noise, procedure: Procedure) {
        // The first version's key was the seed itself.
        guard noise.isNamed else {
            value = seed
            return
        }
        func bits(_ numbers: [Double]?) -> String { numbers?.map(\.hexadecimal).joined(separator: " ") ?? "-" }
        let parameters = noise.parameters.sorted { $0.key < $1.key }.map { " \($0)=\($1.hexadecimal)" }.joined()
        let text = """
            surety noise key 2
            seed \(seed)
            model \(model.sha256)
            mean \(bits(model.mean))
            std \(bits(model.std))
            data \(data.sha256)
            noise \(type(of: noise.family).name)\(parameters)
            procedure \(procedure.rawValue)

            """
        value = UInt64(SHA256.hexadecimal(of: Data(text.utf8)).prefix(16), radix: 16) ?? seed
    }
}

extension Double {
    fileprivate var hexadecimal: String {
        let digits = String(bitPattern, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
