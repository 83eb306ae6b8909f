import SuretyDatasets

/// What a directory is verified against, as far as it is available.
public struct VerificationMaterial {
    /// The file of the model.
    public var model: String?
    /// Loads a part of the data set; nil when there is none to compare with.
    public var images: ((Split) throws -> LabelledImages)?
    /// The largest amount of work to do again: certificates or proofs, chosen at random. nil for none.
    public var replay: Replayed?
    /// How many images are certified anew, with the verifier's own seed. nil for none.
    public var fresh: Fresh?

    /// Certificates made anew, chosen at random.
    public struct Fresh: Sendable {
        /// The largest number.
        public let number: Replayed
        /// The verifier's seed.
        public let seed: UInt64

        /// - Parameter seed: Any number that the maker of the run could not know; nil for one drawn by the system.
        public init(_ number: Replayed, seed: UInt64? = nil) {
            (self.number, self.seed) = (number, seed ?? .random(in: 0 ... .max))
        }
    }

    /// A number of certificates, or all.
    public enum Replayed: Sendable {
        /// At most this number.
        case atMost(Int)
        /// All there are.
        case all

        /// The number; `nil` for all.
        var count: Int? { if case .atMost(let count) = self { count } else { nil } }
    }

    /// Nothing is checked against values that are nil; if all are nil, only the directory itself is checked.
    public init(
        model: String? = nil, images: ((Split) throws -> LabelledImages)? = nil, replay: Replayed? = nil, fresh: Fresh? = nil
    ) {
        (self.model, self.images, self.replay, self.fresh) = (model, images, replay, fresh)
    }

    /// The same against a data set, as a person names it: its parts are loaded when they are needed, each once.
    ///
    ///     VerificationMaterial(model: "model.onnx", data: "mnist", replay: .atMost(20))
    ///
    /// - Parameters:
    ///   - data: As `DatasetSource` reads it; nil for none.
    ///   - preparation: What was done with the pictures of a folder.
    public init(
        model: String? = nil, data: String?, preparation: PicturePreparation = .none, under root: DatasetRoot = DatasetRoot(),
        replay: Replayed? = nil, fresh: Fresh? = nil
    ) {
        self.init(model: model, replay: replay, fresh: fresh)
        guard let data else { return }
        var parts: [Split: LabelledImages] = [:]
        images = { split in
            if let part = parts[split] { return part }
            let part = try DatasetSource(data, preparation: preparation).load(split, under: root)
            parts[split] = part
            return part
        }
    }
}
