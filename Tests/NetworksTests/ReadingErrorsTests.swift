import Foundation
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

/// Handmade files whose numbers do not fit single precision, and what is known about the difference.
@Suite struct ReadingErrorsTests {
    /// Numbers of many scales, most of them between two of single precision; the last becomes 0, and the one before subnormal.
    private static let doubles = [0.1, -1.0 / 3, 1 + 0x1p-40, 5e20 / 7, -3e-39, 1e-60, 0.25, -2]

    @Test func singlePrecisionIsExact() throws {
        let network = try Self.network(
            HandmadeONNX.tensor("w", [2, 4], Self.doubles.map { Float($0) }), [Self.product])
        #expect(network.readingErrors == ReadingErrors())
    }

    /// Doubles as bytes or as a list, in the file's order or transposed: each parameter is within its error of the file's.
    @Test(arguments: [false, true], [false, true]) func doublesLieWithinTheirErrors(isRaw: Bool, isTransposed: Bool) throws {
        let network = try Self.network(
            Self.tensor("w", isTransposed ? [2, 4] : [4, 2], Self.doubles, isRaw: isRaw),
            [HandmadeONNX.node("Gemm", ["f", "w"], ["y"], [HandmadeONNX.integer("transB", isTransposed ? 1 : 0)])])
        let (values, errors) = try Self.weights(of: network)
        for place in 0..<8 {
            // [outputs, inputs] of the parameter.
            let exact = Self.doubles[isTransposed ? place : place % 4 * 2 + place / 4]
            #expect(abs(Dyadic(exact) - Dyadic(values[place])) <= Dyadic(errors[place]), "\(exact)")
            #expect(Double(errors[place]) <= 0x1p-24 * abs(exact) * (1 + 1e-6) + 0x1p-149)
            if exact == 0.25 || exact == -2 { #expect(errors[place] == 0) }
        }
    }

    /// Doubles that single precision holds are exact.
    @Test func doublesMayBeExact() throws {
        let network = try Self.network(Self.tensor("w", [4, 2], [1, 2, 3, 4, 0.5, -1, 0x1p-149, 0]), [
            HandmadeONNX.node("MatMul", ["f", "w"], ["y"]),
        ])
        #expect(network.readingErrors == ReadingErrors())
    }

    /// alpha·A and beta·C round: what the file says is within the error.
    @Test(arguments: [Float(1) / 3, -0.1, 1e-20, 3]) func factorsOfGemm(factor: Float) throws {
        let weights = (0..<8).map { Float($0) / 7 - 0.4 }
        for isDouble in [false, true] {
            let tensor = isDouble
                ? Self.tensor("w", [2, 4], weights.map { Double($0) + 1e-9 }) : HandmadeONNX.tensor("w", [2, 4], weights)
            let network = try Self.network(tensor, [
                HandmadeONNX.node("Gemm", ["f", "w", "c"], ["y"], [
                    HandmadeONNX.number("alpha", factor), HandmadeONNX.number("beta", factor),
                    HandmadeONNX.integer("transB", 1),
                ]),
            ], [HandmadeONNX.tensor("c", [2], [0.7, -0.3])])
            let (values, errors) = try Self.weights(of: network)
            for place in 0..<8 {
                let exact = Dyadic(factor) * (isDouble ? Dyadic(Double(weights[place]) + 1e-9) : Dyadic(weights[place]))
                #expect(abs(exact - Dyadic(values[place])) <= Dyadic(errors[place]))
                #expect(errors[place] <= 0x1p-23 * abs(values[place]) + 2e-9 * abs(factor) + 0x1p-148)
            }
            let bias = try #require(network.parameters["c"]?.values)
            let biasErrors = try #require(network.readingErrors.parameters["c"]?.values)
            for (place, c) in [Float(0.7), -0.3].enumerated() {
                #expect(abs(Dyadic(factor) * Dyadic(c) - Dyadic(bias[place])) <= Dyadic(biasErrors[place]))
            }
        }
    }

    /// Constants computed from constants: what real numbers give lies within the error, and so does single precision.
    @Test(arguments: ["Add", "Sub", "Mul", "Div"], [false, true]) func foldedConstants(operation: String, isDouble: Bool) throws {
        let (a, b) = ([0.1, -1e8, 3, 1e-3, 7, 1e15, -5, 0.3].map { $0 / 3 }, [0.7, 1e8, -3, 1e3, 1e-9, 1e-15, 5, 9].map { $0 / 3.3 })
        func exact(_ x: Double) -> Double { isDouble ? x : Double(Float(x)) }
        func tensor(_ name: String, _ values: [Double]) -> WireMessage {
            isDouble ? Self.tensor(name, [4, 2], values) : HandmadeONNX.tensor(name, [4, 2], values.map { Float($0) })
        }
        let network = try Self.network(tensor("a", a), [
            HandmadeONNX.node(operation, ["a", "b"], ["w"], name: "fold"), HandmadeONNX.node("MatMul", ["f", "w"], ["y"]),
        ], [tensor("b", b)])
        let (values, errors) = try Self.weights(of: network)
        for place in 0..<8 {
            let file = place % 4 * 2 + place / 4
            let (x, y) = (Dyadic(exact(a[file])), Dyadic(exact(b[file])))
            let (value, error) = (Dyadic(values[place]), Dyadic(errors[place]))
            // For a quotient x/y: |v·y − x| ≤ e·|y|.
            let difference =
                switch operation {
                case "Add": x + y - value
                case "Sub": x - y - value
                case "Mul": x * y - value
                default: value * y - x
                }
            #expect(abs(difference) <= (operation == "Div" ? error * abs(y) : error), "\(operation) \(a[file]), \(b[file])")
        }
    }

    /// Errors go with their numbers where those are moved about.
    @Test func errorsMoveWithTheirNumbers() throws {
        let network = try Self.network(Self.tensor("a", [2, 2], [0.1, 0.25, 0.5, 0.2]), [
            HandmadeONNX.node("Transpose", ["a"], ["t"], name: "t", [HandmadeONNX.integers("perm", [1, 0])]),
            HandmadeONNX.node("Concat", ["t", "b"], ["w"], name: "j", [HandmadeONNX.integer("axis", 0)]),
            HandmadeONNX.node("MatMul", ["f", "w"], ["y"]),
        ], [HandmadeONNX.tensor("b", [2, 2], [1, 2, 3, 4])])
        let (values, errors) = try Self.weights(of: network)
        #expect(values == [0.1, 0.25, 1, 3, 0.5, 0.2, 2, 4])
        #expect(errors.map { $0 > 0 } == [true, false, false, false, false, true, false, false])
    }

    /// A rounded number that becomes part of a layer is named.
    @Test func layersOfRoundedNumbersAreNamed() throws {
        func layers(_ bound: Double) throws -> Set<String> {
            let low = Self.tensor("low", [], [bound])
            return try Self.network(HandmadeONNX.tensor("w", [4, 2], Array(repeating: 1, count: 8)), [
                HandmadeONNX.node("Clip", ["f", "low"], ["g"], name: "the clip"),
                HandmadeONNX.node("MatMul", ["g", "w"], ["y"]),
            ], [low]).readingErrors.layers
        }
        #expect(try layers(0.1) == ["the clip"])
        #expect(try layers(0.125).isEmpty)
    }

    /// With a normalisation in front they are kept, and lost where a training gives other parameters.
    @Test func networksKeepThem() throws {
        let network = try Self.network(Self.tensor("w", [4, 2], Self.doubles), [HandmadeONNX.node("MatMul", ["f", "w"], ["y"])])
        #expect(!network.readingErrors.parameters.isEmpty)
        let normalised = try network.normalised(mean: [0.5], standardDeviation: [0.5])
        #expect(normalised.readingErrors == network.readingErrors)
        #expect(try network.withParameters(network.parameters).readingErrors.parameters.isEmpty)
    }

    private static let product = HandmadeONNX.node("Gemm", ["f", "w"], ["y"], [HandmadeONNX.integer("transB", 1)])

    /// The flattened image "f" of 2×2 pixels through `nodes` to "y".
    private static func network(
        _ tensor: WireMessage, _ nodes: [WireMessage], _ more: [WireMessage] = []
    ) throws -> Network {
        let flatten = HandmadeONNX.node("Flatten", ["x"], ["f"], name: "flatten")
        return try ONNXReader.model(from: HandmadeONNX.model([flatten] + nodes, [tensor] + more)).network
    }

    /// The weights [2, 4] of the only dense layer, and their errors.
    private static func weights(of network: Network) throws -> (values: [Float], errors: [Float]) {
        for vertex in network.vertices {
            if case .dense(let name, _) = vertex.layer {
                return (
                    try #require(network.parameters[name]?.values),
                    try #require(network.readingErrors.parameters[name]?.values)
                )
            }
        }
        throw CancellationError()
    }

    /// A tensor of doubles.
    private static func tensor(_ name: String, _ shape: [Int], _ values: [Double], isRaw: Bool = true) -> WireMessage {
        let raw = values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        return shape.reduce(WireMessage()) { $0.integer(1, $1) }.integer(2, 11).text(8, name).bytes(isRaw ? 9 : 10, raw)
    }
}

private func abs(_ x: Dyadic) -> Dyadic { x < .zero ? -x : x }
private func abs(_ x: Float) -> Float { x.magnitude }
private func abs(_ x: Double) -> Double { x.magnitude }
