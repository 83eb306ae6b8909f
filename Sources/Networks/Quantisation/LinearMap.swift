import SuretyGraphs
import SuretyTensors

/// A convolution or matrix product in double precision, into which scales and shifts before and after it can be folded.
struct LinearMap {
    /// nil for a matrix product.
    let geometry: ConvolutionGeometry?
    /// The shape of the weights, [out, in/groups, kh, kw] or [out, in].
    let shape: [Int]
    private(set) var weights: [Double]
    private(set) var bias: [Double]
    /// For a product of the image: the whole number that is first subtracted from each of its channels, so that padding is 0.
    private(set) var padding: [Double] = []
    /// Whether it reads the image.
    private(set) var readsImage = false

    init(geometry: ConvolutionGeometry?, shape: [Int], weights: [Double], bias: [Double]) {
        (self.geometry, self.shape, self.weights, self.bias) = (geometry, shape, weights, bias)
    }

    /// The number of weights of one output.
    var width: Int { shape.dropFirst().reduce(1, *) }
    var outputs: Int { shape[0] }

    /// The weights of an output.
    func row(_ output: Int) -> ArraySlice<Double> { weights[output * width..<(output + 1) * width] }

    /// A convolution of the whole image as a matrix product; itself if it already is one; nil if the window sees only parts
    /// of the image.
    func matrix(ofImage image: [Int]) -> LinearMap? {
        guard let geometry else { return self }
        let padding = geometry.paddingBefore + geometry.paddingAfter
        guard !readsImage, geometry.groups == 1, padding.allSatisfy({ $0 == 0 }), Array(image.dropFirst()) == Array(shape.dropFirst(2))
        else { return nil }
        return LinearMap(geometry: nil, shape: [outputs, width], weights: weights, bias: bias)
    }

    /// Replaces the map by scale·(map) + shift, for each output.
    mutating func follow(scale: [Double], shift: [Double]) {
        for index in weights.indices { weights[index] *= scale[index / width] }
        for output in bias.indices { bias[output] = bias[output] * scale[output] + shift[output] }
    }

    /// Turns a map of scale·(k/255) + shift into a map of the image in whole numbers k of 1/255.
    ///
    /// A convolution that pads with zeros pads with the numbers k that stand for them. These are rounded to whole numbers and
    /// subtracted from the image, so that zeros can be padded as before. This changes pixels by at most half a grey level,
    /// and only at the border.
    mutating func absorb(_ pixels: FoldedNetwork.PixelMap, image: [Int], name: String) throws(NetworkError) {
        readsImage = true
        guard let geometry else {
            for output in 0..<outputs {
                for index in 0..<width {
                    let place = output * width + index
                    bias[output] += weights[place] * pixels.shift[index]
                    weights[place] *= pixels.scale[index] / 255
                }
            }
            return
        }
        let area = image[1] * image[2]
        let channels = (0..<image[0]).map { (scale: pixels.scale[$0 * area] / 255, shift: pixels.shift[$0 * area]) }
        guard pixels.scale.indices.allSatisfy({
            pixels.scale[$0] / 255 == channels[$0 / area].scale && pixels.shift[$0] == channels[$0 / area].shift
        }) else {
            throw .layer(name: name, problem: "what is done to the image before it varies within a channel")
        }
        let isPadded = (geometry.paddingBefore + geometry.paddingAfter).contains { $0 > 0 }
        padding = channels.map { isPadded ? (-$0.shift / $0.scale).rounded() : 0 }
        let (perGroup, window) = (shape[1], shape[2] * shape[3])
        let outputsPerGroup = outputs / geometry.groups
        for output in 0..<outputs {
            for index in 0..<width {
                let channel = output / outputsPerGroup * perGroup + index / window
                let place = output * width + index
                bias[output] += weights[place] * (channels[channel].shift + channels[channel].scale * padding[channel])
                weights[place] *= channels[channel].scale
            }
        }
    }
}
