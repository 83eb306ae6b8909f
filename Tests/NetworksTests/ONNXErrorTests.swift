import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing

/// Bad files are refused with an error that says what is wrong, where, and what to do.
struct ONNXErrorTests {
    /// A file, the kind of error it must cause, and what the message must contain.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let data: Data
        let problem: ONNXError.Problem
        let fragments: [String]

        init(_ name: String, _ problem: ONNXError.Problem, _ fragments: [String], _ data: Data) {
            (testDescription, self.problem, self.fragments, self.data) = (name, problem, fragments, data)
        }
    }

    @Test(arguments: unreadable + invalid + mixingImages + unsupported + tooLarge)
    func isRefused(_ bad: Case) throws {
        let start = ContinuousClock.now
        let error = try #require(throws: ONNXError.self) { try ONNXReader.model(from: bad.data, imageShape: [1, 2, 2]) }
        #expect(error.problem == bad.problem, "\(error)")
        for fragment in bad.fragments { #expect(error.description.contains(fragment), "\(error)") }
        #expect(error.description.count < 700)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func namesAreShortAndPrintable() throws {
        let name = "\u{1B}[2J" + String(repeating: "long", count: 100_000)
        let error = try #require(throws: ONNXError.self) {
            try ONNXReader.model(from: Make.model([Make.node("Relu", [name], ["y"], name: name)]))
        }
        #expect(error.description.count < 700)
        #expect(!error.description.contains("\u{1B}"))
    }

    @Test(arguments: [
        ([nil, 1, 1 << 20, 1 << 20], ONNXError.Problem.tooLarge), ([nil, 1, Int.max, Int.max], .tooLarge),
        ([nil], .imageShape), ([nil, nil, nil, nil], .imageShape), ([nil, 1, 1, 1, 1, 1, 1, 1, 1, 1], .imageShape),
    ])
    func declaredImageIsRefused(_ shape: [Int?], _ problem: ONNXError.Problem) throws {
        let file = Make.model([Self.flatten], inputs: [Make.value("x", shape)], outputs: ["f"])
        let error = try #require(throws: ONNXError.self) { try ONNXReader.model(from: file) }
        #expect(error.problem == problem, "\(error)")
    }

    @Test(arguments: [[nil, 3, 2, 2], [nil, 2, 2, 3], [nil, 5], [1, 2, 3], [nil, 4, 4]] as [[Int?]])
    func inputThatDoesNotFitTheImageIsRefused(_ shape: [Int?]) throws {
        let file = Make.model([Self.flatten], inputs: [Make.value("x", shape)], outputs: ["f"])
        let error = try #require(throws: ONNXError.self) { try ONNXReader.model(from: file, imageShape: [1, 2, 2]) }
        #expect(error.problem == .imageShape)
        #expect(error.description.contains("input \"x\"") && error.description.contains("1×2×2"), "\(error)")
    }

    /// As many layers as are allowed, in a row: nothing recurses along them.
    @Test func aVeryDeepNetworkRuns() throws {
        let nodes = (0..<9_990).map { Make.node("Sigmoid", [$0 == 0 ? "x" : "v\($0)"], ["v\($0 + 1)"], name: "") }
        let model = try ONNXReader.model(from: Make.model(nodes + [Make.node("Flatten", ["v9990"], ["y"])]))
        let logits = try model.network.logits(of: Tensor(shape: [1, 1, 2, 2], values: [0, 0.2, 0.5, 1]))
        // The fixed point of x = 1 / (1 + exp(-x)).
        #expect(logits.values.allSatisfy { abs($0 - 0.659046) < 1e-5 })
        let written = try ONNXReader.model(from: ONNXWriter.data(for: model.network), imageShape: [1, 2, 2])
        #expect(written.network.vertices.count > 9_990)
    }

    private typealias Make = HandmadeONNX

    private static let flatten = Make.node("Flatten", ["x"], ["f"], name: "flatten")
    private static let culprit = ["node \"culprit\""]

    static let unreadable: [Case] = [
        Case("empty", .unreadable, [], Data()),
        Case("text", .unreadable, ["not an ONNX model"], Data("This is not a model.\n".utf8)),
        Case("no graph", .unreadable, ["cut short"], Data(WireMessage().integer(1, 7).message(8, WireMessage().integer(2, 13)).bytes)),
        Case("no opset", .unreadable, ["operator set"], Make.model([flatten], opset: nil, outputs: ["f"])),
        Case("no output", .unreadable, ["cut short"], Make.model([flatten], outputs: [])),
        Case("name that is not UTF-8", .unreadable, [], Make.model([WireMessage().bytes(1, [0xFF, 0xFE]).text(4, "Relu")])),
        Case("length beyond the end", .unreadable, ["cut short"], Data([0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x00])),
        Case("deep groups", .unreadable, [], Data(Array(repeating: 0x7B, count: 1_000_000))),
        // Subgraphs within attributes within nodes: a field that is skipped, whatever it holds.
        Case("deep subgraphs", .unsupported, culprit + ["If"], {
            var graph = WireMessage()
            for _ in 0..<10_000 {
                graph = WireMessage().message(1, WireMessage().message(5, WireMessage().message(6, graph)))
                if graph.bytes.count > 200_000 { break }
            }
            return Make.model([Make.node("If", ["x"], ["y"], [WireMessage().text(1, "then").message(6, graph)])])
        }()),
    ]

    static let invalid: [Case] = [
        Case("two opsets", .invalid, ["9, 13", "contradict"],
             Make.model([flatten], outputs: ["f"]) + Data(WireMessage().message(8, WireMessage().text(1, "ai.onnx").integer(2, 9)).bytes)),
        Case("cycle", .invalid, culprit + ["\"b\"", "cycle"], Make.model([
            Make.node("Add", ["x", "b"], ["a"]), Make.node("Relu", ["a"], ["b"], name: "second"),
            Make.node("Flatten", ["b"], ["y"], name: "third")])),
        Case("self-loop", .invalid, culprit + ["cycle"], Make.model([Make.node("Relu", ["y"], ["y"])])),
        Case("missing input", .invalid, culprit + ["\"nowhere\""], Make.model([Make.node("Add", ["x", "nowhere"], ["y"])])),
        Case("missing output", .invalid, ["\"y\""], Make.model([flatten])),
        Case("too few inputs", .invalid, culprit, Make.model([Make.node("Conv", ["x"], ["y"])])),
        Case("left-out input", .invalid, culprit + ["input 1"], Make.model([Make.node("Conv", ["x", ""], ["y"])])),
        Case("output defined twice", .invalid, culprit + ["\"f\""], Make.model([flatten, Make.node("Relu", ["x"], ["f"])], outputs: ["f"])),
        Case("output named as the input", .invalid, culprit + ["\"x\""], Make.model([Make.node("Relu", ["x"], ["x"])], outputs: ["x"])),
        Case("tensor defined twice", .invalid, ["\"w\""], Make.model([flatten], [
            Make.tensor("w", [1], [1]), Make.tensor("w", [1], [2])], outputs: ["f"])),
        Case("attribute given twice", .invalid, culprit + ["\"axis\""], Make.model([
            Make.node("Flatten", ["x"], ["y"], [Make.integer("axis", 1), Make.integer("axis", 1)])])),
        Case("attribute of another type", .invalid, culprit + ["\"axis\""], Make.model([
            Make.node("Flatten", ["x"], ["y"], [Make.text("axis", "1")])])),
        Case("logits do not depend on the image", .invalid, ["\"w\""], Make.model([], [Make.tensor("w", [4], [1, 2, 3, 4])], outputs: ["w"])),
        Case("logits are an image", .invalid, ["logits"], Make.model([Make.node("Relu", ["x"], ["y"])])),
        Case("weights do not fit", .invalid, culprit + ["[3, 5]"], Make.model(
            [flatten, Make.node("Gemm", ["f", "w"], ["y"], [Make.integer("transB", 1)])], [Make.tensor("w", [3, 5], Array(repeating: 1, count: 15))])),
        Case("channels do not fit", .invalid, culprit, Make.model([Make.node("Conv", ["x", "w"], ["y"])], [
            Make.tensor("w", [1, 2, 1, 1], [1, 1])])),
        Case("window larger than the image", .invalid, culprit, Make.model([Make.node("MaxPool", ["x"], ["y"], [Make.integers("kernel_shape", [3, 3])])])),
        Case("stride 0", .invalid, culprit + ["strides"], Make.model([
            Make.node("MaxPool", ["x"], ["y"], [Make.integers("kernel_shape", [1, 1]), Make.integers("strides", [0, 1])])])),
        Case("negative pads", .invalid, culprit + ["pads"], Make.model([Make.node("Conv", ["x", "w"], ["y"], [
            Make.integers("pads", [0, -1, 0, 0])])], [Make.tensor("w", [1, 1, 1, 1], [1])])),
        Case("endless pads", .invalid, culprit + ["pads"], Make.model([Make.node("Conv", ["x", "w"], ["y"], [
            Make.integers("pads", [0, Int.max, 0, Int.max])])], [Make.tensor("w", [1, 1, 1, 1], [1])])),
        Case("endless dilation", .invalid, culprit + ["dilations"], Make.model([Make.node("Conv", ["x", "w"], ["y"], [
            Make.integers("dilations", [Int.max, Int.max])])], [Make.tensor("w", [1, 1, 2, 2], [1, 1, 1, 1])])),
        Case("no groups", .invalid, culprit + ["groups"], Make.model([Make.node("Conv", ["x", "w"], ["y"], [
            Make.integer("group", 0)])], [Make.tensor("w", [1, 1, 1, 1], [1])])),
        Case("endless groups", .invalid, culprit + ["groups"], Make.model([Make.node("Conv", ["x", "w"], ["y"], [
            Make.integer("group", Int.max)])], [Make.tensor("w", [1, 1, 1, 1], [1])])),
        Case("axis beyond", .invalid, culprit, Make.model([Make.node("Softmax", ["x"], ["y"], [Make.integer("axis", Int.min)])])),
        Case("reshape to another count", .invalid, culprit, Make.model([Make.node("Reshape", ["x", "s"], ["y"])], [Make.list("s", [-1, 5])])),
        Case("reshape overflows", .invalid, culprit, Make.model([Make.node("Reshape", ["x", "s"], ["y"])], [
            Make.list("s", [0, 1 << 62, 1 << 62])])),
        Case("reshape by a million axes", .invalid, culprit, Make.model([Make.node("Reshape", ["x", "s"], ["y"])], [
            Make.list("s", Array(repeating: 1, count: 1_000_000))])),
        Case("bounds crossed", .invalid, culprit, Make.model([Make.node("Clip", ["x"], ["y"], [
            Make.number("min", 1), Make.number("max", 0)])], opset: 10)),
        Case("NaN attribute", .invalid, culprit + ["alpha"], Make.model([Make.node("LeakyRelu", ["x"], ["y"], [Make.number("alpha", .nan)])])),
        Case("division by zero", .invalid, culprit + ["\"c\""], Make.model([Make.node("Div", ["x", "c"], ["y"])], [
            Make.tensor("c", [2], [1, 0])])),
        Case("negative variance", .invalid, culprit + ["\"v\""], Make.model([Make.node("BatchNormalization", ["x", "s", "s", "s", "v"], ["y"])], [
            Make.tensor("s", [1], [1]), Make.tensor("v", [1], [-1])])),
        Case("NaN weight", .invalid, ["\"w\"", "not finite", "element 2"], Make.model([flatten, Make.node("MatMul", ["f", "w"], ["y"])], [
            Make.tensor("w", [4, 1], [1, 1, .nan, 1])])),
        Case("infinite weight", .invalid, ["\"w\"", "not finite"], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [
            Make.tensor("w", [1], [.infinity])])),
        Case("integer weight", .invalid, culprit + ["\"w\""], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [Make.list("w", [1])])),
        Case("too few bytes", .invalid, ["tensor \"w\"", "15 bytes", "damaged"], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [
            WireMessage().integer(1, 4).integer(2, 1).text(8, "w").bytes(9, Array(repeating: 0, count: 15))])),
        Case("too few typed elements", .invalid, ["tensor \"w\"", "4 elements"], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [
            WireMessage().integer(1, 4).integer(2, 1).text(8, "w").number(4, 1)])),
        Case("negative dimension", .invalid, ["tensor \"w\""], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [Make.tensor("w", [-1, -4], [1, 1, 1, 1])])),
        Case("huge dimensions", .invalid, ["tensor \"w\""], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [Make.tensor("w", [1 << 40], [1])])),
        Case("dimensions overflow", .invalid, ["tensor \"w\""], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [
            Make.tensor("w", [1 << 40, 1 << 40], [1])])),
        Case("bytes overflow", .invalid, ["tensor \"w\""], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [Make.tensor("w", [1 << 62], [1])])),
        Case("empty tensor with huge extents", .invalid, ["tensor \"w\""], Make.model([
            Make.node("Transpose", ["w"], ["t"]), Make.node("Mul", ["x", "t"], ["y"])], [Make.tensor("w", [0, 1 << 62, 1 << 62], [])])),
        Case("empty weight", .invalid, ["\"w\""], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [Make.tensor("w", [0], [])])),
        Case("negative input extent", .invalid, ["input \"x\""], Make.model([flatten], inputs: [Make.value("x", [nil, 1, -2, 2])], outputs: ["f"])),
    ]

    /// Operators that would let one image of a batch influence another.
    static let mixingImages: [Case] = [
        ("ReduceMean", [Make.integers("axes", [0])]), ("ReduceMax", [Make.integers("axes", [0])]), ("Split", [Make.integer("axis", 0)]),
        ("ReduceMean", []), ("Softmax", [Make.integer("axis", 0)]),
        ("LogSoftmax", [Make.integer("axis", -4)]), ("Flatten", [Make.integer("axis", 0)]),
        ("Flatten", [Make.integer("axis", 3)]), ("Concat", [Make.integer("axis", 0)]),
    ].map { operation, attributes in
        Case("\(operation) over the batch", .unsupported, culprit + [operation], Make.model([Make.node(operation, ["x"], ["y"], attributes)]))
    } + [
        Case("transposed batch", .unsupported, ["output \"y\"", "batch"], Make.model([
            Make.node("Transpose", ["x"], ["y"], [Make.integers("perm", [1, 0, 2, 3])])])),
        Case("a layer of a transposed batch", .unsupported, culprit + ["batch"], Make.model([
            Make.node("Transpose", ["x"], ["t"], name: "turn"), Make.node("GlobalAveragePool", ["t"], ["y"])])),
        Case("values whose batches lie apart", .unsupported, culprit + ["batch"], Make.model([
            Make.node("Transpose", ["x"], ["t"], name: "turn"), Make.node("Add", ["t", "x"], ["y"])])),
        Case("a matrix product along the batch", .unsupported, culprit + ["batch"], Make.model([
            Make.node("Transpose", ["x"], ["t"], name: "turn"), Make.node("MatMul", ["t", "w"], ["y"])], [
                Make.tensor("w", [2, 1], [1, 1])])),
        Case("a softmax over positions and the batch", .unsupported, culprit + ["batch"], Make.model([
            Make.node("Transpose", ["x"], ["t"], name: "turn"), Make.node("Softmax", ["t"], ["y"])])),
        Case("the sum of a constant repeated over the batch", .unsupported, culprit + ["batch"], Make.model([
            Make.node("Shape", ["x"], ["s"], name: "shape"), Make.node("ConstantOfShape", ["s"], ["c"], name: "repeat"),
            Make.node("ReduceSum", ["c"], ["d"]), Make.node("Add", ["x", "d"], ["y"], name: "sum")])),
        Case("a constant repeated over the batch, moved", .unsupported, culprit + ["batch"], Make.model([
            Make.node("Shape", ["x"], ["s"], name: "shape"), Make.node("ConstantOfShape", ["s"], ["c"], name: "repeat"),
            Make.node("Transpose", ["c"], ["d"]), Make.node("Add", ["x", "d"], ["y"], name: "sum")])),
        Case("a shape that is equal to the batch", .unsupported, culprit + ["batch"], Make.model([
            Make.node("Shape", ["x"], ["s"], name: "shape"), Make.node("Equal", ["s", "k"], ["e"]),
            Make.node("Reshape", ["x", "e"], ["y"], name: "reshape")], [Make.list("k", [3, 1, 2, 2])])),
        Case("tiles along the batch", .unsupported, culprit + ["batch"], Make.model([Make.node("Tile", ["x", "r"], ["y"])], [
            Make.list("r", [2, 1, 1, 1])])),
        Case("reshape merges the batch", .unsupported, culprit + ["batch"], Make.model([Make.node("Reshape", ["x", "s"], ["y"])], [Make.list("s", [2, -1])])),
        Case("reshape by more than there is", .invalid, culprit, Make.model([
            Make.node("Transpose", ["x"], ["t"], name: "turn"), Make.node("Reshape", ["t", "s"], ["y"])], [
                Make.list("s", [1 << 62, 1 << 62, -1])])),
        Case("reshape drops the batch", .unsupported, culprit + ["batch"], Make.model([Make.node("Reshape", ["x", "s"], ["y"])], [Make.list("s", [])])),
        Case("slice of the batch", .unsupported, culprit + ["batch"], Make.model([Make.node("Slice", ["x", "s", "e"], ["y"])], [
            Make.list("s", [0]), Make.list("e", [1])])),
        Case("padding of the batch", .unsupported, culprit + ["batch"], Make.model([Make.node("Pad", ["x", "p"], ["y"])], [
            Make.list("p", [1, 0, 0, 0, 0, 0, 0, 0])])),
        Case("a constant per image of the batch", .unsupported, culprit + ["\"c\"", "batch"], Make.model([Make.node("Add", ["x", "c"], ["y"])], [
            Make.tensor("c", [2, 1, 1, 1], [1, 2])])),
        Case("a constant along the batch", .unsupported, culprit, Make.model([
            Make.node("ReduceMean", ["x"], ["m"], name: "mean", [Make.integers("axes", [1, 2, 3]), Make.integer("keepdims", 0)]),
            Make.node("Add", ["m", "c"], ["y"])], [Make.tensor("c", [2], [1, 2])])),
    ]

    static let unsupported: [Case] = [
        Case("opset too old", .unsupported, ["version 6", "7 to 25"], Make.model([flatten], opset: 6, outputs: ["f"])),
        Case("opset too new", .unsupported, ["version 26", "7 to 25"], Make.model([flatten], opset: 26, outputs: ["f"])),
        Case("operator", .unsupported, culprit + ["(Det)", "docs/onnx.md"], Make.model([Make.node("Det", ["x"], ["y"])])),
        Case("random numbers", .unsupported, culprit + ["random"], Make.model([Make.node("RandomNormalLike", ["x"], ["y"])])),
        Case("a class alone", .unsupported, culprit + ["scores"], Make.model([Make.node("ArgMax", ["x"], ["y"])])),
        Case("recurrent layer", .unsupported, culprit + ["recurrent"], Make.model([Make.node("LSTM", ["x"], ["y"])])),
        Case("sorting", .unsupported, culprit + ["sorting"], Make.model([Make.node("TopK", ["x"], ["y"])])),
        Case("control flow", .unsupported, culprit + ["control flow"], Make.model([Make.node("Loop", ["x"], ["y"])])),
        Case("text", .unsupported, culprit + ["text"], Make.model([Make.node("StringNormalizer", ["x"], ["y"])])),
        Case("convolution over three axes", .unsupported, culprit + ["two axes"], Make.model([Make.node("Conv", ["x", "w"], ["y"])], [
            Make.tensor("w", [1, 1, 1, 1, 1], [1])])),
        Case("resizing by regions", .unsupported, culprit + ["tf_crop_and_resize"], Make.model([
            Make.node("Resize", ["x", "", "s"], ["y"], [Make.text("coordinate_transformation_mode", "tf_crop_and_resize")])], [
                Make.tensor("s", [4], [1, 1, 2, 2])])),
        Case("a choice from infinities", .unsupported, culprit + ["\"c\""], Make.model([
            Make.node("Greater", ["x", "h"], ["m"], name: "compare"), Make.node("Where", ["m", "x", "c"], ["y"])], [
                Make.tensor("h", [1], [0.5]), Make.tensor("c", [1], [-.infinity])])),
        Case("domain", .unsupported, culprit + ["com.microsoft"], Make.model([Make.node("Gelu", ["x"], ["y"]).text(7, "com.microsoft")])),
        Case("attribute", .unsupported, culprit + ["\"blocksize\""], Make.model([Make.node("Relu", ["x"], ["y"], [Make.integer("blocksize", 2)])])),
        Case("external data", .unsupported, ["tensor \"w\"", "another file", "path"], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [
            WireMessage().integer(1, 4).integer(2, 1).text(8, "w").integer(14, 1)])),
        Case("element type", .unsupported, ["tensor \"w\"", "float32"], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [
            WireMessage().integer(1, 2).integer(2, 4).text(8, "w").bytes(9, [1, 2, 3, 4])])),
        Case("bytes as numbers", .invalid, culprit + ["integers"], Make.model([Make.node("Mul", ["x", "w"], ["y"])], [
            WireMessage().integer(1, 4).integer(2, 2).text(8, "w").bytes(9, [1, 2, 3, 4])])),
        Case("integer image", .unsupported, ["input \"x\""], Make.model([flatten], inputs: [Make.value("x", [nil, 1, 2, 2], type: 6)], outputs: ["f"])),
        Case("two inputs", .unsupported, ["\"x\", \"z\""], Make.model([flatten], inputs: [
            Make.value("x", [nil, 1, 2, 2]), Make.value("z", [nil, 1, 2, 2])], outputs: ["f"])),
        Case("two outputs", .unsupported, ["\"f\", \"g\"", "--output-name"], Make.model([flatten], outputs: ["f", "g"])),
        Case("second output used", .unsupported, culprit + ["\"indices\""], Make.model([
            Make.node("MaxPool", ["x"], ["p", "indices"], [Make.integers("kernel_shape", [1, 1])]),
            Make.node("Add", ["p", "indices"], ["y"], name: "sum")])),
        Case("batch normalisation in training", .unsupported, culprit + ["eval"], Make.model([
            Make.node("BatchNormalization", ["x", "s", "s", "s", "s"], ["y"], [Make.integer("training_mode", 1)])], [Make.tensor("s", [1], [1])])),
        Case("dropout in training", .unsupported, culprit + ["eval"], Make.model([Make.node("Dropout", ["x", "", "t"], ["y"])], [
            WireMessage().integer(2, 9).text(8, "t").bytes(9, [1])])),
        Case("convolution of one axis", .unsupported, culprit, Make.model([Make.node("Conv", ["x", "w"], ["y"])], [Make.tensor("w", [1, 1, 1], [1])])),
        Case("value cast to integers", .unsupported, culprit, Make.model([Make.node("Cast", ["x"], ["y"], [Make.integer("to", 7)])])),
        Case("integers overflow", .unsupported, culprit + ["overflow"], Make.model([
            Make.node("Mul", ["big", "big"], ["s"]), Make.node("Reshape", ["x", "s"], ["y"], name: "reshape")], [Make.list("big", [Int.min])])),
        Case("integer division overflows", .unsupported, culprit + ["overflow"], Make.model([
            Make.node("Div", ["big", "minus"], ["s"]), Make.node("Reshape", ["x", "s"], ["y"], name: "reshape")], [
                Make.list("big", [Int.min]), Make.list("minus", [-1])])),
    ]

    static let tooLarge: [Case] = [
        Case("too many nodes", .tooLarge, ["10001 nodes"], Make.model(
            (0...10_000).map { Make.node("Relu", ["x"], ["y\($0)"], name: "") }, outputs: ["y0"])),
        Case("a million nodes", .tooLarge, ["nodes"], repeating([0x0A, 0x00], inGraph: true)),
        Case("a million nodes after a group", .tooLarge, ["nodes"], Data([0x7B, 0x7C]) + repeating([0x0A, 0x00], inGraph: true)),
        Case("a million tensors", .tooLarge, ["tensors"], repeating([0x2A, 0x00], inGraph: true)),
        Case("a million inputs", .tooLarge, [], repeating([0x5A, 0x00], inGraph: true)),
        Case("a million attributes", .tooLarge, ["attributes"], repeating([0x0A, 0x02, 0x2A, 0x00], inGraph: true)),
        Case("a million properties", .tooLarge, [], repeating([0x72, 0x00], inGraph: false)),
        Case("doubling sixty times", .tooLarge, ["node \"double"], Make.model((0..<60).map {
            Make.node("Concat", ["v\($0)", "v\($0)"], ["v\($0 + 1)"], name: "double\($0)", [Make.integer("axis", 1)])
        } + [Make.node("Flatten", ["v60"], ["y"], name: "last")], inputs: [Make.value("v0", [nil, 1, 2, 2])])),
        Case("constants doubling sixty times", .tooLarge, ["node \"double"], Make.model((0..<60).map {
            Make.node("Concat", ["v\($0)", "v\($0)"], ["v\($0 + 1)"], name: "double\($0)", [Make.integer("axis", 0)])
        } + [Make.node("Add", ["x", "v60"], ["y"], name: "last")], [Make.tensor("v0", [1], [1])])),
        Case("constants made large", .tooLarge, culprit, Make.model([
            Make.node("ConstantOfShape", ["s"], ["c"]), Make.node("Add", ["x", "c"], ["y"], name: "sum")], [Make.list("s", [1 << 30, 1 << 30])])),
        Case("constants broadcast", .tooLarge, culprit, Make.model([
            Make.node("Add", ["a", "b"], ["c"]), Make.node("Add", ["x", "c"], ["y"], name: "sum")], [
                Make.tensor("a", [3000, 1], Array(repeating: 1, count: 3000)), Make.tensor("b", [1, 3000], Array(repeating: 1, count: 3000))])),
        Case("empty constants doubling", .tooLarge, ["node \"double"], Make.model([
            Make.node("Slice", ["w", "zero", "zero", "zero"], ["v0"], name: "empty")] + (0..<80).map {
            Make.node("Concat", ["v\($0)", "v\($0)"], ["v\($0 + 1)"], name: "double\($0)", [Make.integer("axis", 1)])
        } + [Make.node("Add", ["x", "v80"], ["y"], name: "last")], [Make.tensor("w", [1, 1], [1]), Make.list("zero", [0])])),
        Case("a large matrix of interpolation", .tooLarge, culprit, Make.model([
            Make.node("Resize", ["x", "", "k"], ["l"], name: "wide"), Make.node("Resize", ["l", "", "two"], ["y"], [Make.text("mode", "linear")])], [
                Make.tensor("k", [4], [1, 1, 1, 8192]), Make.tensor("two", [4], [1, 1, 1, 2])])),
        Case("endless tiles", .tooLarge, culprit, Make.model([Make.node("Tile", ["x", "r"], ["y"])], [Make.list("r", [1, 1, 60_000, 60_000])])),
        Case("endless repetition", .tooLarge, culprit, Make.model([
            Make.node("ReduceMean", ["x"], ["m"], name: "mean", [Make.integers("axes", [2, 3])]), Make.node("Expand", ["m", "s"], ["y"])], [
                Make.list("s", [1, 1, 1 << 30, 1 << 30])])),
        Case("an endless range", .tooLarge, culprit, Make.model([
            Make.node("Range", ["zero", "end", "one"], ["k"]), Make.node("Gather", ["x", "k"], ["y"], name: "gather", [Make.integer("axis", 2)])], [
                Make.list("zero", [0]), Make.list("end", [1 << 30]), Make.list("one", [1])])),
        Case("endless padding", .tooLarge, culprit, Make.model([Make.node("Pad", ["x", "p"], ["y"])], [
            Make.list("p", [0, 60_000, 60_000, 60_000, 0, 60_000, 60_000, 60_000])])),
        Case("padded convolution", .tooLarge, culprit, Make.model([Make.node("Conv", ["x", "w"], ["y"], [
            Make.integers("pads", [60_000, 60_000, 60_000, 60_000])])], [Make.tensor("w", [1, 1, 1, 1], [1])])),
        Case("values broadcast", .tooLarge, ["node \"outer3\""], {
            // An outer sum squares the number of elements: 4, 16, 256, 65,536 and then too many.
            let counts = [4, 16, 256, 65_536]
            let nodes = counts.indices.flatMap { k in
                [
                    Make.node("Reshape", ["v\(k)", "column\(k)"], ["a\(k)"]), Make.node("Reshape", ["v\(k)", "row\(k)"], ["b\(k)"]),
                    Make.node("Add", ["a\(k)", "b\(k)"], ["v\(k + 1)"], name: "outer\(k)"),
                ]
            }
            let lists = counts.enumerated().flatMap { k, count in
                [Make.list("column\(k)", [0, count, 1]), Make.list("row\(k)", [0, 1, count])]
            }
            return Make.model(nodes + [Make.node("Flatten", ["v4"], ["y"])], lists, inputs: [Make.value("v0", [nil, 1, 2, 2])])
        }()),
    ]

    /// A file, or the graph of a file, that only repeats the same bytes a million times.
    private static func repeating(_ bytes: [UInt8], inGraph: Bool) -> Data {
        let content = Array(repeatElement(bytes, count: 1_000_000).joined())
        return Data(inGraph ? WireMessage().bytes(7, content).bytes : content)
    }
}
