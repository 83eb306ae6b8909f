import SuretyGraphs

/// One product in the sum that defines a convolution: the indices of the factors and of the result.
private struct ConvolutionTerm {
    var image: (n: Int, c: Int, y: Int, x: Int)
    var weight: (o: Int, c: Int, i: Int, j: Int)
    var output: (n: Int, o: Int, p: Int, q: Int)
}

extension ConvolutionGeometry {
    /// out[n, o, p, q] = Σ image[n, g·C/G + c, p·s − before + i·d, …] · weights[o, c, i, j] for output
    /// channel o in group g, over c, i and j; the image is 0 outside.
    func convolution(_ image: ReferenceArray, _ weights: ReferenceArray, shape: [Int]) -> ReferenceArray {
        var result = ReferenceArray(shape: shape)
        forEachTerm(image: image.shape, weights: weights.shape, output: shape) { term in
            let (a, w, z) = (term.image, term.weight, term.output)
            result[z.n, z.o, z.p, z.q] += image[a.n, a.c, a.y, a.x] * weights[w.o, w.c, w.i, w.j]
        }
        return result
    }

    /// The derivative of ⟨cotangent, convolution⟩ by the image.
    func derivativeByImage(_ cotangent: ReferenceArray, _ weights: ReferenceArray, shape: [Int]) -> ReferenceArray {
        var result = ReferenceArray(shape: shape)
        forEachTerm(image: shape, weights: weights.shape, output: cotangent.shape) { term in
            let (a, w, z) = (term.image, term.weight, term.output)
            result[a.n, a.c, a.y, a.x] += cotangent[z.n, z.o, z.p, z.q] * weights[w.o, w.c, w.i, w.j]
        }
        return result
    }

    /// The derivative of ⟨cotangent, convolution⟩ by the weights.
    func derivativeByWeights(_ image: ReferenceArray, _ cotangent: ReferenceArray, shape: [Int]) -> ReferenceArray {
        var result = ReferenceArray(shape: shape)
        forEachTerm(image: image.shape, weights: shape, output: cotangent.shape) { term in
            let (a, w, z) = (term.image, term.weight, term.output)
            result[w.o, w.c, w.i, w.j] += image[a.n, a.c, a.y, a.x] * cotangent[z.n, z.o, z.p, z.q]
        }
        return result
    }

    private func forEachTerm(image: [Int], weights: [Int], output: [Int], _ body: (ConvolutionTerm) -> Void) {
        let channelsPerGroup = image[1] / groups
        let outputsPerGroup = output[1] / groups
        for n in 0..<output[0] {
            for o in 0..<output[1] {
                for c in 0..<channelsPerGroup {
                    for p in 0..<output[2] {
                        for i in 0..<weights[2] {
                            let y = p * strides[0] - paddingBefore[0] + i * dilation[0]
                            guard (0..<image[2]).contains(y) else { continue }
                            for q in 0..<output[3] {
                                for j in 0..<weights[3] {
                                    let x = q * strides[1] - paddingBefore[1] + j * dilation[1]
                                    guard (0..<image[3]).contains(x) else { continue }
                                    let channel = o / outputsPerGroup * channelsPerGroup + c
                                    body(ConvolutionTerm(
                                        image: (n, channel, y, x), weight: (o, c, i, j), output: (n, o, p, q)))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension Window {
    /// The elements of `plane` [H, W] in the window at `position` that are not padding, row by row.
    private func elements(at position: (Int, Int), of plane: (Int, Int)) -> [(y: Int, x: Int)] {
        var elements: [(y: Int, x: Int)] = []
        for i in 0..<size[0] {
            for j in 0..<size[1] {
                let y = position.0 * strides[0] - paddingBefore[0] + i * dilation[0]
                let x = position.1 * strides[1] - paddingBefore[1] + j * dilation[1]
                if (0..<plane.0).contains(y) && (0..<plane.1).contains(x) { elements.append((y, x)) }
            }
        }
        return elements
    }

    /// Calls `body` with the index of each position of the window, and the indices of its elements.
    func forEachPosition(
        image: [Int], output: [Int], _ body: (_ position: [Int], _ elements: [[Int]]) -> Void
    ) {
        for position in ReferenceArray(shape: output).indices {
            let elements = elements(at: (position[2], position[3]), of: (image[2], image[3]))
            body(position, elements.map { [position[0], position[1], $0.y, $0.x] })
        }
    }

    /// For each position of the window the index of its first largest element, a NaN counting as larger
    /// than any number.
    func forEachMaximum(of image: ReferenceArray, output: [Int], _ body: (_ position: [Int], _ maximum: [Int]) -> Void) {
        forEachPosition(image: image.shape, output: output) { position, elements in
            let maximum = elements.reduce(elements[0]) { best, element in
                let (a, b) = (image[best], image[element])
                return b > a || (b.isNaN && !a.isNaN) ? element : best
            }
            body(position, maximum)
        }
    }
}
