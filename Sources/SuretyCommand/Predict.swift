import ArgumentParser
import Surety

/// `surety predict`: the smoothed classifier's class for each image, or an abstention.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Predict with the smoothed classifier, abstaining where the votes are close.",
        discussion: """
            PREDICT of Cohen, Rosenfeld and Kolter (2019). Writes, resumes and shards as 'surety certify' does.

            Example:
              surety predict model.onnx --data mnist --sigma 0.25 --n 1000 --output predictions
            """)

    @OptionGroup var options: SmoothingOptions

    @OptionGroup var destination: DestinationOptions

    func run() throws {
        if let share = destination.shared {
            return try options.work(on: share) { model, images, noise, selection, execution in
                let predictor = try Predictor(noise: noise, alpha: options.alpha, n: options.n)
                return try model.predict(
                    images, with: predictor, seed: options.seed, selection: selection, sharing: share, execution)
            }
        }
        try options.run(into: destination.directory) { model, images, noise, selection, output, execution in
            let predictor = try Predictor(noise: noise, alpha: options.alpha, n: options.n)
            return try model.predict(images, with: predictor, seed: options.seed, selection: selection, into: output, execution)
        }
    }
}
