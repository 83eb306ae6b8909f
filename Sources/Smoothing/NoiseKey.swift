import Foundation
import SuretyRecords
import SuretyTensors

/// The key of a run's noise: a number derived from everything that the noise must not be chosen for, and that must not be
/// made to fit the noise.
///
/// If the key were the seed, which is public, a model could be built to fit the noise of that seed and get certificates that
/// it does not deserve; replay would agree. Here, each change of the model changes its noise. The number of samples, α and
/// the choice of images are not part of the key, so that a run can be extended. Anyone who tries many seeds, or many models,
/// draws new noise each time, with failure probability α.
///
/// It is the first 64 bits of SHA-256 of these lines, each ended by a line feed, with numbers written as the 16 hexadecimal
/// digits of their IEEE 754 form:
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
        /// Samples that are only used to choose settings.
        case pilot
    }

    /// The key of the random generator.
    public let value: UInt64

    /// - Parameter seed: Any number; another number gives other noise.
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
