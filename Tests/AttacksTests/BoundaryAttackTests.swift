import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import Testing

/// The walk stays on the misclassified side, never moves away from the image, and comes to the nearest point of a plane.
struct BoundaryAttackTests {
    /// Random numbers are keyed by step, so that a longer walk begins with the shorter one.
    @Test(arguments: [false, true])
    func itsDistanceNeverRises(_ isAtLimits: Bool) throws {
        let image = try isAtLimits ? LinearClassifier.corner() : LinearClassifier.middle
        let classifier = try LinearClassifier(margin: 0.6, at: image)
        let least = classifier.distance(of: image, .l2)
        var last = Double.infinity
        for steps in [0, 1, 10, 100, 300, 1000, 4000] {
            let found = try BoundaryAttack().with(\.steps, steps).run(on: classifier.network, images: image, labels: [0])
            let length = LinearClassifier.distance(found, image, .l2)
            #expect(classifier.margin(found) > 0 && found.allSatisfy { (0...1).contains($0) }, "after \(steps)")
            #expect(length <= last && length > 0.9999 * least, "after \(steps)")
            last = length
        }
        #expect(last < 1.02 * least, "\(last / least)")
    }

    /// The first image lies beside the boundary, on the line to the noise that was found: 2⁻¹⁰ of that line nearer it is across.
    @Test func itBeginsAtTheBoundary() throws {
        let image = LinearClassifier.middle
        let classifier = try LinearClassifier(margin: 0.3, at: image)
        let start = try BoundaryAttack().with(\.steps, 0).run(on: classifier.network, images: image, labels: [0])
        // No line in the cube is longer than its diagonal, √12.
        let part = Float(0x1p-10 * 12.0.squareRoot() / LinearClassifier.distance(start, image, .l2))
        let nearer = zip(start, image).map { $0 + part * ($1 - $0) }
        #expect(classifier.margin(start) > 0 && classifier.margin(nearer) <= 0)
    }

    /// A power of two changes every logit and not one decision.
    @Test func onlyDecisionsCount() throws {
        let image = LinearClassifier.middle
        let classifier = try LinearClassifier(margin: 0.6, at: image)
        let steep = try LinearClassifier(weights: classifier.weights.map { $0 * 0x1p20 }, bias: classifier.bias * 0x1p20)
        let attack = BoundaryAttack().with(\.steps, 200)
        let found = try [classifier, steep].map { try attack.run(on: $0.network, images: image, labels: [0]) }
        #expect(found[0] == found[1] && found[0] != image)
    }

    /// Where uniform noise is never misclassified, the negative may be: this one is wrong only where all pixels are almost 1.
    @Test func theNegativeIsTriedInTheEnd() throws {
        let image = [Float](repeating: 0.01, count: LinearClassifier.size)
        let classifier = try LinearClassifier(weights: Array(repeating: 1, count: LinearClassifier.size), bias: -11.5)
        let found = try BoundaryAttack().with(\.steps, 100).with(\.starts, 20)
            .run(on: classifier.network, images: image, labels: [0])
        #expect(classifier.margin(found) > 0)
        let least = classifier.distance(of: image, .l2)
        #expect(LinearClassifier.distance(found, image, .l2) < 1.02 * least)
    }

    /// Each trial takes its own walk; the same trial takes the same walk in every batch.
    @Test func walksAreKeyedByImageAndTrial() throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(3)
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        let attack = BoundaryAttack().with(\.steps, 100)
        let together = try attack.run(on: network, images: clean, labels: labels)
        for place in 0..<3 {
            let image = LinearClassifier.image(place, of: clean)
            let alone = try attack.run(on: network, images: image, labels: [labels[place]], firstIndex: place)
            #expect(alone == LinearClassifier.image(place, of: together))
            #expect(alone != (try attack.run(on: network, images: image, labels: [labels[place]], trial: 1, firstIndex: place)))
            #expect(try CurvedClassifier.labels(of: alone, by: network) != [labels[place]])
        }
    }

    @Test func whatCannotBeFoundStays() throws {
        let image = try LinearClassifier.corner()
        let classifier = try LinearClassifier(margin: 0.6, at: image)
        let attack = BoundaryAttack().with(\.steps, 20).with(\.starts, 20)
        #expect(try attack.run(on: classifier.network, images: image, labels: [1]) == image)
        let constant = try LinearClassifier(weights: Array(repeating: 0, count: LinearClassifier.size), bias: -1)
        #expect(try attack.run(on: constant.network, images: image, labels: [0]) == image)
    }
}
