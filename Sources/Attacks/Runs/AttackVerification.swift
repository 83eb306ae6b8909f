import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyRecords
import SuretyTensors

/// Judges the adversarial images of a run anew: whether they are images, whether they are those of the lines, how far they
/// are from the original images, and which class the classifier gives them. That proves what an attack reports, however it
/// was found.
///
///     let again = try AttackVerification(of: directory, images)
///     let findings = try again.findings(judgedBy: NetworkJudge(network, batchSize: 32))
public struct AttackVerification {
    private let run: AttackRun
    private let images: LabelledImages
    /// The adversarial images, one for each line.
    private let adversarial: LabelledImages

    /// - Parameter images: The data set of the run; `Verification` checks that it is the right one.
    /// - Throws: `RunError` when the run cannot be read; `DatasetError` when its adversarial images cannot.
    public init(of directory: URL, _ images: LabelledImages) throws {
        run = try AttackRun(of: directory)
        self.images = images
        let file = directory.appending(path: "adversarial.npz")
        adversarial = try LabelledImages(archive: file, split: images.split)
        guard adversarial.shape == images.shape, adversarial.count == run.lines.count else {
            throw RunError(.damagedRecord, """
                \(file.path) has \(adversarial.count) images of shape \(adversarial.shape), and the run \(run.lines.count) of \
                \(images.shape)
                """)
        }
    }

    /// How many there are.
    public var count: Int { run.lines.count }

    /// Everything that is not as the lines say; empty if all is well.
    ///
    /// - Parameter judge: Classifies the images; nil leaves the classes unchecked.
    public func findings(judgedBy judge: (any AttackJudge)?, report: (Int) -> Void = { _ in }) throws -> [Finding] {
        var findings: [Finding] = []
        for (place, line) in run.lines.enumerated() {
            func note(_ message: String) {
                findings.append(Finding(file: AttackSettings.linesFile, line: place + 1, image: line.image, message: message))
            }
            guard line.image < images.count else {
                note("the data set has only \(images.count) images")
                continue
            }
            let (clean, moved) = (images.image(at: line.image), adversarial.image(at: place))
            if adversarial.label(at: place) != line.label { note("adversarial.npz has the label \(adversarial.label(at: place))") }
            if let digest = line.adversarialSHA256, digest != AttackedImage.digest(of: moved) {
                note("the image in adversarial.npz is not the one that was found")
            }
            try compare(line, clean, moved).forEach(note)
            if let judge {
                let classes = try judge.classes(of: [clean, moved], indices: [line.image, line.image])
                func text(_ class: Int?) -> String { `class`.map { "class \($0)" } ?? "no class" }
                if classes[0] != line.cleanClass {
                    note("the clean image has \(text(classes[0])), not \(text(line.cleanClass))")
                }
                if classes[1] != line.adversarialClass {
                    note("the adversarial image has \(text(classes[1])), not \(text(line.adversarialClass))")
                }
            }
            report(place + 1)
        }
        return findings
    }

    /// Says so if the distances are not those of the two images.
    private func compare(_ line: AttackedImage, _ clean: [Float], _ moved: [Float]) throws -> [String] {
        var objections: [String] = []
        func compare(_ name: String, _ stated: Double, _ measured: Double) {
            // The order of the sum is the same everywhere, and so is its result.
            if stated != measured { objections.append("\(name) is \(stated), but the images are \(measured) apart") }
        }
        for norm in Norm.allCases {
            if let stated = line.distance(in: norm) { compare(norm.rawValue, stated, norm.distance(moved, clean)) }
        }
        guard line.attack != nil, case .wasserstein(let cost) = run.record.settings.distance else { return objections }
        let transport = try WassersteinDistance(groundCost: cost).between(clean, moved, shape: images.shape)
        let stated = line.wasserstein ?? 0
        if abs(stated - transport.cost) > 1e-9 * max(1, transport.cost) {
            objections.append("wasserstein is \(stated), but the images are \(transport.cost) apart")
        }
        return objections
    }
}
