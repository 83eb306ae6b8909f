internal import Foundation
import SuretyTensors

/// What a name of an ONNX graph stands for.
enum ONNXValue {
    /// Depends on the image: a vertex of the network. In the file it has the batch as first axis.
    case vertex(Int)
    /// Does not depend on the image.
    case constant(ONNXConstant)
}

/// A network under construction: the values of the file read so far, and the layers made from them.
///
/// The operators are extensions, a file for each group. The batch is always axis 0; an operator that
/// would move, merge or drop it is refused, because the images of a batch must not influence each other.
struct ONNXGraph {
    /// The batch size that the file declares; `nil` when it leaves it open.
    let declaredBatch: Int?

    /// The layers made so far.
    private var builder: NetworkBuilder
    private var values: [String: ONNXValue]
    private var initialisers: [String: Onnx_TensorProto]
    /// The parameter made from a constant in a certain form, so that a parameter shared by several nodes is made only once.
    private var parameterNames: [ParameterForm: String] = [:]
    /// The parameters that the file gives as integers.
    private var integers: IntegerForm.IntegerParameters = [:]
    /// Where the batch lies in values that do not have it first.
    private var batchPlaces: [Int: BatchPlace] = [:]
    /// The files beside the model; nil if only the model's bytes are available.
    private(set) var folder: ONNXFolder?
    /// How many more elements may be made by folding. Proportional to the file, so that a small file
    /// cannot claim much memory.
    private var elementsLeft: Int

    private struct ParameterForm: Hashable {
        let constant: ONNXConstant.Identity
        let form: String
    }

    /// - Parameters:
    ///   - input: The name and vertex of the graph's input.
    ///   - initialisers: The tensors of the file, decoded when first used.
    ///   - byteCount: The size of the file.
    init(
        builder: NetworkBuilder, input: (name: String, vertex: Int), declaredBatch: Int?,
        initialisers: [String: Onnx_TensorProto], byteCount: Int, folder: ONNXFolder?
    ) {
        self.folder = folder
        self.builder = builder
        self.declaredBatch = declaredBatch
        self.initialisers = initialisers
        values = [input.name: .vertex(input.vertex)]
        elementsLeft = 1 << 20 + 4 * byteCount
    }

    /// The value of a name, or an error that `place` uses a value that nothing computes.
    mutating func value(_ name: String, at place: String) throws(ONNXError) -> ONNXValue {
        if let value = values[name] { return value }
        guard let tensor = initialisers.removeValue(forKey: name) else {
            throw ONNXError(.invalid, at: place, """
                it uses \(quoted(name)), which no input, initialiser or earlier node provides: the graph has a \
                cycle, is out of order or is incomplete; export the model again
                """)
        }
        let value = ONNXValue.constant(try constant(tensor, name: name))
        values[name] = value
        return value
    }

    /// A tensor of the file, or of one beside it.
    private mutating func constant(_ tensor: Onnx_TensorProto, name: String) throws(ONNXError) -> ONNXConstant {
        let place = "tensor \(quoted(name))"
        guard tensor.dataLocation == 1, folder != nil else { return try ONNXConstant(tensor, name: name, place: place) }
        var whole = tensor
        whole.rawData = try folder?.data(of: tensor, place: place) ?? Data()
        (whole.dataLocation, whole.externalData) = (0, [])
        elementsLeft += whole.rawData.count
        return try ONNXConstant(whole, name: name, place: place)
    }

    mutating func define(_ name: String, as value: ONNXValue) { values[name] = value }

    /// Input `index` of `node`, which must exist.
    mutating func value(_ node: ONNXNode, _ index: Int) throws(ONNXError) -> ONNXValue {
        guard let name = node.input(index) else { throw node.error("its input \(index) is missing") }
        return try value(name, at: node.place)
    }

    /// Input `index` of `node`, which must depend on the image.
    mutating func vertex(_ node: ONNXNode, _ index: Int = 0) throws(ONNXError) -> Int {
        try standard(arrangedVertex(node, index), node)
    }

    /// Input `index` of `node`, which must depend on the image, wherever the batch lies in it.
    mutating func arrangedVertex(_ node: ONNXNode, _ index: Int = 0) throws(ONNXError) -> Int {
        switch try value(node, index) {
        case .vertex(let vertex): return vertex
        case .constant: throw node.unsupported("""
            its input \(index) does not depend on the image; fold constants when exporting the model
            """)
        }
    }

    /// The layer of a vertex, and its inputs.
    func layer(at vertex: Int) -> (layer: Layer, inputs: [Int]) { builder.layer(at: vertex) }

    /// The parameter of this name, if it is a single number.
    func number(named name: String) -> Float? {
        guard let tensor = builder.parameter(name), tensor.values.count == 1 else { return nil }
        return tensor.values[0]
    }

    /// Whether a vertex is a softmax along this axis.
    func isSoftmax(_ x: Int, axis: Int) -> Bool { layer(at: x).layer == .softmax(axis: axis) }

    /// Where the batch lies in a vertex's value.
    func batchPlace(of x: Int) -> BatchPlace { batchPlaces[x] ?? .first }

    /// Notes where the batch lies in a vertex's value.
    mutating func place(_ x: Int, at place: BatchPlace) { batchPlaces[x] = place }

    /// Input `index` of `node`, which must not depend on the image; `nil` when it is left out.
    mutating func optionalConstant(_ node: ONNXNode, _ index: Int) throws(ONNXError) -> ONNXConstant? {
        guard let name = node.input(index) else { return nil }
        switch try value(name, at: node.place) {
        case .constant(let constant):
            guard !constant.isPerImage else {
                throw node.unsupported("its input \(index), \(quoted(name)), is repeated over the batch")
            }
            return constant
        case .vertex: throw node.unsupported("""
            its input \(index), \(quoted(name)), depends on the image where only a constant is supported
            """)
        }
    }

    /// Input `index` of `node`, which must exist and not depend on the image.
    mutating func constant(_ node: ONNXNode, _ index: Int) throws(ONNXError) -> ONNXConstant {
        guard let constant = try optionalConstant(node, index) else { throw node.error("its input \(index) is missing") }
        return constant
    }

    /// Adds a layer for `node`.
    mutating func append(_ layer: Layer, to inputs: [Int], _ node: ONNXNode) throws(ONNXError) -> Int {
        do throws(NetworkError) {
            let vertex = try builder.append(layer, to: inputs, name: node.name)
            if layer.isElementwise, let input = inputs.first { batchPlaces[vertex] = batchPlaces[input] }
            return vertex
        } catch {
            throw ONNXError(error, at: node.place)
        }
    }

    /// The result of `layer` on values: a vertex, or a constant if all of them are constants.
    mutating func apply(_ layer: Layer, to values: ONNXValue..., node: ONNXNode) throws(ONNXError) -> ONNXValue {
        var (vertices, constants): ([Int], [ONNXConstant]) = ([], [])
        for value in values {
            switch value {
            case .vertex(let vertex): vertices.append(vertex)
            case .constant(let constant): constants.append(constant)
            }
        }
        if constants.isEmpty { return .vertex(try append(layer, to: vertices, node)) }
        guard vertices.isEmpty else {
            throw node.unsupported("it combines a value of the image with the constant \(quoted(constants[0].name))")
        }
        return .constant(try folded(layer, constants, node))
    }

    /// The result of `layer` on constants, found by running it. The error of single precision is then not known, so nothing
    /// is proven about a network with such a constant.
    private mutating func folded(
        _ layer: Layer, _ constants: [ONNXConstant], _ node: ONNXNode
    ) throws(ONNXError) -> ONNXConstant {
        var tensors: [Tensor] = []
        for constant in constants {
            guard case .numbers(let numbers) = constant.elements else {
                throw node.unsupported("""
                    it computes with the integers \(quoted(constant.name)); fold constants when exporting the model
                    """)
            }
            try spend(constant.shape, node)
            tensors.append(Tensor(shape: [1] + constant.shapePerImage, values: numbers))
        }
        let result: Tensor
        do {
            result = try layer.value(named: node.name, of: tensors)
        } catch {
            throw ONNXError(error, at: node.place)
        }
        try spend(result.shape, node)
        let isPerImage = constants.contains(where: \.isPerImage)
        var constant = ONNXConstant(
            name: node.outputs.first ?? node.name, shape: isPerImage ? result.shape : Array(result.shape.dropFirst()),
            elements: .numbers(result.values), errors: result.values.map { _ in .infinity })
        constant.isPerImage = isPerImage
        return constant
    }

    /// The network whose logits are the value `output`.
    mutating func network(output: String) throws(ONNXError) -> Network {
        let place = "output \(quoted(output))"
        guard case .vertex(var vertex) = try value(output, at: place) else {
            throw ONNXError(.invalid, at: place, "it does not depend on the image")
        }
        guard batchPlace(of: vertex) == .first || batchPlace(of: vertex) == .absent && shape(vertex).first == 1 else {
            throw ONNXError(.unsupported, at: place, "the batch is not its first axis")
        }
        let network: Network
        do throws(NetworkError) {
            if batchPlace(of: vertex) == .absent {
                vertex = try builder.append(.reshape(to: Array(shape(vertex).dropFirst())), to: [vertex], name: output)
            }
            // Logits such as [10, 1, 1], from a convolution used in place of a dense layer.
            let shape = shape(vertex)
            if shape.count != 1, let count = shape.checkedElementCount, shape.allSatisfy({ $0 == 1 || $0 == count }) {
                vertex = try builder.append(.reshape(to: [count]), to: [vertex], name: output)
            }
            if builder.shape(of: vertex) == [1] { vertex = try twoClasses(from: vertex, output: output) }
            network = try builder.network(output: vertex)
        } catch {
            throw ONNXError(error, at: place)
        }
        do throws(NetworkError) {
            return try IntegerForm.of(network, integers: integers)
        } catch {
            guard case .layer(let name, let problem) = error else { throw ONNXError(error, at: place) }
            throw ONNXError(.unsupported, at: "layer \(quoted(name))", problem)
        }
    }

    /// Logits 0 and z of a classifier with two classes that gives one number z, or a sigmoid of it: class 1 if z is positive.
    private mutating func twoClasses(from vertex: Int, output: String) throws(NetworkError) -> Int {
        let (layer, inputs) = builder.layer(at: vertex)
        let name = builder.unusedName("second class")
        try builder.add(Tensor(shape: [2, 1], values: [0, 1]), as: name)
        var score = layer == .sigmoid ? inputs[0] : vertex
        if shape(score) != [1] { score = try builder.append(.reshape(to: [1]), to: [score], name: output) }
        return try builder.append(.dense(weights: name, bias: nil), to: [score], name: output)
    }

    /// The shape of a vertex per image.
    func shape(_ vertex: Int) -> [Int] { builder.shape(of: vertex) }

    /// The parameter that `make` makes from a constant, under the name of its origin if that is free.
    ///
    /// - Parameters:
    ///   - form: Distinguishes parameters made from the same constant.
    ///   - isRounded: Whether `make` multiplies, and so rounds, besides moving elements.
    mutating func parameter(
        _ constant: ONNXConstant, form: String = "", isRounded: Bool = false, _ node: ONNXNode,
        make: (Tensor) throws(ONNXError) -> Tensor = { tensor throws(ONNXError) in tensor }
    ) throws(ONNXError) -> String {
        let key = ParameterForm(constant: constant.identity, form: form)
        if let name = parameterNames[key] { return name }
        guard case .numbers(let numbers) = constant.elements, constant.type?.isFloatingPoint ?? true else {
            throw node.error("\(quoted(constant.origin)) holds integers where floating-point numbers are needed")
        }
        let tensor = try make(Tensor(shape: constant.shape, values: numbers))
        if !form.isEmpty { try spend(tensor.shape, node) }
        let isTaken = builder.parameter(constant.origin) != nil
        let name = isTaken ? builder.unusedName("\(constant.origin).\(parameterNames.count)") : constant.origin
        var errors: Tensor?
        if constant.errors != nil || isRounded {
            let earlier = try make(
                Tensor(shape: constant.shape, values: constant.errors ?? Array(repeating: 0, count: constant.count)))
            errors = Tensor(shape: tensor.shape, values: zip(earlier.values, tensor.values).map { error, value in
                isRounded
                    ? Float(roundingUp: Double(error.magnitude) + Double(error.roundingError) + value.roundingError)
                    : error
            })
        }
        do throws(NetworkError) {
            try builder.add(tensor, as: name, errors: errors)
        } catch {
            throw ONNXError(error, at: node.place)
        }
        parameterNames[key] = name
        if let codes = constant.integers {
            // The integers are rearranged the same way; a factor would change them.
            integers[name] = isRounded ? nil : codes.parameter(try make(codes.tensor), numbers: tensor)
        }
        return name
    }

    /// Accounts for a constant of this shape about to be made. An axis of extent 0 counts as one of extent 1, so
    /// that the other extents of an empty constant stay bounded too.
    mutating func spend(_ shape: [Int], _ node: ONNXNode) throws(ONNXError) {
        guard let count = shape.map({ max(1, $0) }).checkedElementCount, count <= elementsLeft else {
            throw ONNXError(.tooLarge, at: node.place, "it makes constants far larger than the file")
        }
        elementsLeft -= count
    }

    /// The position of an axis that may be counted from the end.
    func axis(_ axis: Int, rank: Int, _ node: ONNXNode) throws(ONNXError) -> Int {
        guard -rank..<rank ~= axis else { throw node.error("a value of \(rank) axes has no axis \(axis)") }
        return axis < 0 ? axis + rank : axis
    }

    /// The positions of axes that may be counted from the end, each once.
    func axes(_ axes: [Int], rank: Int, _ node: ONNXNode) throws(ONNXError) -> [Int] {
        var result: [Int] = []
        for axis in axes.prefix(rank + 1) { result.append(try self.axis(axis, rank: rank, node)) }
        guard Set(result).count == axes.count else { throw node.error("an axis is named twice in \(axes.prefix(10))") }
        return result
    }

    /// The numbers of a constant that must be known integers, such as axes; at most a few.
    func integers(_ constant: ONNXConstant, _ node: ONNXNode) throws(ONNXError) -> [Int] {
        var integers: [Int] = []
        for size in try sizes(constant, node) {
            guard let known = size.known else {
                throw node.unsupported("\(quoted(constant.name)) depends on the batch size")
            }
            integers.append(known)
        }
        return integers
    }

    /// The numbers of a constant that must be integers, such as a shape; at most a few.
    func sizes(_ constant: ONNXConstant, _ node: ONNXNode) throws(ONNXError) -> [BatchSize] {
        guard case .sizes(let sizes) = constant.elements, constant.shape.count <= 1 else {
            throw node.error("\(quoted(constant.name)) is not a list of integers")
        }
        guard sizes.count <= 2 * (NetworkLimits.axes + 1) else {
            throw node.error("\(quoted(constant.name)) holds \(sizes.count) integers, more than a value can have axes")
        }
        return sizes
    }

    /// The number that a constant of one element holds.
    ///
    /// It becomes part of the node's layer; if it was rounded, that is noted.
    mutating func scalar(_ constant: ONNXConstant, _ node: ONNXNode) throws(ONNXError) -> Float {
        guard case .numbers(let numbers) = constant.elements, numbers.count == 1, !numbers[0].isNaN else {
            throw node.error("\(quoted(constant.name)) is not one number")
        }
        if constant.errors != nil { builder.noteRounding(in: node.name) }
        return numbers[0]
    }
}
