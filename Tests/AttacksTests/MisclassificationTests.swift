import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import Synchronization
import Testing

/// When an image counts as misclassified.
struct MisclassificationTests {
    /// Of equal logits the first gives the class; logits that are not numbers give none, which is wrong for every label.
    @Test func tiesAndNaN() {
        let classes = Images([[1, 1, 0], [0, 2, 2], [0, .nan, 1], [.infinity, .infinity, 0]], shape: [3]).classes
        #expect(classes == [0, 1, nil, 0])
        #expect(classes.map { $0.isWrong(for: 0) } == [false, true, true, false])
        #expect(classes.map { $0.isWrong(for: 1) } == [true, false, true, true])
        #expect(classes.map { $0.isWrong(for: 2) } == [true, true, true, true])
    }

    /// Attacks and findings follow that rule, but an attack does not rest at a point without a class unless a judge decides.
    @Test func attacksAndFindingsDecideAlike() throws {
        let (network, size) = (try LinearClassifier().network, LinearClassifier.size)
        // A black image has two logits of 0.
        let images = [Float](repeating: 0, count: 2 * size) + [Float](repeating: .nan, count: size)
        let labels = [0, 1, 0]
        func found(_ decision: AttackBatch.Decision) throws -> [Bool] {
            let attack = Asking()
            let batch = AttackBatch(
                images: Images(images, of: network), labels: labels, indices: [0, 1, 2], seed: 0, trial: 0, decision: decision)
            _ = try attack.makeExecutor(on: network, batchSize: 3, copies: 0).run(batch, parameters: network.parameters)
            return attack.answers.value.withLock { $0 }
        }
        #expect(try found(.source) == [false, true, false])
        #expect(try found(.judge(NetworkJudge(network, batchSize: 2))) == [false, true, true])
        #expect(try found(.nobody) == [false, false, false])
        let classes = try NetworkJudge(network, batchSize: 2).classes(
            of: labels.indices.map { Array(images[$0 * size..<($0 + 1) * size]) }, indices: [0, 1, 2])
        let findings = zip(labels, classes).map { label, found in
            AttackedImage(
                image: 0, label: label, cleanClass: found, adversarialClass: found, isSuccess: false, attack: nil,
                distance: { _ in 0 }, queries: 0, adversarial: [])
        }
        #expect(findings.map(\.isMisclassified) == [false, true, true])
    }
}

/// Moves nothing, and keeps what the classifier says of the images.
private struct Asking: ClassifierAttack {
    final class Answers: Sendable {
        let value = Mutex<[Bool]>([])
    }

    static let name = "asking"
    let answers = Answers()
    var parameters: [String: String] { [:] }

    func answer(copies: Int) -> Classifier.Answer { .logits }

    func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws {
        let found = try classifier.decide()
        answers.value.withLock { $0 = found }
    }
}
