import SuretyTensors

/// The input of an ONNX graph: its name, declared shape, and the layers that turn the image into it.
struct ONNXInput {
    let name: String
    /// The batch size declared; `nil` when it is left open.
    private let batch: Int?
    /// The extents after the batch, `nil` where they are left open; the whole is `nil` if no shape is declared.
    private let extents: [Int?]?
    private let imageShape: [Int]
    /// Whether the pixels are whole numbers from 0 to 255.
    private let takesBytes: Bool

    private var place: String { "input \(quoted(name))" }

    /// - Parameters:
    ///   - inputs: The inputs of the graph that are not initialisers.
    ///   - imageShape: The shape of the images, or `nil` to guess it from the declaration.
    init(_ inputs: [Onnx_ValueInfoProto], imageShape: [Int]?) throws(ONNXError) {
        guard let input = inputs.first, inputs.count == 1 else {
            let names = inputs.prefix(5).map { quoted($0.name) }.joined(separator: ", ")
            throw ONNXError(.unsupported, """
                the graph has \(inputs.count) inputs\(names.isEmpty ? "" : ", \(names)"); a classifier takes one, \
                the image
                """)
        }
        name = input.name
        let place = "input \(quoted(name))"
        let type = input.type.tensorType
        let elementType = ONNXElementType(rawValue: type.elemType)
        takesBytes = elementType == .uint8
        if type.elemType != 0, elementType?.isFloatingPoint != true, !takesBytes {
            throw ONNXError(.unsupported, at: place, """
                it takes elements of type \(type.elemType); export the model for floating-point pixels in [0, 1]
                """)
        }
        guard type.hasShape else {
            guard let imageShape else {
                throw ONNXError(.imageShape, at: place, """
                    it declares no shape; state the image's shape
                    """)
            }
            (batch, extents, self.imageShape) = (nil, nil, imageShape)
            return
        }
        let declared = type.shape.dim
        guard (2...NetworkLimits.axes + 1).contains(declared.count) else {
            throw ONNXError(.imageShape, at: place, """
                it declares \(declared.count) axes; a batch of images has 2 to \(NetworkLimits.axes + 1), the \
                batch first
                """)
        }
        var sizes: [Int?] = []
        for (axis, dimension) in declared.enumerated() {
            guard case .dimValue(let size) = dimension.value, axis > 0 || size > 0 else {
                // Some exporters write an open batch size as 0 or -1.
                sizes.append(nil)
                continue
            }
            guard size > 0 else { throw ONNXError(.invalid, at: place, "it declares an extent of \(size)") }
            sizes.append(Int(size))
        }
        let extents = Array(sizes.dropFirst())
        (batch, self.extents) = (sizes[0], extents)
        guard let shape = imageShape ?? Self.guess(extents) else {
            throw ONNXError(.imageShape, at: place, """
                it declares \(Self.text(extents)) per image, which leaves the image's shape open; state it
                """)
        }
        self.imageShape = shape
    }

    /// The image that a declared shape suggests.
    private static func guess(_ extents: [Int?]) -> [Int]? {
        let known = extents.compactMap(\.self)
        guard known.count == extents.count else { return nil }
        if known.count == 3, !known.isFlat {
            let isChannelsLast = ![1, 3].contains(known[0]) && [1, 3].contains(known[2])
            return isChannelsLast ? [known[2], known[0], known[1]] : known
        }
        guard let count = known.checkedElementCount else { return nil }
        if known.count == 2, !known.isFlat { return [1] + known }
        for channels in [1, 3] where count.isMultiple(of: channels) {
            let side = Int(Double(count / channels).squareRoot().rounded())
            if side.multipliedReportingOverflow(by: side) == (count / channels, false) { return [channels, side, side] }
        }
        return [1, 1, count]
    }

    /// A graph whose input is connected to the image.
    func graph(initialisers: [String: Onnx_TensorProto], byteCount: Int, folder: ONNXFolder?) throws(ONNXError) -> ONNXGraph {
        let layer = try adaptation()
        do throws(NetworkError) {
            var builder = try NetworkBuilder(imageShape: imageShape)
            var vertex = builder.image
            if takesBytes {
                // The conversion of an image to 8 bits: part of the classifier, because noise goes through it too.
                let levels = builder.unusedName("levels")
                try builder.add(Tensor(scalar: 255), as: levels)
                for layer in [
                    Layer.arithmeticWithParameter(.multiply, operand: levels, side: .right), .integer(.rounding), .clip(0...255),
                ] { vertex = try builder.append(layer, to: [vertex], name: name) }
            }
            if let layer { vertex = try builder.append(layer, to: [vertex], name: name) }
            return ONNXGraph(
                builder: builder, input: (name, vertex), declaredBatch: batch, initialisers: initialisers,
                byteCount: byteCount, folder: folder)
        } catch {
            throw ONNXError(error, at: place)
        }
    }

    /// The layer that rearranges the image as the input wants it; `nil` when it fits as it is.
    private func adaptation() throws(ONNXError) -> Layer? {
        guard let extents, !Self.fits(imageShape, extents) else { return nil }
        if imageShape.count == 3, Self.fits([imageShape[1], imageShape[2], imageShape[0]], extents) {
            return .transpose(permutation: [1, 2, 0])
        }
        // Flattened, or a grey image without its channel axis: the elements are in the image's order.
        let count = imageShape.checkedElementCount
        for place in extents.indices {
            let flat = extents.indices.map { $0 == place ? count ?? 0 : 1 }
            if Self.fits(flat, extents) { return .reshape(to: flat) }
        }
        let withoutUnits = imageShape.filter { $0 != 1 }
        if Self.fits(withoutUnits, extents) { return .reshape(to: withoutUnits) }
        throw ONNXError(.imageShape, at: place, """
            the model takes images of \(Self.text(extents)), and the data's are \(Self.text(imageShape)); choose \
            the data set the model was made for
            """)
    }

    private static func fits(_ shape: [Int], _ extents: [Int?]) -> Bool {
        shape.count == extents.count && zip(shape, extents).allSatisfy { $1 == nil || $0 == $1 }
    }

    private static func text(_ extents: [Int?]) -> String {
        extents.map { $0.map(String.init) ?? "?" }.joined(separator: "×")
    }
}

extension [Int] {
    /// Whether at most one extent differs from 1.
    fileprivate var isFlat: Bool { count(where: { $0 != 1 }) <= 1 }
}
