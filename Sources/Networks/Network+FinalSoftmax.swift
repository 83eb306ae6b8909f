extension Network {
    /// The network followed by a softmax, so that its logits are the probabilities.
    package var withSoftmax: Network {
        let softmax = Vertex(name: "softmax", layer: .softmax(axis: 0), inputs: [vertices.count - 1], shape: [classCount])
        return Network(
            vertices: vertices + [softmax], parameters: parameters, classCount: classCount, readingErrors: readingErrors)
    }

    /// The network up to a final softmax or log-softmax over the classes, if it ends in one: neither changes the order of the
    /// classes, and a log-softmax does not change their differences either.
    package var withoutFinalSoftmax: Network {
        guard let last = vertices.last else { return self }
        switch last.layer {
        case .softmax, .logSoftmax:
            // Every other vertex is needed for its one input, which is therefore the last of them.
            return Network(
                vertices: vertices.dropLast(), parameters: parameters, classCount: classCount, readingErrors: readingErrors
            ).withoutFinalSoftmax
        case .image, .normalisation, .convolution, .dense, .batchNormalisation, .arithmetic, .arithmeticWithParameter,
            .dropout, .relu, .leakyRelu, .clip, .function, .maximumPool, .averagePool, .mean, .reshape, .transpose,
            .concatenation, .slice, .selection, .padding, .matrixProduct, .integer:
            return self
        }
    }
}
