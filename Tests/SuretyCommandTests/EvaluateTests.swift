import Foundation
import Surety
import Testing
import TestSupport

@Suite struct EvaluateTests {
    /// Accuracy and logits are ONNX Runtime's, over the whole test set and over its first hundred images.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip), arguments: SharedModel.names)
    func agreesWithONNXRuntime(name: String) throws {
        let folder = try TemporaryFolder()
        let expected = try SharedModel(name).measured
        let command = try Command(["evaluate"] + SharedModel.arguments(name) + ["--logits", folder("logits.npy")])
        #expect(command.status == 0, "\(command)")
        #expect(figure("images", in: command.output) == Double(expected.top1Total))
        let correct = try #require(figure("correct", in: command.output))
        #expect(abs(correct - Double(expected.top1Correct)) <= 1)

        let truth = try floats(SharedModel.url("models/\(name).logits.npy"))
        let logits = try floats(URL(fileURLWithPath: folder("logits.npy")))
        #expect(truth.shape == [100, 10] && logits.shape == [expected.top1Total, 10])
        let largest = truth.values.map(abs).max() ?? 0
        let difference = zip(truth.values, logits.values).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference <= 1e-4 * largest, "off by \(difference / largest) of the largest logit")
    }

    /// The loss and the accuracy are those of the logits written.
    @Test func lossAndAccuracyFollowFromTheLogits() throws {
        let folder = try TemporaryFolder()
        let command = try Command(
            "evaluate", DigitsRun.model, "--data", "synthetic", "--max", "70", "--logits", folder("logits.npy"))
        #expect(command.status == 0, "\(command)")
        let logits = try floats(URL(fileURLWithPath: folder("logits.npy")))
        #expect(logits.shape == [70, 10])
        let digits = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        var (loss, correct) = (0.0, 0)
        for image in 0..<70 {
            let row = logits.values[image * 10..<image * 10 + 10].map(Double.init)
            loss += log(row.map { exp($0) }.reduce(0, +)) - row[digits.label(at: image)]
            correct += row.firstIndex(of: row.max() ?? 0) == digits.label(at: image) ? 1 : 0
        }
        #expect(abs(try #require(figure("loss", in: command.output)) - loss / 70) < 1e-5)
        #expect(figure("correct", in: command.output) == Double(correct))
        #expect(figure("images", in: command.output) == 70)
    }

    /// The look beforehand names the option that mends the result, and changes nothing by itself.
    @Test func warnsOfWhatLooksWrong() throws {
        let arguments = ["evaluate", DigitsRun.model, "--data", "synthetic"]
        let good = try Command(arguments)
        #expect(good.errors.contains("of 100 clean images are right") && !good.errors.contains("warning"), "\(good)")
        let bad = try Command(arguments + ["--mean", "0.9", "--std", "0.05"])
        #expect(bad.status == 0 && bad.errors.contains("Leave --mean, --std and --preset away"), "\(bad)")
        #expect(try Command(arguments + ["--preset", "mnist", "--mean", "0.1", "--std", "0.3"]).refused(naming: "--preset"))
    }

    @Test func threadsChangeNothing() throws {
        let folder = try TemporaryFolder()
        for threads in ["1", "3"] {
            let command = try Command(
                "evaluate", DigitsRun.model, "--data", "synthetic", "--threads", threads,
                "--logits", folder("\(threads).npy"))
            #expect(command.status == 0, "\(command)")
        }
        let one = try #require(folder.contents(of: "1.npy"))
        #expect(one == folder.contents(of: "3.npy"))
    }

    @Test func refusesWhatCannotBe() throws {
        let arguments = ["evaluate", DigitsRun.model, "--data", "synthetic"]
        #expect(try Command(arguments + ["--max", "0"]).refused(naming: "--max is 0"))
        #expect(try Command(arguments + ["--threads", "0"]).refused(naming: "--threads is 0"))
        let belowAFile = "\(DigitsRun.model)/logits.npy"
        #expect(try Command(arguments + ["--logits", belowAFile]).refused(naming: belowAFile))
    }

    private func figure(_ name: String, in output: String) -> Double? {
        let line = output.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    private func floats(_ file: URL) throws -> (shape: [Int], values: [Float]) {
        let array = try NumPyArray(contentsOf: file)
        guard case .float32(let values) = array.elements else { throw CocoaError(.fileReadCorruptFile) }
        return (array.shape, values)
    }
}
