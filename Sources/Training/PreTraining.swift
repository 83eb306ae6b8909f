import SuretyNetworks
import SuretyTensors

extension Network {
    /// The network with the parameters of one that was trained before, layer for layer: pre-training, as in SmoothAdv
    /// (Salman et al. 2019, §4.2; Hendrycks, Lee and Mazeika 2019).
    ///
    ///     let fresh = try architecture.network(imageShape: shape, classCount: 10, seed: 0)
    ///     let network = try fresh.pretrained(from: model.network)
    ///
    /// Parameters are matched by their order in the network, whatever their names, so that a model from an ONNX file fits
    /// the architecture that it was made from. If the last layer has another number of classes, it keeps its own parameters.
    /// What pixels are normalised with is not learnt: both must have the same.
    ///
    /// - Throws: `TrainingError` naming the first parameter that does not fit.
    public func pretrained(from model: Network) throws -> Network {
        let (names, sources) = (orderedParameters, model.orderedParameters)
        guard names.count == sources.count else {
            throw TrainingError("""
                the pre-trained model has \(sources.count) parameters in its layers, and the network \(names.count): choose \
                the architecture that the model was made from
                """)
        }
        let last = Set(vertices.last { !$0.layer.parameterNames.isEmpty }?.layer.parameterNames ?? [])
        let normalising = Set(vertices.filter(\.layer.normalises).flatMap(\.layer.parameterNames))
        var values = parameters
        for (name, source) in zip(names, sources) {
            guard let own = parameters[name], let given = model.parameters[source] else { continue }
            if normalising.contains(name) {
                // A file may have them as [C, 1, 1].
                guard given.values == own.values else {
                    throw TrainingError("""
                        the pre-trained model's \(source) is \(given.values), and the network's \(name) is \(own.values): normalise \
                        pixels as that model does, or not at all if it does not
                        """)
                }
            } else if given.shape == own.shape {
                values[name] = given
            } else if !last.contains(name) {
                throw TrainingError("""
                    the pre-trained model's parameter \(source) has the shape \(given.shape), and \(name) in its place has \
                    \(own.shape): choose the architecture that the model was made from
                    """)
            }
        }
        return try withParameters(values)
    }

    /// The names of the parameters, layer by layer. A parameter that several layers share is listed for each of them: files
    /// from other tools hold equal parameters only once, for instance the ones of all batch normalisations.
    private var orderedParameters: [String] { vertices.flatMap(\.layer.parameterNames) }
}

extension Layer {
    /// Whether it only normalises pixels.
    fileprivate var normalises: Bool {
        if case .normalisation = self { true } else { false }
    }
}
