import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing

/// Activations that files make of several operators are read as the functions that they are; what merely looks like them is not.
struct ONNXActivationTests {
    /// A network of one value of each of 24 pixels, spread from −6 to 6, that `make` computes from it.
    private static func network(_ make: (inout NetworkBuilder, Int) throws -> Int) throws -> Network {
        var builder = try NetworkBuilder(imageShape: [2, 3, 4])
        for number in [0.25, 0.5, 1, 1.1, 1.5, 2, 12] as [Float] { try builder.add(Tensor(scalar: number), as: "\(number)") }
        try builder.add(Tensor(scalar: Float(2.0.squareRoot())), as: "√2")
        try builder.add(Tensor(scalar: Float(0.5.squareRoot())), as: "√½")
        try builder.add(Tensor(scalar: 1 / 6), as: "1/6")
        try builder.add(Tensor(scalar: 0.044715), as: "0.044715")
        try builder.add(Tensor(scalar: Float((2 / Double.pi).squareRoot())), as: "√2/π")
        let flat = try builder.append(.reshape(to: [24]), to: [builder.image])
        let spread = try builder.with(.multiply, builder.with(.subtract, flat, "0.5"), "12.0")
        let output = try make(&builder, spread)
        return try builder.network(output: output)
    }

    private static let image = Tensor(shape: [1, 2, 3, 4], values: (0..<24).map { Float($0) / 23 })

    /// The functions of a network as it is read again, and how far its logits are from those before.
    private static func reread(
        _ network: Network
    ) throws -> (functions: [ElementFunction], products: Int, scalings: Int, error: Float) {
        let again = try ONNXReader.model(from: ONNXWriter.data(for: network), imageShape: network.imageShape).network
        let functions = again.vertices.compactMap { vertex -> ElementFunction? in
            if case .function(let function) = vertex.layer { return function }
            return nil
        }
        let (before, after) = try (network.logits(of: image), again.logits(of: image))
        let error = zip(before.values, after.values).map { abs($0 - $1) }.max() ?? .nan
        // Two are those of `network`, which spread the pixels.
        let scalings = again.vertices.count { if case .arithmeticWithParameter = $0.layer { true } else { false } } - 2
        return (functions, again.vertices.count { $0.layer == .arithmetic(.multiply) }, scalings, error)
    }

    @Test(arguments: [ElementFunction.sigmoidLinearUnit, .hardSwish, .gaussianLinearUnit, .gaussianLinearUnitByTanh])
    func whatIsWrittenIsReadAgain(_ function: ElementFunction) throws {
        let found = try Self.reread(Self.network { builder, x in try builder.append(.function(function), to: [x]) })
        #expect(found.functions == [function] && found.products == 0 && found.error == 0)
    }

    /// PyTorch's form, TensorFlow's, and one with the half at the gate; each with its factors in either order.
    @Test(arguments: [false, true]) func eachFormOfGELUIsRead(isExchanged: Bool) throws {
        func product(_ builder: inout NetworkBuilder, _ x: Int, _ y: Int) throws -> Int {
            try builder.append(.arithmetic(.multiply), to: isExchanged ? [y, x] : [x, y])
        }
        func gate(_ builder: inout NetworkBuilder, _ argument: Int) throws -> Int {
            let normal = try builder.append(.function(.errorFunction), to: [argument])
            return try builder.with(.add, normal, "1.0", isExchanged ? .left : .right)
        }
        let forms: [(inout NetworkBuilder, Int) throws -> Int] = [
            { it, x in try it.with(.multiply, product(&it, x, gate(&it, it.with(.divide, x, "√2"))), "0.5") },
            { it, x in try product(&it, it.with(.multiply, x, "0.5", .left), gate(&it, it.with(.multiply, x, "√½", .left))) },
            { it, x in try product(&it, x, it.with(.divide, gate(&it, it.with(.multiply, x, "√½")), "2.0")) },
            { it, x in try it.with(.divide, product(&it, x, gate(&it, it.with(.multiply, x, "√½"))), "2.0") },
        ]
        for (number, form) in forms.enumerated() {
            let found = try Self.reread(Self.network(form))
            #expect(found.functions == [.gaussianLinearUnit] && found.products + found.scalings == 0, "\(number): \(found)")
            #expect(found.error < 1e-6, "\(number): \(found)")
        }
    }

    /// x³ as a power and as products, the factors of the sum in either order.
    @Test(arguments: [false, true]) func eachFormOfGELUByTanhIsRead(isExchanged: Bool) throws {
        func pair(_ x: Int, _ y: Int) -> [Int] { isExchanged ? [y, x] : [x, y] }
        let cubes: [(inout NetworkBuilder, Int) throws -> Int] = [
            { it, x in try it.append(.function(.power(3)), to: [x]) },
            { it, x in try it.append(.arithmetic(.multiply), to: pair(x, it.append(.function(.power(2)), to: [x]))) },
            { it, x in try it.append(.arithmetic(.multiply), to: pair(it.append(.arithmetic(.multiply), to: [x, x]), x)) },
        ]
        for (number, cube) in cubes.enumerated() {
            let found = try Self.reread(Self.network { it, x in try Self.gaussianByTanh(&it, x, cube(&it, x), "0.044715", pair) })
            #expect(found.functions == [.gaussianLinearUnitByTanh] && found.products + found.scalings == 0, "\(number): \(found)")
            #expect(found.error < 1e-5, "\(number): \(found)")
        }
        // Half of the whole, as in PyTorch.
        let halved = try Self.reread(Self.network { it, x in
            let gate = try Self.gate(&it, x, cubes[2](&it, x), "0.044715", pair)
            return try it.with(.multiply, it.append(.arithmetic(.multiply), to: pair(x, gate)), "0.5", .left)
        })
        #expect(halved.functions == [.gaussianLinearUnitByTanh] && halved.products + halved.scalings == 0, "\(halved)")
        // Another coefficient, and another power.
        for (name, exponent) in [("0.5", 3), ("0.044715", 2)] as [(String, Float)] {
            let found = try Self.reread(Self.network { it, x in
                try Self.gaussianByTanh(&it, x, it.append(.function(.power(exponent)), to: [x]), name, pair)
            })
            #expect(found.functions == [.tanh] && found.products > 0 && found.error == 0, "\(found)")
        }
    }

    /// ½x(1 + tanh(√(2/π)(x + coefficient · cube))).
    private static func gaussianByTanh(
        _ it: inout NetworkBuilder, _ x: Int, _ cube: Int, _ coefficient: String, _ pair: (Int, Int) -> [Int]
    ) throws -> Int {
        let gate = try gate(&it, x, cube, coefficient, pair)
        return try it.append(.arithmetic(.multiply), to: pair(it.with(.multiply, x, "0.5"), gate))
    }

    private static func gate(
        _ it: inout NetworkBuilder, _ x: Int, _ cube: Int, _ coefficient: String, _ pair: (Int, Int) -> [Int]
    ) throws -> Int {
        let sum = try it.append(.arithmetic(.add), to: pair(x, it.with(.multiply, cube, coefficient)))
        let rising = try it.append(.function(.tanh), to: [it.with(.multiply, sum, "√2/π")])
        return try it.with(.add, rising, "1.0")
    }

    @Test func whatLooksLikeItIsLeft() throws {
        func gate(_ builder: inout NetworkBuilder, _ argument: Int, one: String = "1.0") throws -> Int {
            try builder.with(.add, builder.append(.function(.errorFunction), to: [argument]), one)
        }
        let forms: [(inout NetworkBuilder, Int) throws -> Int] = [
            // Another slope, another shift, a factor that would be rounded, a gate of another value.
            { it, x in try it.append(.arithmetic(.multiply), to: [x, gate(&it, it.with(.divide, x, "1.5"))]) },
            { it, x in try it.append(.arithmetic(.multiply), to: [x, gate(&it, it.with(.divide, x, "√2"), one: "1.1")]) },
            { it, x in
                try it.append(.arithmetic(.multiply), to: [it.with(.multiply, x, "1.5"), gate(&it, it.with(.divide, x, "√2"))])
            },
            { it, x in try it.append(.arithmetic(.multiply), to: [it.with(.add, x, "0.25"), gate(&it, it.with(.divide, x, "√2"))]) },
            { it, x in try it.append(.arithmetic(.multiply), to: [x, it.append(.function(.sigmoid), to: [it.with(.multiply, x, "2.0")])]) },
            { it, x in
                let line = try it.with(.add, it.with(.multiply, x, "0.25"), "0.5")
                return try it.append(.arithmetic(.multiply), to: [x, it.append(.clip(0...1), to: [line])])
            },
            { it, x in
                let line = try it.with(.add, it.with(.multiply, x, "1/6"), "0.5")
                return try it.append(.arithmetic(.multiply), to: [x, it.append(.clip(0...1.1), to: [line])])
            },
        ]
        for (number, form) in forms.enumerated() {
            let found = try Self.reread(Self.network(form))
            #expect(found.products == 1 && found.error == 0, "\(number): \(found)")
            #expect(found.functions.allSatisfy { [.errorFunction, .sigmoid].contains($0) }, "\(number): \(found)")
        }
    }
}

extension NetworkBuilder {
    /// A vertex combined with the parameter of a name.
    fileprivate mutating func with(
        _ operation: Layer.Arithmetic, _ x: Int, _ operand: String, _ side: Layer.Side = .right
    ) throws -> Int {
        try append(.arithmeticWithParameter(operation, operand: operand, side: side), to: [x])
    }
}
