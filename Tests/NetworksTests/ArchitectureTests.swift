import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
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
        Case(architecture: .tradesSmallCNN, imageShape: mnist, classCount: 10, parameterCount: 312_202, multiplyAccumulates: 9_952_400),
        Case(architecture: .tradesNet, imageShape: mnist, classCount: 10, parameterCount: 21_840, multiplyAccumulates: 480_500),
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
        let fresh = try it.network()
        expectCounts(fresh, it)
        // A last layer that begins at 0 would give all images the same logits.
        let network = try fresh.withParameters(
            fresh.parameters.mapValues { tensor in
                tensor.shape.count == 2 && tensor.values.allSatisfy { $0 == 0 }
                    ? Tensor(shape: tensor.shape, values: tensor.values.indices.map { Float($0 % 7 - 3) / 50 }) : tensor
            })
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

    /// How the weights of an architecture begin.
    enum Beginning {
        /// Uniform in ±1/√fan-in, weights and biases: PyTorch's default.
        case uniform
        /// Normal with variance 2/fan-in or 2/fan-out.
        case heFanIn, heFanOut
        case zero
    }

    /// As the authors' code has it: of the convolutions, the dense layers but the last, and the last, and whether its bias is 0.
    private static func beginning(
        of architecture: Architecture
    ) -> (convolutions: Beginning, dense: Beginning, last: Beginning, lastBiasIsZero: Bool) {
        switch architecture {
        case .mlp, .lenet, .smallcnn, .binarycnn, .madry, .wong, .tradesNet: (.uniform, .uniform, .uniform, false)
        case .tradesSmallCNN: (.heFanIn, .uniform, .zero, true)
        case .resnet20, .resnet110, .resnet18: (.heFanOut, .uniform, .uniform, false)
        case .wrn34x10: (.heFanOut, .uniform, .uniform, true)
        }
    }

    @Test(arguments: small + large)
    func parametersBeginAsPublished(_ it: Case) throws {
        let network = try it.network()
        let expected = Self.beginning(of: it.architecture)
        let last = network.vertices.last { if case .dense = $0.layer { true } else { false } }?.name
        for vertex in network.vertices {
            let (weights, bias, beginning): (String, String?, Beginning)
            switch vertex.layer {
            case .convolution(_, let names, let other): (weights, bias, beginning) = (names, other, expected.convolutions)
            case .dense(let names, let other):
                (weights, bias, beginning) = (names, other, vertex.name == last ? expected.last : expected.dense)
            default: continue
            }
            let biasIsZero = beginning != .uniform || vertex.name == last && expected.lastBiasIsZero
            try expect(beginning, biasIsZero, network.parameters[weights], bias.flatMap { network.parameters[$0] }, vertex.name)
        }
    }

    private func expect(
        _ beginning: Beginning, _ biasIsZero: Bool, _ weights: Tensor?, _ bias: Tensor?, _ name: String
    ) throws {
        let tensor = try #require(weights)
        let window = tensor.shape.dropFirst(2).reduce(1, *)
        let (fanIn, fanOut) = (Double(tensor.shape[1] * window), Double(tensor.shape[0] * window))
        let values = tensor.values.map(Double.init)
        let count = Double(values.count)
        let variance =
            switch beginning {
            case .uniform: 1 / fanIn / 3
            case .heFanIn: 2 / fanIn
            case .heFanOut: 2 / fanOut
            case .zero: 0.0
            }
        // The deviation of a mean is √(v/n); that of a mean square is v√(0.8/n) for uniform numbers and v√(2/n) for normal ones.
        let (mean, square) = (values.reduce(0, +) / count, values.reduce(0) { $0 + $1 * $1 } / count)
        #expect(abs(mean) <= 4.5 * (variance / count).squareRoot(), "\(name)")
        let kurtosis = beginning == .uniform ? 0.8 : 2.0
        #expect(abs(square - variance) <= 5 * variance * (kurtosis / count).squareRoot(), "\(name)")
        let bound = 1 / fanIn.squareRoot()
        switch beginning {
        case .uniform: #expect(values.allSatisfy { abs($0) <= bound * (1 + 1e-6) }, "\(name)")
        // There are at least 144 normal numbers: none is beyond 1.2 deviations once in 10²¹ times. Uniform ones lie within √3.
        case .heFanIn, .heFanOut: #expect(values.contains { abs($0) > 1.8 * variance.squareRoot() } || count < 400, "\(name)")
        case .zero: break
        }
        guard let bias else { return }
        if biasIsZero {
            #expect(bias.values.allSatisfy { $0 == 0 }, "\(name)")
        } else {
            #expect(bias.values.allSatisfy { abs(Double($0)) <= bound * (1 + 1e-6) } && Set(bias.values).count > 1, "\(name)")
        }
    }

    /// What is dropped while training, and before which layer.
    @Test func dropoutIsAsPublished() throws {
        func dropouts(_ architecture: Architecture) throws -> [String] {
            let it = try #require((Self.small + Self.large).first { $0.architecture == architecture })
            let network = try it.network()
            return network.vertices.indices.compactMap { place in
                guard case .dropout(let dropout) = network.vertices[place].layer else { return nil }
                let input = network.vertices[network.vertices[place].inputs[0]]
                return "\(dropout.rate) of each \(dropout.unit) of \(input.shape)"
            }
        }
        #expect(try dropouts(.tradesSmallCNN) == ["0.5 of each element of [200]"])
        #expect(try dropouts(.tradesNet) == ["0.5 of each channel of [20, 8, 8]", "0.5 of each element of [50]"])
        for architecture in Architecture.allCases where architecture != .tradesSmallCNN && architecture != .tradesNet {
            #expect(try dropouts(architecture).isEmpty, "\(architecture)")
        }
    }

    @Test(arguments: small)
    func parametersFollowTheSeed(_ it: Case) throws {
        let network = try it.network(seed: 3)
        #expect(try it.network(seed: 3).parameters == network.parameters)
        let other = try it.network(seed: 4).parameters
        let isDrawn = { (name: String, tensor: Tensor) in
            name.hasPrefix("weights") || name.hasPrefix("bias") ? tensor.values.contains { $0 != 0 } : false
        }
        for (name, tensor) in network.parameters where isDrawn(name, tensor) { #expect(other[name] != tensor, "\(name)") }
        // No two parameters share their numbers.
        let starts = network.parameters.filter { $0.key.hasPrefix("weights") && isDrawn($0.key, $0.value) }.map { $0.value.values[0] / ($0.value.values[1]) }
        #expect(Set(starts).count == starts.count)
    }

    @Test func imagesThatAreTooSmallAreRefused() {
        #expect(throws: NetworkError.self) { try Architecture.lenet.network(imageShape: [1, 8, 8], classCount: 10, seed: 0) }
        #expect(throws: NetworkError.self) { try Architecture.smallcnn.network(imageShape: [1, 4, 4], classCount: 10, seed: 0) }
    }
}
