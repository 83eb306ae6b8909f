import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import TestSupport

/// Numbers in which networks are evaluated, element by element and straight from the definition of each layer.
protocol LayerArithmetic {
    associatedtype Number: Comparable

    func number(_ x: Float) -> Number
    /// Σ x·w + Σ terms.
    mutating func sum(_ products: [(x: Number, w: Float)], _ terms: [Number]) -> Number
    /// scale·(x − mean)/deviation + shift; the deviation is a power of two.
    mutating func normalised(_ x: Number, scale: Float, shift: Float, mean: Float, deviation: Float) -> Number
}

/// No rounding at all.
struct ExactArithmetic: LayerArithmetic {
    func number(_ x: Float) -> Dyadic { Dyadic(x) }

    func sum(_ products: [(x: Dyadic, w: Float)], _ terms: [Dyadic]) -> Dyadic {
        products.reduce(terms.reduce(.zero, +)) { $0 + $1.x * Dyadic($1.w) }
    }

    func normalised(_ x: Dyadic, scale: Float, shift: Float, mean: Float, deviation: Float) -> Dyadic {
        Dyadic(scale) * (x - Dyadic(mean)) * Dyadic(1 / Double(deviation)) + Dyadic(shift)
    }
}

/// Single precision: sums in a random order, products fused with them or not, and small numbers kept or taken for zero.
struct SingleArithmetic: LayerArithmetic {
    var generator: SeededGenerator
    let flushes: Bool

    func number(_ x: Float) -> Float { x }

    private func kept(_ x: Float) -> Float { flushes && x.isSubnormal ? 0 : x }

    private func product(_ a: Float, _ b: Float) -> Float { kept(kept(a) * kept(b)) }

    private func sum(_ a: Float, _ b: Float) -> Float { kept(kept(a) + kept(b)) }

    mutating func sum(_ products: [(x: Float, w: Float)], _ terms: [Float]) -> Float {
        let isFused = Bool.random(using: &generator)
        // Now and then all in turn, at other times as a tree of parts.
        let parts = products.count < 4 || Bool.random(using: &generator) ? 1 : Int.random(in: 1...4, using: &generator)
        var sums = [Float](repeating: 0, count: parts)
        for (x, w) in products.shuffled(using: &generator) {
            let part = Int.random(in: 0..<parts, using: &generator)
            sums[part] = isFused
                ? kept(kept(sums[part]).addingProduct(kept(x), kept(w))) : sum(sums[part], product(x, w))
        }
        return (sums + terms).shuffled(using: &generator).reduce(0) { sum($0, $1) }
    }

    mutating func normalised(_ x: Float, scale: Float, shift: Float, mean: Float, deviation: Float) -> Float {
        if Bool.random(using: &generator) {
            return sum(product(scale, kept(sum(x, -mean) / kept(deviation))), shift)
        }
        let factor = kept(kept(scale) / kept(deviation))
        return sum(product(x, factor), sum(shift, -product(mean, factor)))
    }
}

extension Network {
    /// The logits of one image. Of layers those that `ExactNetworks` are made of.
    func logits<Arithmetic: LayerArithmetic>(of image: [Float], in arithmetic: inout Arithmetic) -> [Arithmetic.Number] {
        typealias Number = Arithmetic.Number
        var values: [[Number]] = [image.map(arithmetic.number)]
        func parameter(_ name: String) -> [Float] { parameters[name]?.values ?? [] }
        for vertex in vertices.dropFirst() {
            let x = values[vertex.inputs[0]]
            let shape = vertices[vertex.inputs[0]].shape
            switch vertex.layer {
            case .reshape: values.append(x)
            case .dense(let weights, let bias):
                let (w, b) = (parameter(weights), bias.map(parameter))
                values.append((0..<vertex.shape[0]).map { row in
                    arithmetic.sum(
                        x.indices.map { (x[$0], w[row * x.count + $0]) }, (b.map { [$0[row]] } ?? []).map(arithmetic.number))
                })
            case .convolution(let geometry, let weights, let bias):
                let (w, b, window) = (parameter(weights), bias.map(parameter), parameters[weights]?.shape ?? [])
                var result: [Number] = []
                for place in Self.places(vertex.shape) {
                    var products: [(x: Number, w: Float)] = []
                    for c in 0..<window[1] {
                        for i in 0..<window[2] {
                            for j in 0..<window[3] {
                                let y = place[1] * geometry.strides[0] - geometry.paddingBefore[0] + i
                                let z = place[2] * geometry.strides[1] - geometry.paddingBefore[1] + j
                                guard y >= 0, y < shape[1], z >= 0, z < shape[2] else { continue }
                                products.append(
                                    (x[(c * shape[1] + y) * shape[2] + z],
                                     w[((place[0] * window[1] + c) * window[2] + i) * window[3] + j]))
                            }
                        }
                    }
                    result.append(arithmetic.sum(products, (b.map { [$0[place[0]]] } ?? []).map(arithmetic.number)))
                }
                values.append(result)
            case .batchNormalisation(let it):
                let (scale, shift, mean) = (parameter(it.scale), parameter(it.shift), parameter(it.mean))
                let deviation = parameter(it.variance).map { $0.squareRoot() }
                values.append(x.indices.map { i in
                    let channel = i / (x.count / scale.count)
                    return arithmetic.normalised(
                        x[i], scale: scale[channel], shift: shift[channel], mean: mean[channel],
                        deviation: deviation[channel])
                })
            case .arithmetic(.add):
                let y = values[vertex.inputs[1]]
                values.append(x.indices.map { arithmetic.sum([], [x[$0], y[$0]]) })
            case .relu: values.append(x.map { max($0, arithmetic.number(0)) })
            case .leakyRelu(let slope):
                values.append(x.map { max($0, arithmetic.sum([($0, slope)], [])) })
            case .maximumPool(let window):
                values.append(Self.places(vertex.shape).map { place in
                    let window = Self.window(window, at: place, image: shape).map { x[$0] }
                    return window.reduce(window[0]) { max($0, $1) }
                })
            case .averagePool(let window, _):
                // Windows of two times two: a quarter is exact.
                values.append(Self.places(vertex.shape).map { place in
                    arithmetic.sum(Self.window(window, at: place, image: shape).map { (x[$0], 0.25) }, [])
                })
            default: preconditionFailure("\(vertex.layer) is not evaluated here")
            }
        }
        return values[values.count - 1]
    }

    /// All indices of a shape [C, H, W].
    private static func places(_ shape: [Int]) -> [[Int]] {
        (0..<shape[0]).flatMap { c in (0..<shape[1]).flatMap { y in (0..<shape[2]).map { [c, y, $0] } } }
    }

    private static func window(_ window: Window, at place: [Int], image: [Int]) -> [Int] {
        (0..<window.size[0]).flatMap { i in
            (0..<window.size[1]).map { j in
                (place[0] * image[1] + place[1] * window.strides[0] + i) * image[2] + place[2] * window.strides[1] + j
            }
        }
    }
}
