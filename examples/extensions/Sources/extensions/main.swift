import Foundation
import Surety
import Synchronization

// An attack, a defense, a bound and a noise family from outside the library, each used and checked. The exit code is 1 if one fails.

func require(_ condition: Bool, _ words: String) {
    print(condition ? "ok     \(words)" : "FAILED \(words)")
    if !condition { exit(1) }
}

/// What a `deliver` gives, in order.
final class Delivered<Element: Sendable>: Sendable {
    private let state = Mutex<[Element]>([])
    func append(_ element: Element) { state.withLock { $0.append(element) } }
    var all: [Element] { state.withLock { $0 } }
}

func attack(_ network: Network, _ images: LabelledImages, at indices: [Int], radius: Float) throws -> [AttackedImage] {
    let found = Delivered<AttackedImage>()
    let attempt = AttackEvaluation.Attempt(FallingAscent(radius: radius), radius: Double(radius))
    try AttackEvaluation(of: network, attempts: [attempt], distance: .ball(.l2)).run(on: images, indices: indices, threads: 2) {
        found.append($0)
    }
    return found.all
}

/// An attack that moves nothing, and keeps the noise it is given.
struct Onlooker: ClassifierAttack {
    static let name = "onlooker"

    let seen: Delivered<[Float]>

    var parameters: [String: String] { [:] }

    func answer(copies: Int) -> Classifier.Answer { .logits }

    func run(_ batch: AttackBatch, on classifier: AttackedClassifier) {
        guard let noise = batch.noise else { return }
        for row in noise { seen.append(Array(row)) }
    }
}

do {
    let images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
    let path = CommandLine.arguments.dropFirst().first ?? "examples/digits.onnx"
    let model = try Model(contentsOf: path, imageShape: images.shape)
    let some = Array(0..<20)

    let attacked = try attack(model.network, images, at: some, radius: 4)
    require(attacked.contains { $0.isSuccess && !$0.isMisclassified }, "the attack finds adversarial images")
    require(attacked.allSatisfy { $0.distance(in: .ball(.l2)) <= 4.001 }, "in its ball")

    let settings = TrainingSettings(epochs: 3, batchSize: 50, learningRate: 0.05)
    let fresh = try Architecture.mlp.network(imageShape: images.shape, classCount: 10, seed: 1)
    var trainer = try Trainer(fresh, LabelSmoothing(), on: images, settings)
    while !trainer.isFinished { try trainer.runEpoch() }
    require(trainer.history[2].loss < trainer.history[0].loss && trainer.history[2].accuracy > 0.9, "the defense trains")

    let trained = try trainer.trainedNetwork()
    let radii = try LipschitzBound(of: trained).radii(of: images, at: some, threads: 1)
    require(radii.contains { $0 > 0 }, "the bound proves radii")
    let largest = radii.max() ?? 0
    let within = try attack(trained, images, at: some, radius: Float(largest))
    require(
        zip(radii, within).allSatisfy { radius, found in radius < largest || !found.isSuccess }, "which the attack does not contradict")

    let certifier = try Certifier(noise: Noise(Laplace(scale: 0.2)), alpha: 0.001, n0: 50, n: 1000)
    let key = NoiseKey(seed: 0, model: model.record, data: DataRecord(images), noise: certifier.noise, procedure: .certify)
    let certificates = Delivered<Certificate>()
    let classifier = try SmoothedClassifier(model.network, certifier.noise, key: key.value)
    try classifier.certify(Array(0..<5), of: images, by: certifier, threads: 2) { certificates.append($0) }
    require(certificates.all.count == 5 && certificates.all.contains { $0.isCorrect && $0.verdict.radius ?? 0 > 0 }, "the noise certifies")

    let seen = Delivered<[Float]>()
    let onlooker = AttackEvaluation.Attempt(Onlooker(seen: seen))
    try AttackEvaluation(
        of: model.network, attempts: [onlooker], distance: .ball(.l2), smoothing: .init(noise: certifier.noise, copies: 4)
    ).run(on: images, indices: some, threads: 2, deliver: { _ in })
    // Gaussian copies, which are floating-point numbers, would lie between the points.
    require(!seen.all.isEmpty && seen.all.allSatisfy { Grid.levels8.contains($0) }, "attacks average over copies of it")

    let folder = FileManager.default.temporaryDirectory.appending(path: "surety-extensions-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try Noise.$families.withValue(Noise.families + [Laplace.self]) {
        let certified = try model.certify(images, with: certifier, selection: ImageSelection(max: 5), into: folder)
        let read = try SmoothingRun(of: folder)
        require(read.record.settings.noise == certifier.noise, "its runs are read again")
        require(read.certificates.map(\.counts) == certified.certificates.map(\.counts), "with the same votes")
        let verified = try VerifiedDirectory(
            folder.path, against: VerificationMaterial(model: path, images: { _ in images }, replay: .all))
        require(verified.findings.isEmpty, "and verified")
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
