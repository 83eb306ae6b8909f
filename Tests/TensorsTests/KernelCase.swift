import CSuretyKernels
import SuretyStatistics
import Testing
import TestSupport

/// A kernel, run on random numbers in lengths that fill vectors and that do not.
struct KernelCase: Sendable, CustomTestStringConvertible {
    let name: String
    private let run: @Sendable (surety_kernels, inout KernelInputs, inout [UInt64]) -> Void

    init(_ name: String, _ run: @escaping @Sendable (surety_kernels, inout KernelInputs, inout [UInt64]) -> Void) {
        (self.name, self.run) = (name, run)
    }

    var testDescription: String { name }

    /// What the kernel computes at the level of `kernels`, bit for bit; all NaN are one.
    func bits(_ kernels: surety_kernels) -> [UInt64] {
        var inputs = KernelInputs()
        var bits: [UInt64] = []
        run(kernels, &inputs, &bits)
        return bits
    }

    static let all = elementwise + rearranging + windows + noise + attacks + bounds + training + wasserstein + integers
}

/// Random numbers for kernels: the same for each level.
struct KernelInputs {
    private var random = SeededGenerator(seed: 17)

    static let lengths = [0, 1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 257, 1000]

    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -3...3) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &random) }
    }

    /// Whole numbers and those between two, where rounding has a tie.
    mutating func halves(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float(Int.random(in: -600...600, using: &random)) / 2 }
    }

    mutating func codes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    mutating func doubles(_ count: Int, in range: ClosedRange<Double> = -3...3) -> [Double] {
        (0..<count).map { _ in Double.random(in: range, using: &random) }
    }

    /// One in eight is a zero, infinite, subnormal, huge or no number.
    mutating func anything(_ count: Int) -> [Float] {
        let special: [Float] = [
            0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNormalMagnitude / 8, .leastNormalMagnitude,
            .greatestFiniteMagnitude,
        ]
        return floats(count).map { Int.random(in: 0..<8, using: &random) == 0 ? special.randomElement(using: &random) ?? $0 : $0 }
    }
}

extension [UInt64] {
    fileprivate mutating func add(_ numbers: [Float]) {
        self += numbers.map { $0.isNaN ? .max : UInt64($0.bitPattern) }
    }

    fileprivate mutating func add(_ numbers: [Double]) {
        self += numbers.map { $0.isNaN ? .max : $0.bitPattern }
    }
}

extension KernelCase {
    private typealias Binary = @convention(c) (UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void

    private static func binary(_ name: String, _ kernel: @escaping @Sendable (surety_kernels) -> Binary) -> KernelCase {
        KernelCase(name) { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let (a, b) = (inputs.anything(count), inputs.anything(count))
                var out = [Float](repeating: 0, count: count)
                kernel(kernels)(a, b, &out, count)
                bits.add(out)
            }
        }
    }

    private static let elementwise: [KernelCase] = [
        binary("add") { $0.add }, binary("subtract") { $0.subtract }, binary("multiply") { $0.multiply },
        binary("divide") { $0.divide },
        KernelCase("rectify") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                for slope: Float in [0, 0.1] {
                    let x = inputs.anything(count)
                    var out = [Float](repeating: 0, count: count)
                    kernels.rectify(x, slope, &out, count)
                    bits.add(out)
                    var inPlace = x
                    inPlace.withUnsafeMutableBufferPointer { kernels.rectify($0.baseAddress, slope, $0.baseAddress, count) }
                    #expect(inPlace.map(\.bitPattern) == out.map(\.bitPattern) || x.contains(where: \.isNaN))
                    bits.add(inPlace)
                }
            }
        },
        KernelCase("rectify_gradient") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let (cotangent, x) = (inputs.anything(count), inputs.anything(count))
                var out = [Float](repeating: 0, count: count)
                kernels.rectify_gradient(cotangent, x, 0.1, &out, count)
                bits.add(out)
            }
        },
        KernelCase("clip") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let x = inputs.anything(count)
                var out = [Float](repeating: 0, count: count)
                kernels.clip(x, -1, 0.5, &out, count)
                bits.add(out)
            }
        },
        KernelCase("clip_gradient") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let (cotangent, x) = (inputs.anything(count), inputs.anything(count))
                var out = [Float](repeating: 0, count: count)
                kernels.clip_gradient(cotangent, x, -1, 0.5, &out, count)
                bits.add(out)
            }
        },
        KernelCase("apply") { kernels, inputs, bits in
            for function in surety_exponential.rawValue...surety_elu.rawValue {
                for count in KernelInputs.lengths {
                    let x = inputs.anything(count)
                    var out = [Float](repeating: 0, count: count)
                    kernels.apply(surety_function(function), 1.5, x, &out, count)
                    bits.add(out)
                }
            }
        },
        KernelCase("softmax") { kernels, inputs, bits in
            for count in KernelInputs.lengths where count > 0 {
                let x = inputs.floats(3 * count, in: -20...20)
                var out = [Float](repeating: 0, count: 3 * count)
                kernels.softmax(x, &out, 3, count)
                bits.add(out)
            }
        },
        repeated("add_repeated") { $0.add_repeated }, repeated("subtract_repeated") { $0.subtract_repeated },
        repeated("multiply_repeated") { $0.multiply_repeated }, repeated("divide_repeated") { $0.divide_repeated },
        KernelCase("rectify_affine") { kernels, inputs, bits in
            for (outer, middle, inner) in [(2, 5, 1), (7, 8, 1), (3, 16, 1), (2, 40, 1), (3, 4, 17), (2, 1, 100), (0, 3, 4)] {
                for slope: Float in [0, 0.25] {
                    let x = inputs.anything(outer * middle * inner)
                    let (scale, shift) = (inputs.anything(middle), inputs.anything(middle))
                    let shape = surety_repetition(outer: Int64(outer), middle: Int64(middle), inner: Int64(inner))
                    var out = [Float](repeating: 0, count: x.count)
                    kernels.rectify_affine(x, scale, shift, slope, &out, shape)
                    bits.add(out)
                }
            }
        },
    ]

    private typealias Repeated = @convention(c) (
        UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, surety_repetition
    ) -> Void

    private static func repeated(_ name: String, _ kernel: @escaping @Sendable (surety_kernels) -> Repeated) -> KernelCase {
        KernelCase(name) { kernels, inputs, bits in
            for (outer, middle, inner) in [(2, 5, 1), (3, 4, 17), (1, 33, 16), (2, 1, 100), (0, 3, 4)] {
                let left = inputs.anything(outer * middle * inner)
                let right = inputs.anything(middle)
                var out = [Float](repeating: 0, count: left.count)
                kernel(kernels)(
                    left, right, &out, surety_repetition(outer: Int64(outer), middle: Int64(middle), inner: Int64(inner)))
                bits.add(out)
            }
        }
    }

    /// A description of axes with these extents and strides.
    private static func strided(_ extents: [Int64], from input: [Int64], to output: [Int64]) -> surety_strided {
        var it = surety_strided()
        it.rank = Int32(extents.count)
        withUnsafeMutableBytes(of: &it.extents) { _ = $0.bindMemory(to: Int64.self).update(fromContentsOf: extents) }
        withUnsafeMutableBytes(of: &it.input_strides) { _ = $0.bindMemory(to: Int64.self).update(fromContentsOf: input) }
        withUnsafeMutableBytes(of: &it.output_strides) { _ = $0.bindMemory(to: Int64.self).update(fromContentsOf: output) }
        return it
    }

    private static let rearranging: [KernelCase] = [
        KernelCase("multiply_matrices") { kernels, inputs, bits in
            for (rows, inner, columns) in [(1, 1, 1), (6, 16, 16), (7, 300, 17), (13, 5, 33), (2, 513, 40), (3, 0, 4)] as [(Int64, Int64, Int64)] {
                for isTransposed in [false, true] {
                    var product = surety_matrix_product(
                        rows: rows, inner: inner, columns: columns, left: isTransposed ? (1, rows) : (inner, 1),
                        right: isTransposed ? (1, inner) : (columns, 1))
                    let (left, right) = (inputs.floats(Int(rows * inner)), inputs.floats(Int(inner * columns)))
                    var out = [Float](repeating: 7, count: Int(rows * columns))
                    kernels.multiply_matrices(&product, left, right, &out)
                    bits.add(out)
                }
            }
        },
        KernelCase("strided_copy") { kernels, inputs, bits in
            let x = inputs.anything(3 * 5 * 37)
            for input in [[185, 37, 1], [1, 3, 15], [37, 0, 1], [185, 37, 0]] as [[Int64]] {
                var shape = strided([3, 5, 37], from: input, to: [185, 37, 1])
                var out = [Float](repeating: 0, count: x.count)
                kernels.strided_copy(&shape, x, &out)
                bits.add(out)
            }
        },
        KernelCase("strided_sum") { kernels, inputs, bits in
            let x = inputs.floats(7 * 11 * 500)
            for axis in 0..<3 {
                let (extents, strides): ([Int64], [Int64]) = ([7, 11, 500], [5500, 500, 1])
                let others = [0, 1, 2].filter { $0 != axis }
                var kept = strided([extents[axis]], from: [strides[axis]], to: [1])
                var summed = strided(others.map { extents[$0] }, from: others.map { strides[$0] }, to: [0, 0])
                var out = [Float](repeating: 0, count: Int(extents[axis]))
                kernels.strided_sum(&kept, &summed, x, &out)
                bits.add(out)
            }
        },
        KernelCase("channel_sum") { kernels, inputs, bits in
            for (channels, block) in [(37, 16), (16, 16), (13, 8), (3, 1), (6, 4)] {
                let x = inputs.floats(2 * ((channels + block - 1) / block * block) * 300)
                var out = [Float](repeating: 0, count: channels)
                let shape = surety_channels(images: 2, channels: Int64(channels), block: Int64(block), pixels: 300)
                kernels.channel_sum(shape, x, &out)
                bits.add(out)
            }
        },
    ]

    /// Windows over 2 planes of 9 × 37.
    private static let poolings = [pooling(3, 2, 1, 1), pooling(2, 2, 1, 0), pooling(3, 1, 2, 2), pooling(1, 1, 1, 0)]

    private static func pooling(_ size: Int64, _ stride: Int64, _ dilation: Int64, _ padding: Int64) -> surety_window {
        func output(_ extent: Int64) -> Int64 { (extent + 2 * padding - dilation * (size - 1) - 1) / stride + 1 }
        return surety_window(
            planes: 2, input: (9, 37), output: (output(9), output(37)), size: (size, size), stride: (stride, stride),
            dilation: (dilation, dilation), padding: (padding, padding))
    }

    private static let windows: [KernelCase] = [
        KernelCase("maximum_pool") { kernels, inputs, bits in
            for window in poolings {
                for block in [1, 4, 16, 21] {
                    var window = window
                    let x = inputs.anything(2 * 9 * 37 * block)
                    var out = [Float](repeating: 0, count: 2 * Int(window.output.0 * window.output.1) * block)
                    kernels.maximum_pool(&window, Int64(block), x, &out)
                    bits.add(out)
                }
            }
        },
        KernelCase("scatter_to_maximum") { kernels, inputs, bits in
            for window in poolings {
                for block in [1, 4, 16, 21] {
                    var window = window
                    let x = inputs.anything(2 * 9 * 37 * block)
                    let cotangent = inputs.floats(2 * Int(window.output.0 * window.output.1) * block)
                    var out = [Float](repeating: 0, count: x.count)
                    kernels.scatter_to_maximum(&window, Int64(block), cotangent, x, &out)
                    bits.add(out)
                }
            }
        },
        KernelCase("pick_at_maximum") { kernels, inputs, bits in
            for window in poolings {
                for block in [1, 4, 16, 21] {
                    var window = window
                    let (x, values) = (inputs.anything(2 * 9 * 37 * block), inputs.floats(2 * 9 * 37 * block))
                    var out = [Float](repeating: 0, count: 2 * Int(window.output.0 * window.output.1) * block)
                    kernels.pick_at_maximum(&window, Int64(block), values, x, &out)
                    bits.add(out)
                }
            }
        },
        KernelCase("add_columns") { kernels, inputs, bits in
            for (stride, dilation) in [(1, 1), (2, 1), (1, 2)] as [(Int64, Int64)] {
                func positions(_ extent: Int64) -> Int64 { (extent + 2 - 2 * dilation - 1) / stride + 1 }
                var columns = surety_columns(
                    channels: 2, image: (9, 41), positions: (positions(9), positions(41)), window: (3, 3),
                    stride: (stride, stride), dilation: (dilation, dilation), padding: (1, 1))
                let values = inputs.floats(2 * 9 * Int(columns.positions.0 * columns.positions.1))
                var image = [Float](repeating: 0, count: 2 * 9 * 41)
                kernels.add_columns(&columns, values, &image)
                bits.add(image)
            }
        },
    ]

    /// Laws that take each of the kernels' ways: a table alone, many thresholds, and so many that 16 bits decide nothing.
    private static let gridLaws = [(0.01, 255), (0.25, 255), (4, 255), (0.5, 65535)].map { KernelLaw(sigma: $0, steps: $1) }

    private static func gridCounter(_ count: Int) -> surety_noise_counter {
        surety_noise_counter(sample: UInt32(count), image: 7, stream: 3)
    }

    private static let integers: [KernelCase] = [
        KernelCase("round") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let x = inputs.halves(count) + inputs.anything(count)
                var out = [Float](repeating: 0, count: x.count)
                kernels.round(x, &out, x.count)
                bits.add(out)
            }
        },
        KernelCase("quantise") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                for (scale, zeroPoint) in [(1, 0), (0.037, 128), (0.5, 255)] as [(Float, Int32)] {
                    let x = inputs.halves(count) + inputs.anything(count)
                    var out = [UInt8](repeating: 0, count: x.count)
                    kernels.quantise(x, scale, zeroPoint, &out, x.count)
                    bits += out.map(UInt64.init)
                }
            }
        },
        KernelCase("add_codes") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                var sum = surety_code_sum(zero_points: (0, 128), scales: (0.5, 4), zero_point: 3)
                let (a, b) = (inputs.codes(count), inputs.codes(count))
                var out = [UInt8](repeating: 0, count: count)
                kernels.add_codes(a, b, &sum, &out, count)
                bits += out.map(UInt64.init)
            }
        },
        KernelCase("look_up") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let (table, x) = (inputs.codes(256), inputs.codes(count))
                var out = [UInt8](repeating: 0, count: count)
                kernels.look_up(table, x, &out, count)
                bits += out.map(UInt64.init)
            }
        },
        KernelCase("flip_signs") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                var codes = inputs.codes(count)
                kernels.flip_signs(&codes, count)
                bits += codes.map(UInt64.init)
            }
        },
        KernelCase("convolve_codes") { kernels, inputs, bits in
            for groups in [1, 2] as [Int64] {
                var convolution = surety_code_convolution(
                    batch: 2, groups: groups, channels: 6, outputs: 4, input: (5, 7), output: (3, 4), window: (3, 2), strides: (2, 2),
                    dilation: (1, 1), padding: (1, 1), zero_point: 77)
                let length = Int(6 / groups) * 6, x = inputs.codes(2 * 6 * 35)
                let weights = inputs.halves(4 * length).map { ($0 / 5).rounded() }
                var workspace = [Int16](repeating: 0, count: 5 * length), out = [Float](repeating: 0, count: 2 * 4 * 12)
                kernels.convolve_codes(&convolution, x, weights, inputs.halves(4), inputs.floats(4), &workspace, &out)
                bits.add(out)
            }
        },
        KernelCase("maximum_pool_codes") { kernels, inputs, bits in
            for window in poolings {
                for block in [1, 4, 16, 21, 64, 100] {
                    var window = window
                    let x = inputs.codes(2 * 9 * 37 * block)
                    var out = [UInt8](repeating: 0, count: 2 * Int(window.output.0 * window.output.1) * block)
                    kernels.maximum_pool_codes(&window, Int64(block), x, &out)
                    bits += out.map(UInt64.init)
                }
            }
        },
    ]

    private static let noise: [KernelCase] = [
        KernelCase("add_noise") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let image = inputs.floats(count, in: 0...1)
                var out = [Float](repeating: 0, count: count)
                let at = surety_noise_counter(sample: UInt32(count), image: 7, stream: 3)
                kernels.add_noise(at, 0x0123_4567_89AB_CDEF, 0.5, image, &out, count)
                bits.add(out)
            }
        },
        KernelCase("add_grid_noise") { kernels, inputs, bits in
            for (law, count) in gridLaws.flatMap({ law in (KernelInputs.lengths + [5000]).map { (law, $0) } }) {
                let points = (0..<count).map { Int32($0 % 256) }
                var out = [Int32](repeating: 0, count: count)
                kernels.add_grid_noise(law.pointer, gridCounter(count), 0x0123_4567_89AB_CDEF, points, &out, count)
                bits += out.map { UInt64(bitPattern: Int64($0)) }
            }
        },
        KernelCase("draw_noisy_image") { kernels, inputs, bits in
            for (law, count) in gridLaws.flatMap({ law in (KernelInputs.lengths + [5000]).map { (law, $0) } }) {
                let points = (0..<count).map { Int32($0 % 256) }
                var out = [Float](repeating: 0, count: count)
                kernels.draw_noisy_image(law.pointer, gridCounter(count), 0x0123_4567_89AB_CDEF, points, 255, &out, count)
                bits.add(out)
            }
        },
        KernelCase("grid_integers") { kernels, _, bits in
            var random = SeededGenerator(seed: 5)
            for law in gridLaws {
                let words = (0..<20_000).map { _ in UInt64.random(in: 0 ... .max, using: &random) }
                bits += law.integers(words, kernels).map { UInt64(bitPattern: Int64($0)) }
            }
        },
        KernelCase("add_uniform") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                var values = inputs.floats(count, in: 0...1)
                let at = surety_noise_counter(sample: UInt32(count), image: 7, stream: 3)
                kernels.add_uniform(at, 0x0123_4567_89AB_CDEF, 0.3, &values, count)
                bits.add(values)
            }
        },
        KernelCase("philox") { kernels, _, bits in
            for number: UInt32 in 0..<100 {
                var out = [UInt32](repeating: 0, count: 4)
                kernels.philox([number, 1, .max - number, 7], 0xFEDC_BA98_7654_3210, &out)
                bits += out.map { UInt64($0) }
            }
        },
    ]

    private static let attacks: [KernelCase] = [
        KernelCase("classify") { kernels, inputs, bits in
            for classes in [1, 2, 10, 33] {
                let logits = inputs.floats(100 * classes).enumerated().map { $0.offset % 97 == 5 ? .nan : ($0.element * 4).rounded() }
                var out = [Int32](repeating: 0, count: 100)
                kernels.classify(logits, 100, classes, &out)
                bits += out.map { UInt64(bitPattern: Int64($0)) }
            }
        },
        KernelCase("ascend_cube") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                var point = inputs.floats(count, in: 0...1)
                let (gradient, center) = (inputs.anything(count), inputs.floats(count, in: 0...1))
                kernels.ascend_cube(&point, gradient, center, 0.07, 0.3, count)
                bits.add(point)
            }
        },
        KernelCase("square_sum") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let x = inputs.floats(count)
                bits.add([kernels.square_sum(x, count)])
            }
        },
        KernelCase("square_distance") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let (x, y) = (inputs.floats(count), inputs.floats(count))
                bits.add([kernels.square_distance(x, y, count)])
            }
        },
        KernelCase("move") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                var point = inputs.floats(count)
                let direction = inputs.anything(count)
                kernels.move(&point, direction, 0.123456789, count)
                bits.add(point)
            }
        },
        KernelCase("shrink_into_unit") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                var point = inputs.floats(count)
                let center = inputs.floats(count, in: 0...1)
                kernels.shrink_into_unit(&point, center, 0.7, count)
                bits.add(point)
            }
        },
    ]

    private static let bounds: [KernelCase] = [
        KernelCase("relax") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let (coefficients, lower, upper) = (inputs.anything(count), inputs.anything(count), inputs.anything(count))
                var out = [Float](repeating: 0, count: count)
                kernels.relax(coefficients, lower, upper, &out, count)
                bits.add(out)
            }
        },
        KernelCase("copy_patch") { kernels, inputs, bits in
            let (channels, height, width) = (3, 9, 21), image = inputs.anything(3 * 9 * 21)
            for (top, left, rows, columns) in [(0, 0, 9, 21), (-2, 3, 5, 17), (4, -5, 9, 8), (2, 15, 3, 40), (-9, 0, 4, 4), (1, 30, 2, 5), (0, -9, 2, 5)] {
                var out = [Float](repeating: 0, count: channels * rows * columns)
                kernels.copy_patch(
                    image, Int64(channels), Int64(height), Int64(width), Int64(top), Int64(left), Int64(rows), Int64(columns), 0.5, &out)
                for (place, value) in out.enumerated() {
                    let (y, x) = (top + place / columns % rows, left + place % columns)
                    let isInside = (0..<height).contains(y) && (0..<width).contains(x)
                    let expected = isInside ? image[(place / columns / rows * height + y) * width + x] : 0.5
                    #expect(value.bitPattern == expected.bitPattern)
                }
                bits.add(out)
            }
        },
        KernelCase("least_sum") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let (coefficients, low, high) = (inputs.floats(count), inputs.floats(count), inputs.floats(count))
                let found = kernels.least_sum(coefficients, low, high, count)
                bits.add([found.sum, found.size])
            }
        },
    ]

    private static let training: [KernelCase] = [
        KernelCase("sgd") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                for isNesterov: Int32 in [0, 1] {
                    var (parameters, velocity) = (inputs.floats(count), inputs.floats(count))
                    let gradient = inputs.floats(count)
                    let settings = surety_sgd_settings(rate: 0.01, momentum: 0.9, weight_decay: 1e-4, is_nesterov: isNesterov)
                    kernels.sgd(&parameters, &velocity, gradient, settings, count)
                    bits.add(parameters + velocity)
                }
            }
        },
        KernelCase("adam") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                var (parameters, mean, square) = (inputs.floats(count), inputs.floats(count), inputs.floats(count, in: 0...1))
                let gradient = inputs.floats(count)
                let settings = surety_adam_settings(
                    rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 1e-4, mean_correction: 1.5,
                    square_correction: 40)
                kernels.adam(&parameters, &mean, &square, gradient, settings, count)
                bits.add(parameters + mean + square)
            }
        },
        KernelCase("add_scaled") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                var sum = inputs.floats(count)
                let x = inputs.anything(count)
                kernels.add_scaled(&sum, x, 0.3, count)
                bits.add(sum)
            }
        },
    ]

    private static let offsets: [Int64] = [-22, -21, -20, -1, 0, 1, 20, 21, 22]
    /// Numbers before the first pixel and after the last that kernels may touch.
    private static let border = 64
    private static let sources = 150

    /// Calls `body` with the places to which a source's mass may move.
    private static func withTaps(_ body: (inout surety_taps) -> Void) {
        offsets.withUnsafeBufferPointer { offsets in
            var taps = surety_taps(count: Int64(offsets.count), offsets: offsets.baseAddress, reach: Int64(sources))
            body(&taps)
        }
    }

    /// The places of all sources.
    private static let places = (0..<sources).map { Int64(border + $0) }
    private static let taps = offsets.count

    private static let wasserstein: [KernelCase] = [
        KernelCase("window_sum") { kernels, inputs, bits in
            let (weights, x) = (inputs.doubles(taps), inputs.doubles(sources + 2 * border))
            var out = [Double](repeating: 0, count: sources + 2 * border)
            withTaps { taps in
                x.withUnsafeBufferPointer { x in
                    guard let start = x.baseAddress else { return }
                    kernels.window_sum(&taps, weights, start + border, &out)
                }
            }
            bits.add(Array(out[..<sources]))
        },
        KernelCase("entropic_columns") { kernels, inputs, bits in
            let count = 200
            for lambda in [1, 50, 1000.0] {
                let (targets, reached) = (inputs.doubles(count, in: -290...290), inputs.doubles(count, in: 0...1))
                let inside = inputs.doubles(count, in: 0...1).map { $0 < 0.2 ? 0.0 : 1 }
                var (logarithms, v) = (inputs.doubles(count, in: -20...20), [Double](repeating: 0, count: count))
                kernels.entropic_columns(lambda, targets, reached, inside, &logarithms, &v, count)
                bits.add(logarithms + v)
            }
        },
        KernelCase("entropic_rows") { kernels, inputs, bits in
            let count = 200
            let x = inputs.doubles(count, in: 0...1).map { $0 < 0.2 ? 0 : $0 }
            let reached = inputs.doubles(count, in: 0.1...1)
            var u = inputs.doubles(count, in: 0...2)
            let excess = kernels.entropic_rows(x, reached, &u, count)
            bits.add([excess] + u)
        },
        KernelCase("plan_from_variables") { kernels, inputs, bits in
            for count in KernelInputs.lengths {
                let phi = inputs.floats(count, in: -60...60)
                var plan = [Float](repeating: 0, count: count)
                kernels.plan_from_variables(phi, &plan, count)
                bits.add(plan)
            }
        },
        KernelCase("plan_marginals") { kernels, inputs, bits in
            let (plan, costs) = (inputs.floats(sources * taps, in: 0...1), inputs.floats(taps, in: 0...2))
            var (rows, columns) = ([Float](repeating: 0, count: sources), [Float](repeating: 0, count: sources + 2 * border))
            withTaps { bits.add([kernels.plan_marginals(&$0, places, sources, plan, costs, &rows, &columns)]) }
            bits.add(rows + columns)
        },
        KernelCase("plan_moments") { kernels, inputs, bits in
            let (plan, costs) = (inputs.floats(sources * taps, in: 0...1), inputs.floats(taps, in: 0...2))
            let slopes = inputs.floats(sources + 2 * border)
            var weights = [Float](repeating: 0, count: sources)
            var (means, prices) = (weights, weights)
            withTaps { taps in
                let total = kernels.plan_moments(&taps, places, sources, plan, costs, slopes, &weights, &means, &prices)
                bits.add([total.gain, total.saving])
            }
            bits.add(weights + means + prices)
        },
        KernelCase("plan_column_moments") { kernels, inputs, bits in
            let (plan, costs) = (inputs.floats(sources * taps, in: 0...1), inputs.floats(taps, in: 0...2))
            let rowSlopes = inputs.floats(sources)
            var (weights, slopes) = (inputs.floats(sources + 2 * border), inputs.floats(sources + 2 * border))
            withTaps { kernels.plan_column_moments(&$0, places, sources, plan, costs, rowSlopes, 0.7, &weights, &slopes) }
            bits.add(weights + slopes)
        },
        KernelCase("plan_ascend") { kernels, inputs, bits in
            let costs = inputs.floats(taps, in: 0...2)
            let (columnSlopes, rowSlopes) = (inputs.floats(sources + 2 * border), inputs.floats(sources))
            var phi = inputs.floats(sources * taps, in: -9...9)
            withTaps { kernels.plan_ascend(&$0, places, sources, costs, columnSlopes, rowSlopes, 0.7, 0.3, 8, &phi) }
            bits.add(phi)
        },
    ]
}

/// A law of noise on a grid, made for the kernels.
final class KernelLaw: Sendable {
    let thresholds: [UInt64]
    nonisolated(unsafe) let pointer: OpaquePointer

    init(thresholds: [UInt64], deviation: Double) {
        self.thresholds = thresholds
        pointer = surety_grid_law_make(thresholds, UInt32(thresholds.count), deviation)!
    }

    convenience init(sigma: Double, steps: Int) {
        let law = try! RoundedGaussian(sigma: sigma, steps: steps)
        self.init(thresholds: law.tails, deviation: sigma * Double(steps))
    }

    deinit { surety_grid_law_free(pointer) }

    /// Z of 64 bits each, by a kernel.
    func integers(_ words: [UInt64], _ kernels: surety_kernels) -> [Int32] {
        var out = [Int32](repeating: 0, count: words.count)
        kernels.grid_integers(pointer, words.map { UInt16($0 >> 48) }, words.map { $0 & 0xFFFF_FFFF_FFFF }, &out, words.count)
        return out
    }

    /// Z of these 64 bits, by the definition: an integer for each threshold above V.
    func integer(_ bits: UInt64) -> Int32 {
        let v = bits & (.max >> 1)
        // Thresholds fall: those above V come first.
        var (low, high) = (0, thresholds.count)
        while low < high {
            let middle = (low + high) / 2
            if thresholds[middle] > v { low = middle + 1 } else { high = middle }
        }
        return bits >> 63 == 1 ? -Int32(low) : Int32(low)
    }
}
