import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

struct WassersteinEvaluationTests {
    /// Moves the whole image to the right by pixels, whatever the radius, and dims it.
    private struct Shift: WassersteinAttack {
        static let name = "shift"
        var growth = RadiusGrowth.fixed(1)
        let groundCost = GroundCost()
        var dimming: Float = 1
        var parameters: [String: String] { [:] }

        func makeExecutor(on network: Network, batchSize: Int, copies: Int) -> any AttackExecutor {
            Executor(dimming: dimming)
        }

        private final class Executor: AttackExecutor {
            private let dimming: Float
            private(set) var queries: [Int] = []

            init(dimming: Float) { self.dimming = dimming }

            func run(_ batch: AttackBatch, parameters: [String: Tensor]) -> Images {
                queries = batch.indices.map { _ in 0 }
                let (moved, clean) = (Images(copying: batch.images), batch.images.elements)
                moved.elements.fill { $0 % 4 == 0 ? 0 : clean[$0 - 1] * dimming }
                return moved
            }
        }
    }

    /// Brightness in the first two columns is class 0, in the last two class 1; images of one pixel in the given column.
    private let network: Network
    private func images(columns: [Int], label: Int = 0) throws -> LabelledImages {
        try LabelledImages(
            name: "columns", split: .test,
            pixels: .float32(columns.flatMap { column in (0..<12).map { $0 == 4 + column ? 0.8 : 0 } }), count: columns.count,
            shape: [1, 3, 4], labels: columns.map { _ in label }, source: "columns")
    }

    init() throws {
        network = try LinearClassifier(weights: (0..<12).map { $0 % 4 < 2 ? -1 : 1 }).network
    }

    private func evaluation(
        _ attack: Shift, columns: [Int], radii: [Double] = [0.5, 0.9, 1, 2]
    ) throws -> WassersteinEvaluation {
        try WassersteinEvaluation(
            of: attack, on: network, images: images(columns: columns), indices: Array(columns.indices), radii: radii,
            batchSize: 2)
    }

    @Test func countsWhatLiesWithinTheRadius() throws {
        // A pixel in column 0 stays class 0, in column 1 becomes class 1 at a distance of 1, in column 3 was never right.
        let found = try evaluation(Shift(), columns: [0, 1, 1, 3, 1])
        #expect(found.findings.map(\.isSuccess) == [false, true, true, true, true])
        #expect(found.findings.map(\.radius) == [nil, 1, 1, nil, 1])
        #expect(found.successRate(at: 0) == 0.2)
        #expect(found.successRate(at: 0.9) == 0.2)
        #expect(found.successRate(at: 1) == 0.8)
        #expect(found.radiusForAll == nil)
        #expect(abs((found.meanDistance ?? 0) - 1) < 1e-9)
        #expect(found.meanMassError == 0)
    }

    @Test func measuresThePrecisionError() throws {
        let found = try evaluation(Shift(dimming: 0.75), columns: [1, 1])
        #expect(found.radiusForAll == 1)
        #expect(abs((found.meanMassError ?? 0) - 0.25) < 1e-6)
    }

    @Test func withoutSuccessThereIsNoMean() throws {
        let found = try evaluation(Shift(), columns: [0])
        #expect(found.meanMassError == nil && found.meanDistance == nil && found.radiusForAll == nil)
    }

    @Test func nonsenseIsRefused() throws {
        #expect(throws: AttackError.self) {
            _ = try WassersteinEvaluation(of: Shift(), on: network, images: images(columns: [0]), indices: [], radii: [1])
        }
        #expect(throws: AttackError.self) { _ = try evaluation(Shift(), columns: [0], radii: [0]) }
        #expect(throws: AttackError.self) {
            _ = try WassersteinEvaluation(
                of: Shift(), on: network, images: images(columns: [0], label: 2), indices: [0], radii: [1])
        }
    }

    /// On Wong's MNIST network WasserAttack needs the smaller radius, and its images the smaller change of mass, by far.
    @Test(.enabled(if: SharedData.isAvailable, SharedData.reasonToSkip))
    func onMNISTWasserAttackIsAheadOfProjectedSinkhorn() throws {
        let model = try #require(SharedData.url("models/sinkhorn_mnist_vanilla.onnx"))
        let data = try #require(SharedData.url("data"))
        let test = try DatasetSource.mnist.load(.test, under: DatasetRoot(data.path))
        let network = try ONNXReader.model(from: Data(contentsOf: model), imageShape: [1, 28, 28]).network
        let indices = (0..<6).map { $0 * 1600 }
        func evaluation(_ attack: some WassersteinAttack) throws -> WassersteinEvaluation {
            try WassersteinEvaluation(
                of: attack, on: network, images: test, indices: indices, radii: [0.1, 0.3, 0.5, 0.9, 1.4, 2], batchSize: 3)
        }
        let wasser = try evaluation(WasserAttack().with(\.iterations, 100))
        let sinkhorn = try evaluation(ProjectedSinkhorn().with(\.iterations, 50))
        #expect(try #require(wasser.radiusForAll) <= 0.9)
        #expect(try #require(wasser.radiusForAll) < sinkhorn.radiusForAll ?? .infinity)
        #expect(wasser.successRate(at: 0.3) > sinkhorn.successRate(at: 0.3))
        #expect(try #require(wasser.meanMassError) < 0.1 * #require(sinkhorn.meanMassError))
    }
}
