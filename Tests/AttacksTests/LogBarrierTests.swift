import Foundation
import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import Testing

/// On a linear classifier the minimum behind the barrier is known for each weight λ, and with it the distance found.
struct LogBarrierTests {
    /// With two classes p₁ − p₀ is tanh(z/2) at the margin z, so that ½t² − λ·log tanh((t − d)‖w‖/2) is least where
    /// t·sinh((t − d)‖w‖) = λ‖w‖, at a distance t a little beyond the plane's, d.
    @Test(arguments: [0.3, 0.6, 1] as [Float], [10, 15, 20])
    func endsAtTheMinimumBehindTheBarrier(_ margin: Float, _ outerSteps: Int) throws {
        let image = LinearClassifier.middle
        let classifier = try LinearClassifier(margin: margin, at: image)
        let attack = LogBarrier(norm: .l2).with(\.outerSteps, outerSteps)
        let found = try attack.run(on: classifier.network, images: image, labels: [0])
        let steepness = classifier.steepness
        let distance = Double(margin) / steepness
        let weight = Double(attack.initialWeight) * pow(Double(attack.decay), Double(outerSteps - 1))
        var (low, high) = (distance, distance + 2)
        for _ in 0..<100 {
            let t = (low + high) / 2
            if t * sinh((t - distance) * steepness) < weight * steepness { low = t } else { high = t }
        }
        let length = LinearClassifier.distance(found, image, .l2)
        #expect(abs(length - high) < 0.01 * high, "\(length), not \(high), and the plane is at \(distance)")
        #expect(classifier.margin(found) > 0)
    }

    /// In both norms, also where pixels come to 0 and 1.
    @Test(arguments: LogBarrier.norms, [false, true])
    func comesCloseToTheNearestImage(_ norm: Norm, _ isAtLimits: Bool) throws {
        let image = try isAtLimits ? LinearClassifier.corner() : LinearClassifier.middle
        let classifier = try LinearClassifier(margin: 1, at: image)
        let found = try LogBarrier(norm: norm).with(\.outerSteps, 20).run(on: classifier.network, images: image, labels: [0])
        let (least, length) = (classifier.distance(of: image, norm), LinearClassifier.distance(found, image, norm))
        #expect(classifier.margin(found) > 0 && found.allSatisfy { (0...1).contains($0) })
        #expect(length > 0.9999 * least && length < 1.05 * least, "\(length / least)")
    }

    /// Every image that the descent comes to is misclassified, and of these the nearest is kept: with each further step what is
    /// found is misclassified, and no farther away.
    @Test(arguments: LogBarrier.norms)
    func neverLeavesTheMisclassifiedSide(_ norm: Norm) throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(4)
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        let attack = LogBarrier(norm: norm).with(\.stepSize, 0.05)
        var last = [Double](repeating: .infinity, count: 4)
        for (outer, inner) in [(1, 1), (1, 2), (1, 5), (1, 20), (1, 60), (2, 60), (4, 60), (8, 60)] {
            let found = try attack.with(\.outerSteps, outer).with(\.innerSteps, inner)
                .run(on: network, images: clean, labels: labels)
            let classes = try CurvedClassifier.labels(of: found, by: network)
            for place in 0..<4 {
                let length = LinearClassifier.distance(
                    LinearClassifier.image(place, of: found), LinearClassifier.image(place, of: clean), norm)
                #expect(classes[place] != labels[place] && length > 0 && length <= last[place], "\(outer), \(inner): image \(place)")
                last[place] = length
            }
        }
    }

    @Test func anImageIsAttackedAlikeInEveryBatch() throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(3)
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        let attack = LogBarrier(norm: .l2).with(\.outerSteps, 3).with(\.innerSteps, 50)
        let together = try attack.run(on: network, images: clean, labels: labels)
        for place in 0..<3 {
            let alone = try attack.run(
                on: network, images: LinearClassifier.image(place, of: clean), labels: [labels[place]], firstIndex: place)
            #expect(LinearClassifier.distance(alone, LinearClassifier.image(place, of: together), .linf) < 1e-4)
        }
    }

    @Test func whatCannotBeFoundStays() throws {
        let image = try LinearClassifier.corner()
        let classifier = try LinearClassifier(margin: 0.6, at: image)
        let attack = LogBarrier(norm: .l2).with(\.outerSteps, 2).with(\.innerSteps, 20)
        #expect(try attack.run(on: classifier.network, images: image, labels: [1]) == image)
        let constant = try LinearClassifier(weights: Array(repeating: 0, count: LinearClassifier.size), bias: -1)
        #expect(try attack.run(on: constant.network, images: image, labels: [0]) == image)
    }
}
