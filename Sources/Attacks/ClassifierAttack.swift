import SuretyNetworks
import SuretyTensors

/// An attack that asks one classifier: the form most attacks are written in.
///
///     struct Ascent: ClassifierAttack {
///         static let name = "ascent"
///         var parameters: [String: String] { [:] }
///         func answer(copies: Int) -> Classifier.Answer { .gradient(of: .crossEntropy) }
///
///         func run(_ batch: AttackBatch, on classifier: AttackedClassifier) {
///             let ball = Ball(.linf, radius: 0.1)
///             for _ in 0..<10 {
///                 let gradients = classifier.gradients()
///                 for i in batch.images.indices {
///                     ball.ascend(classifier.points[i], along: gradients[i], step: 0.02, around: batch.images[i])
///                 }
///             }
///         }
///     }
public protocol ClassifierAttack: Attack {
    /// What it asks the classifier for.
    func answer(copies: Int) -> Classifier.Answer

    /// Moves `classifier.points`, which are the clean images when it begins, and leaves there what it proposes.
    func run(_ batch: AttackBatch, on classifier: AttackedClassifier) throws
}

extension ClassifierAttack {
    /// Compiles the network for what the attack asks of it, after `check`.
    public func makeExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        try check(on: network, copies: copies)
        return try makeClassifierExecutor(on: network, batchSize: batchSize, copies: copies)
    }

    /// An executor that runs this attack and none of its variants.
    func makeClassifierExecutor(on network: Network, batchSize: Int, copies: Int) throws -> any AttackExecutor {
        let classifier = try AttackedClassifier(
            network, batchSize: batchSize, copies: copies, answering: answer(copies: copies))
        return ClassifierAttackExecutor(attack: self, classifier: classifier)
    }
}

/// An attack on one classifier, compiled for a network and a batch.
private final class ClassifierAttackExecutor<Method: ClassifierAttack>: AttackExecutor {
    private let attack: Method
    private let classifier: AttackedClassifier

    init(attack: Method, classifier: AttackedClassifier) { (self.attack, self.classifier) = (attack, classifier) }

    var queries: [Int] { classifier.queries }
    var hasVanished: [Bool] { classifier.hasVanished }
    var confined: Int? { classifier.confined }

    func run(_ batch: AttackBatch, parameters: [String: Tensor]) throws -> Images {
        try classifier.load(batch, parameters: parameters)
        try attack.run(batch, on: classifier)
        return classifier.points
    }
}
