import ArgumentParser
import Certification

/// `surety predict`: the smoothed classifier's class for each image, or an abstention.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Predict with the smoothed classifier, abstaining where the votes are close.",
        discussion: """
            PREDICT of Cohen, Rosenfeld and Kolter (2019). Writes, resumes and shards as 'surety certify' does.

            Example:
              surety predict model.onnx --data mnist --sigma 0.25 --n 1000 --output predictions
            """)

    @OptionGroup var options: RunOptions

    func run() throws {
        try options.run { noise, alpha, n in .predict(try Predictor(noise: noise, alpha: alpha, n: n)) }
    }
}
