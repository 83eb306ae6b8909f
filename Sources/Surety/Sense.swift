import Foundation
import SuretyAttacks
import SuretyDatasets
import SuretyReports
import SuretySmoothing
import SuretyTensors

/// Checks that settings make sense for images in [0, 1] and for a model's classes, before anything is computed or written:
/// what cannot be intended is refused.
public enum Sense {
    /// Refuses radii larger than the distance between any two images in [0, 1].
    ///
    /// - Throws: `SuretyError` for the first such radius.
    public static func require(radii: [Double], _ norm: Norm, shape: [Int], option: String = "--epsilon") throws(SuretyError) {
        let largest = norm.diameter(dimensions: shape.reduce(1, *))
        // √d is a radius that reaches everything, whichever way it was rounded.
        guard let radius = radii.first(where: { $0 > largest * (1 + 1e-6) }) else { return }
        throw SuretyError("""
            \(option) is \(radius): images in [0, 1] are at most \(String(format: "%.4g", largest)) apart in \(norm.rawValue), so that every image lies \
            within it. If it counts grey levels, divide it by 255 (\(String(format: "%.4g", radius / 255)))
            """)
    }

    /// Refuses radii larger than the cost of moving all mass across an image of mass 1, with `SuretyError` for the first.
    public static func require(radii: [Double], _ cost: GroundCost, shape: [Int]) throws(SuretyError) {
        guard shape.count == 3 else { return }
        let largest = cost(shape[2] - 1, shape[1] - 1)
        guard let radius = radii.first(where: { $0 > largest }) else { return }
        throw SuretyError("""
            --epsilon is \(radius): moving all mass from one corner of the image to the other costs \(largest), so that every \
            image lies within it. The radius is for images of mass 1: give a smaller one
            """)
    }

    /// Refuses a level α at which statements say nothing.
    ///
    /// - Throws: `SuretyError` from 0.5 up to 1.
    public static func require(alpha: Double) throws(SuretyError) {
        // Values outside (0, 1) are refused elsewhere, because they are not probabilities.
        guard alpha < 1, Plausibility.isWorthless(alpha: alpha) else { return }
        throw SuretyError("""
            alpha is \(alpha): a statement that may be wrong half of the time says nothing. Give less than 0.5, such as 0.001
            """)
    }
}

extension Model {
    /// Requires that the images' labels are this model's numbers for their classes. Some classes of a set, as in `mnist:1,3`,
    /// are numbered anew: 1 is 0 there, and 3 is 1, which a model of all ten knows nothing of.
    ///
    /// - Parameters:
    ///   - argument: What the images were loaded from, as the user named it.
    ///   - note: Told what may be wrong.
    /// - Throws: `DatasetError` for labels that the model has no output for; `SuretyError` for classes of another numbering.
    public func requireClasses(
        of images: LabelledImages, from argument: String, note: (String) -> Void = { _ in }
    ) throws {
        try images.requireLabels(below: network.classCount)
        guard case .classes(let classes, _) = try DatasetSource(argument) else {
            if let count = images.classCount, count < network.classCount {
                note("""
                    warning: \(images.name) has \(count) classes and the model \(network.classCount): make sure that their \
                    first \(count) are the same
                    """)
            }
            return
        }
        if classes == Array(classes.indices) { return }
        let set = images.name.prefix { $0 != ":" }
        guard classes.count == network.classCount else {
            throw SuretyError("""
                \(argument) numbers its \(classes.count) classes anew, from 0, and the model has \(network.classCount): its class \
                \(classes.indices.first { classes[$0] != $0 } ?? 0) is another. Give all of \(set), or a model that was trained on \
                \(images.name)
                """)
        }
        // What the model says it was trained on: the same set with other classes, or in another order.
        if let trained = metadata["data"], trained != images.name, trained.prefix(while: { $0 != ":" }) == set {
            throw SuretyError("""
                the model was trained on \(trained), and \(images.name) numbers the classes otherwise: give --data \(trained)
                """)
        }
    }

    /// Requires of another model, whose gradients a transfer attack on this one is to follow, that it takes the same images and
    /// tells the same classes apart.
    ///
    /// - Throws: `SuretyError` that says how the two differ.
    public func requireSource(_ source: Model) throws(SuretyError) {
        guard source.network.classCount == network.classCount else {
            throw SuretyError("""
                --source has \(source.network.classCount) classes, and the model \(network.classCount): give one that tells \
                the same classes apart
                """)
        }
        guard source.network.imageShape == network.imageShape else {
            throw SuretyError("""
                --source takes images of shape \(source.network.imageShape), and the model \(network.imageShape): give one for \
                the same images
                """)
        }
    }
}
