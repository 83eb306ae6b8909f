import CSuretyOneDNN
import Foundation
import SuretyGraphs
import SuretyTensors
import Testing
import TestSupport

@Suite struct EngineTests {
    @Test func theLibraryIsNamedWithItsVersion() throws {
        _ = try Engine()
        #expect(Engine.libraryVersion.wholeMatch(of: /oneDNN 2\.\d+\.\d+ with .+/) != nil)
    }

    /// oneDNN has other kernels and layouts for older processors: each set is tried in its own process.
    @Test(arguments: ["SSE41", "AVX2", "AVX512_CORE"])
    func everyInstructionSetComputesTheSame(instructionSet: String) async {
        await #expect(processExitsWith: .success) { [instructionSet = instructionSet as String] in
            setenv("DNNL_MAX_CPU_ISA", instructionSet, 1)
            for channels in [1, 3, 5, 16, 20] { try expectBlockedLayoutsToFlow(channels: channels, batch: 2) }
            for seed in 1000..<1100 {
                let graph = try RandomGraph(seed: seed)
                try expectProgramsMatchReference(
                    graph.outputs, of: graph.inputs, values: graph.values, tolerance: 5e-5, "random graph \(seed)")
            }
        }
    }

    /// Kernels compute in single precision also where the environment asks for bfloat16: proofs are about such sums.
    @Test(arguments: ["BF16", "ANY"]) func theEnvironmentDoesNotLowerThePrecision(mode: String) async {
        await #expect(processExitsWith: .success) { [mode = mode as String] in
            setenv("ONEDNN_DEFAULT_FPMATH_MODE", mode, 1)
            setenv("DNNL_DEFAULT_FPMATH_MODE", mode, 1)
            var engine: OpaquePointer?
            try #require(surety_dnn_engine_create(&engine) == 0)
            let geometry = surety_dnn_geometry(
                batch: 2, input_channels: 3, output_channels: 4, groups: 1, input: (8, 8), output: (6, 6), window: (3, 3),
                stride: (1, 1), dilation: (1, 1), padding_before: (0, 0), padding_after: (0, 0))
            let plain = surety_dnn_epilogue(accumulates: false, rectifies: false, negative_slope: 0)
            var kernels: [OpaquePointer?] = [nil, nil, nil]
            try #require(surety_dnn_convolution(engine, geometry, true, plain, &kernels[0]) == 0)
            try #require(surety_dnn_convolution_backward_data(engine, geometry, false, &kernels[1]) == 0)
            try #require(surety_dnn_dense(engine, 8, 32, 16, true, plain, &kernels[2]) == 0)
            for kernel in kernels { #expect(surety_dnn_kernel_is_strict(kernel)) }
        }
    }

    /// An image's logits and their derivatives have the same bits in every batch and at every place in it, on every kind of
    /// processor: votes, attacks and bounds must not depend on how images are batched.
    @Test(arguments: ["SSE41", "AVX", "AVX2", "AVX512_CORE"])
    func rowsDoNotDependOnTheBatch(instructionSet: String) async {
        await #expect(processExitsWith: .success) { [instructionSet = instructionSet as String] in
            setenv("DNNL_MAX_CPU_ISA", instructionSet, 1)
            try expectRowsNotToDependOnTheBatch()
        }
    }
}

private func expectRowsNotToDependOnTheBatch() throws {
    var generator = SeededGenerator(seed: 1)
    func random(_ shape: [Int]) -> Tensor {
        Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in .random(in: -1...1, using: &generator) })
    }
    let images = random([64, 3, 12, 12])
    let (first, second) = (Node.constant(random([20, 3, 5, 5])), Node.constant(random([24, 20, 3, 3])))
    let (hidden, last) = (Node.constant(random([65, 24])), Node.constant(random([10, 65])))
    /// Logits, and the derivative of a weighted sum of them with respect to the image.
    func results(_ batch: Tensor) throws -> [[Float]] {
        let input = Node.input("images", shape: batch.shape)
        let features = try input.convolution(weights: first).relu().maximumPool(Window(size: [2, 2], strides: [2, 2]))
            .convolution(weights: second, geometry: ConvolutionGeometry(stride: 2, padding: 0)).relu()
        let pooled = try features.reshaped(to: [batch.shape[0], Array(features.shape[1...]).elementCount]).sliced(
            from: [0, 0], to: [batch.shape[0], 24])
        let logits = try pooled.dense(weights: hidden, bias: .constant(Tensor(shape: [65], repeating: 0.1))).relu()
            .dense(weights: last)
        let sum = try (logits * .constant(Tensor(shape: [10], values: (0..<10).map { Float($0) - 4.5 }))).sum()
        let derivative = try gradient(of: sum, with: [input])[0]
        return try Program(computing: [logits, derivative], from: [input]).makeExecutor().run([batch]).map(\.values)
    }
    let size = 3 * 12 * 12
    let reference = try (0..<64).map { index in
        try results(Tensor(shape: [1, 3, 12, 12], values: Array(images.values[index * size..<(index + 1) * size])))
    }
    for batch in [2, 7, 8, 31, 32, 64] {
        let together = try results(Tensor(shape: [batch, 3, 12, 12], values: Array(images.values[..<(batch * size)])))
        #expect(together[0] == reference[..<batch].flatMap { $0[0] }, "logits of a batch of \(batch)")
        #expect(together[1] == reference[..<batch].flatMap { $0[1] }, "derivatives of a batch of \(batch)")
    }
    let wide = random([512, 784])
    let matrix = Node.constant(random([33, 784]))
    /// The rows times a matrix as a layer, and by a product with it as it is and transposed.
    func products(_ rows: ArraySlice<Float>) throws -> [[Float]] {
        let batch = Tensor(shape: [rows.count / 784, 784], values: Array(rows))
        let input = Node.input("rows", shape: batch.shape)
        let results = try [
            input.dense(weights: matrix), input.product(matrix, transposingRight: true), input.product(matrix.transposed([1, 0])),
        ]
        return try Program(computing: results, from: [input]).makeExecutor().run([batch]).map(\.values)
    }
    let whole = try products(wide.values[...])
    for batch in [1, 2, 7, 8, 32] {
        for (rows, all) in zip(try products(wide.values[..<(batch * 784)]), whole) {
            #expect(rows == Array(all[..<(batch * 33)]), "\(batch) rows of 512")
        }
    }
    // Dense layers, and convolutions that are the same, with all that is fused into them: sizes that no vector divides, and some
    // that are summed in several parts.
    for (inputs, outputs) in [(3, 7), (97, 77), (192, 768), (1024, 200), (2500, 33)] {
        let weights = random([outputs, inputs])
        let window = Node.constant(Tensor(shape: [outputs, inputs, 1, 1], values: weights.values))
        let (matrix, bias) = (Node.constant(weights), Node.constant(random([outputs])))
        let (rows, residuals) = (random([211, inputs]).values, random([211, outputs]).values)
        func results(of places: [Int]) throws -> [[Float]] {
            func picked(_ values: [Float], _ width: Int) -> Tensor {
                Tensor(shape: [places.count, width], values: places.flatMap { values[$0 * width..<($0 + 1) * width] })
            }
            let x = Node.input("x", shape: [places.count, inputs])
            let residual = Node.input("residual", shape: [places.count, outputs])
            let result = try (x.dense(weights: matrix, bias: bias) + residual).relu()
            let pixels = try x.reshaped(to: [places.count, inputs, 1, 1]).convolution(weights: window, bias: bias)
            let added = try (pixels + residual.reshaped(to: [places.count, outputs, 1, 1])).relu()
            let layers = try [result, x.dense(weights: matrix), added]
            let values = try Program(computing: layers, from: [x, residual]).makeExecutor()
                .run([picked(rows, inputs), picked(residuals, outputs)]).map(\.values)
            return places.indices.map { place in values.flatMap { $0[place * outputs..<(place + 1) * outputs] } }
        }
        let whole = try results(of: Array(0..<211))
        for count in [1, 2, 5, 13, 64, 197] {
            let places = (0..<count).map { ($0 * 37 + count) % 211 }
            #expect(try results(of: places) == places.map { whole[$0] }, "\(count) rows of 211, a layer of \(inputs)×\(outputs)")
        }
    }
}
