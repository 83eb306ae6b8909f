import Foundation
import SuretyNetworks
import SuretyTensors
import Surety
import TestSupport
import Testing

/// The look at some clean images before a run: that it names what is wrong, and nothing where nothing is.
@Suite struct PreflightTests {
    let temporary: TemporaryFolder
    let images: LabelledImages
    let network: Network

    init() throws {
        temporary = try TemporaryFolder()
        images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        network = try Model(contentsOf: VerifiedDirectoryTests.model, imageShape: images.shape).network
    }

    /// A network saved and read again.
    private func model(
        _ network: Network, metadata: [String: String] = [:], mean: [Double]? = nil, deviation: [Double]? = nil
    ) throws -> Model {
        let file = try temporary.write(ONNXWriter.data(for: network, metadata: metadata), to: "model.onnx")
        return try Model(contentsOf: file.path, imageShape: images.shape, mean: mean, standardDeviation: deviation)
    }

    /// The first images, each with what `change` makes of its pixels and label; `nil` leaves it out.
    private func changed(
        _ count: Int = 400, _ change: (_ pixels: [Float], _ label: Int) -> (pixels: [Float], label: Int)?
    ) throws -> LabelledImages {
        let kept = (0..<count).compactMap { change(images.image(at: $0), images.label(at: $0)) }
        return try LabelledImages(
            name: "changed", split: .test, pixels: .float32(kept.flatMap(\.pixels)), count: kept.count, shape: images.shape,
            labels: kept.map(\.label), source: "changed")
    }

    @Test func aGoodModelPasses() throws {
        let preflight = try Preflight(of: model(network, metadata: ["accuracy": "0.97"]), on: images)
        #expect(preflight.images == 100 && preflight.correct > 90 && preflight.classCount == 10)
        #expect(preflight.cause == nil && !preflight.looksWrong && preflight.messages.warnings.isEmpty)
        #expect(preflight.messages.note == "\(preflight.correct) of 100 clean images are right")
    }

    @Test func missingNormalisationIsNamed() throws {
        // Undone in front of a network that was trained without: it now expects normalised pixels.
        for (preset, name) in [(Preprocessing.mnist, "--preset mnist")] {
            let expecting = try network.preceded(
                by: [
                    .arithmeticWithParameter(.multiply, operand: "d", side: .right), .arithmeticWithParameter(.add, operand: "m", side: .right),
                    // And made worse, so that pixels as they are fail, and grey levels too.
                    .arithmeticWithParameter(.subtract, operand: "least", side: .right), .relu,
                    .arithmeticWithParameter(.multiply, operand: "gain", side: .right), .function(.sine),
                ],
                [
                    "d": Tensor(shape: [1, 1, 1], values: [Float(preset.standardDeviation[0])]),
                    "m": Tensor(shape: [1, 1, 1], values: [Float(preset.mean[0])]), "least": Tensor(scalar: 0.45), "gain": Tensor(scalar: 2.8),
                ])
            let preflight = try Preflight(of: model(expecting), on: images)
            let cause = try #require(preflight.cause, "\(preflight.correct) are right")
            #expect(cause.remedy.contains(name) && preflight.messages.warnings.first?.contains(name) == true)
        }
    }

    @Test func normalisationGivenTwiceIsNamed() throws {
        let preflight = try Preflight(of: model(network, mean: [0.9], deviation: [0.05]), on: images)
        #expect(try #require(preflight.cause).remedy.contains("Leave --mean"))
    }

    @Test func greyLevelsAreNamed() throws {
        let expecting = try network.preceded(
            by: [.arithmeticWithParameter(.divide, operand: "levels", side: .right)], ["levels": Tensor(scalar: 255)])
        // A network without biases might not mind: this one does.
        let preflight = try Preflight(of: model(expecting), on: images)
        if preflight.correct < 50 { #expect(try #require(preflight.cause).remedy.contains("0.00392157")) }
        #expect(preflight.cause == nil || preflight.cause?.problem.contains("255") == true)
    }

    @Test func exchangedRowsAndColumnsAreNamed() throws {
        let side = images.shape[1]
        let turned = try changed { pixels, label in
            ((0..<side * side).map { pixels[$0 % side * side + $0 / side] }, label)
        }
        let preflight = try Preflight(of: model(network), on: turned)
        #expect(try #require(preflight.cause).problem.contains("Rows and columns"))
    }

    @Test func labelsInAnotherOrderAreNamed() throws {
        let shifted = try changed { pixels, label in label < 9 ? (pixels, label + 1) : nil }
        #expect(try #require(Preflight(of: model(network), on: shifted).cause).problem.contains("1 larger"))
        let order = [7, 3, 9, 1, 0, 2, 8, 6, 5, 4]
        let permuted = try changed { pixels, label in (pixels, order[label]) }
        let cause = try #require(Preflight(of: model(network), on: permuted).cause)
        #expect(cause.problem.contains("another order") && cause.correct > 90)
    }

    @Test func guessingIsSaidToBeGuessing() throws {
        let mixed = try changed { pixels, label in (pixels, (label * 7 + Int(pixels.reduce(0, +) * 1000)) % 10) }
        let preflight = try Preflight(of: model(network, metadata: ["accuracy": "0.97"]), on: mixed)
        #expect(preflight.cause == nil && preflight.looksWrong && preflight.isFarBelowClaim)
        #expect(preflight.messages.warnings.first?.contains("make sure") == true)
    }
}
