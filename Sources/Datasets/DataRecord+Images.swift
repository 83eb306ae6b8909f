import Foundation
import SuretyRecords

extension DataRecord {
    /// What a run records about these images.
    public init(_ images: LabelledImages) {
        self.init(name: images.name, split: images.split, sha256: images.sha256, count: images.count, shape: images.shape,
            preparation: images.preparation)
    }
}

extension ReferenceData {
    /// These images, to compare a run with.
    public init(_ images: LabelledImages) {
        self.init(record: DataRecord(images), label: images.label(at:), imageSHA256: images.imageSHA256(at:),
            pixels: images.image(at:))
    }
}

extension Verification {
    /// Everything wrong with a run; empty if nothing is.
    ///
    /// - Parameter images: The data set, to compare labels and digests with; nil leaves them unchecked.
    public static func findings(in directory: URL, modelSHA256: String? = nil, images: LabelledImages?) -> [Finding] {
        findings(in: directory, modelSHA256: modelSHA256, data: images.map { ReferenceData($0) })
    }
}
