import Surety

/// An attack: ascent of the loss in an ℓ2 ball, with steps that fall from the ball's diameter to nothing. It proposes; Surety's harness
/// clips, evaluates and judges.
struct FallingAscent: ClassifierAttack {
    static let name = "falling-ascent"

    let radius: Float
    let steps = 20

    var parameters: [String: String] { ["radius": "\(radius)", "steps": "\(steps)"] }

    func answer(copies: Int) -> Classifier.Answer { .gradient(of: .crossEntropy) }

    func run(_ batch: AttackBatch, on classifier: AttackedClassifier) {
        let ball = Ball(.l2, radius: radius)
        for step in 0..<steps {
            let gradients = classifier.gradients()
            let length = 2 * radius * (1 - Float(step) / Float(steps))
            for place in batch.images.indices {
                ball.ascend(classifier.points[place], along: gradients[place], step: length, around: batch.images[place])
            }
        }
    }
}
