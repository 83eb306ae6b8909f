import Foundation
import Graphs
import Networks
import Tensors
import Testing

struct ArchitectureTests {
    /// An architecture on the images it is meant for, with its size.
    struct Case: Sendable, CustomTestStringConvertible {
        let architecture: Architecture
        let imageShape: [Int]
        let classCount: Int
        /// Trained parameters: running statistics of batch normalisation do not count.
        let parameterCount: Int
        let multiplyAccumulates: Int
        var testDescription: String { architecture.rawValue }

        func network(seed: UInt64 = 0) throws -> Network {
            try architecture.network(imageShape: imageShape, classCount: classCount, seed: seed)
        }
    }

    private static let mnist = [1, 28, 28]
    private static let cifar = [3, 32, 32]

    /// Counts worked out layer by layer; those of resnet18 and wrn-34-10 are the published ones, and resnet20's and resnet110's
    /// are the 269,722 and 1,727,962 of networks without projections, with 2,752 for two projections.
    static let small = [
        Case(architecture: .mlp, imageShape: mnist, classCount: 10, parameterCount: 79_510, multiplyAccumulates: 79_400),
        Case(architecture: .lenet, imageShape: mnist, classCount: 10, parameterCount: 431_080, multiplyAccumulates: 2_293_000),
        Case(architecture: .smallcnn, imageShape: mnist, classCount: 10, parameterCount: 312_202, multiplyAccumulates: 9_952_400),
        Case(architecture: .binarycnn, imageShape: mnist, classCount: 2, parameterCount: 427_072, multiplyAccumulates: 2_289_000),
        Case(architecture: .madry, imageShape: mnist, classCount: 10, parameterCount: 3_274_634, multiplyAccumulates: 13_883_904),
        Case(architecture: .wong, imageShape: mnist, classCount: 10, parameterCount: 166_406, multiplyAccumulates: 609_384),
        Case(architecture: .resnet20, imageShape: cifar, classCount: 10, parameterCount: 272_474, multiplyAccumulates: 40_813_184),
    ]
    static let large = [
        Case(architecture: .resnet110, imageShape: cifar, classCount: 10, parameterCount: 1_730_714, multiplyAccumulates: 253_149_824),
        Case(architecture: .resnet18, imageShape: cifar, classCount: 10, parameterCount: 11_173_962, multiplyAccumulates: 555_422_720),
        Case(architecture: .wrn34x10, imageShape: cifar, classCount: 10, parameterCount: 46_160_474, multiplyAccumulates: 6_658_906_368),
    ]

    @Test func everyArchitectureHasACase() {
        #expect(Set((Self.small + Self.large).map(\.architecture)) == Set(Architecture.allCases))
    }

    private func expectCounts(_ network: Network, _ it: Case) {
        let trained = network.trainableParameters.compactMap { network.parameters[$0]?.values.count }.reduce(0, +)
        #expect(trained == it.parameterCount)
        #expect(network.summary.multiplyAccumulates == it.multiplyAccumulates)
        #expect(network.imageShape == it.imageShape && network.classCount == it.classCount)
    }

    @Test(arguments: small)
    func countsAndRoundTrip(_ it: Case) throws {
        let network = try it.network()
        expectCounts(network, it)
        let again = try ONNXReader.model(from: ONNXWriter.data(for: network), imageShape: it.imageShape).network
        let images = Tensor(
            shape: [2] + it.imageShape, values: (0..<2 * it.imageShape.elementCount).map { Float($0 * 37 % 256) / 255 })
        func logits(_ network: Network) throws -> Tensor {
            try Program(computing: [network.logits(of: .constant(images))], from: []).makeExecutor().run([])[0]
        }
        let expected = try logits(network)
        #expect(expected.shape == [2, it.classCount] && Set(expected.values).count > 1)
        #expect(expected.values.allSatisfy { $0.isFinite })
        let found = try logits(again)
        #expect(zip(found.values, expected.values).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test(arguments: large)
    func largeOnesBuildAndExport(_ it: Case) throws {
        let network = try it.network()
        expectCounts(network, it)
        let file = try ONNXWriter.data(for: network)
        #expect(file.count > 4 * it.parameterCount && file.count < 4 * it.parameterCount + 2_000_000)
    }

    /// Uniform in ±1/√fan-in, weights and biases: within, nearly up to the bound, and with mean zero.
    @Test(arguments: small)
    func initialParametersAreUniform(_ it: Case) throws {
        let network = try it.network()
        for vertex in network.vertices {
            let (weights, bias): (String, String?)
            switch vertex.layer {
            case .convolution(_, let names, let other): (weights, bias) = (names, other)
            case .dense(let names, let other): (weights, bias) = (names, other)
            default: continue
            }
            let tensor = try #require(network.parameters[weights])
            let bound = 1 / Float(tensor.shape.dropFirst().reduce(1, *)).squareRoot()
            #expect(tensor.values.allSatisfy { abs($0) <= bound })
            // Of a hundred uniform numbers one in 40,000 times none is in the outer tenth; the mean's deviation is b/√(3n).
            #expect(tensor.values.count < 100 || tensor.values.contains { abs($0) > 0.9 * bound })
            let mean = tensor.values.reduce(0.0) { $0 + Double($1) } / Double(tensor.values.count)
            #expect(abs(mean) < 4.5 * Double(bound) / Double(3 * tensor.values.count).squareRoot(), "\(vertex.name)")
            if let bias {
                let values = try #require(network.parameters[bias]).values
                #expect(values.allSatisfy { abs($0) <= bound } && Set(values).count > 1)
            }
        }
    }

    @Test(arguments: small)
    func parametersFollowTheSeed(_ it: Case) throws {
        let network = try it.network(seed: 3)
        #expect(try it.network(seed: 3).parameters == network.parameters)
        let other = try it.network(seed: 4).parameters
        for (name, tensor) in network.parameters where name.hasPrefix("weights") || name.hasPrefix("bias") {
            #expect(other[name] != tensor, "\(name)")
        }
        // No two parameters share their numbers.
        let starts = network.parameters.filter { $0.key.hasPrefix("weights") }.map { $0.value.values[0] / ($0.value.values[1]) }
        #expect(Set(starts).count == starts.count)
    }

    @Test func imagesThatAreTooSmallAreRefused() {
        #expect(throws: NetworkError.self) { try Architecture.lenet.network(imageShape: [1, 8, 8], classCount: 10, seed: 0) }
        #expect(throws: NetworkError.self) { try Architecture.smallcnn.network(imageShape: [1, 4, 4], classCount: 10, seed: 0) }
    }
}
