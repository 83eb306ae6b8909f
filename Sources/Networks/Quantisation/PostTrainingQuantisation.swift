import SuretyGraphs
import SuretyTensors

/// An integer network made from a trained one: weights in 8 bits, activations in codes, and the same results on every machine.
///
///     let quantisation = try PostTrainingQuantisation(of: network, calibratingOn: noisy, largestPixel: 3)
///     try ONNXWriter.data(for: quantisation.network)
///
/// Batch normalisation, scales and shifts are folded into the products before them, and what is done to pixels is folded into
/// the first one: it multiplies the image in whole numbers of 1/255 by whole numbers, in floating point, where its sums are
/// exact. Scales are those with the least square error on calibration images, which carry the noise with which the network
/// will be smoothed, and weights are clipped if that reduces their error. Then, layer by layer, each reading the codes of the
/// layers before, biases are corrected until the mean outputs are those of the network in floating point (Nagel, van Baalen,
/// Blankevoort and Welling 2019, "Data-free quantization through weight equalization and bias correction", section 4.2; here
/// measured on images).
public struct PostTrainingQuantisation {
    /// What a layer's codes stand for, and how far these numbers are from the right ones.
    public struct LayerReport: Sendable {
        /// The layer's name in the original network.
        public let name: String
        /// What its codes stand for.
        public let quantisation: Quantisation
        /// √(Σ (number of the code − number)² / Σ number²) on calibration images.
        public let error: Double
    }

    /// The integer network.
    public let network: Network
    /// A line for each layer with its own codes, in order.
    public let layers: [LayerReport]

    /// - Parameters:
    ///   - network: Of convolutions, dense layers, batch normalisation, scales and shifts for each channel, rectifiers,
    ///     clips, functions of one number, pools, means over height and width, sums, concatenations and reshapes; a softmax
    ///     at the end is left out.
    ///   - images: In [0, 1] and around it, with noise.
    ///   - largestPixel: Where pixels are clipped, on either side of 0, in units of pixels in [0, 1]; so large that the noise
    ///     does not reach it.
    /// - Throws: `NetworkError` that names the layer without an exact form in integers.
    public init(of network: Network, calibratingOn images: Images, largestPixel: Double) throws {
        let original = network.withoutFinalSoftmax
        let plan = QuantisationPlan(try FoldedNetwork(original))
        let steps = plan.network.steps
        let products = steps.filter { if case .product = $0.operation { true } else { false } }
        let calibration = try Calibration(
            of: original, on: images, averaged: Set(products.map(\.origin)), sampled: Set(plan.stored.map { steps[$0].origin }))
        var building = try IntegerNetworkBuilding(plan, calibration, images, largestPixel: (255 * largestPixel).rounded(.up))
        for index in steps.indices { try building.build(index) }
        self.network = try building.finished()
        layers = building.reports
    }
}
