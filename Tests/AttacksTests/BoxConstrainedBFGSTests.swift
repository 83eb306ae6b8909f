import Foundation
import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import Testing

/// On a linear classifier the nearest adversarial image, and the minimum for each weight c, are known in closed form.
struct BoxConstrainedBFGSTests {
    private let attack = BoxConstrainedBFGS()

    /// Also where pixels come to 0 and 1.
    @Test(arguments: [0.1, 0.6, 1.2] as [Float], [false, true])
    func findsTheNearestImage(_ margin: Float, _ isAtLimits: Bool) throws {
        let image = try isAtLimits ? LinearClassifier.corner() : LinearClassifier.middle
        let classifier = try LinearClassifier(margin: margin, at: image)
        let found = try attack.run(on: classifier.network, images: image, labels: [0])
        let (least, length) = (classifier.distance(of: image, .l2), LinearClassifier.distance(found, image, .l2))
        #expect(classifier.margin(found) > 0 && found.allSatisfy { (0...1).contains($0) })
        #expect(length > 0.9999 * least && length < 1.02 * least, "\(length / least)")
    }

    /// With two classes ‖r‖² + c·log(1 + exp(m − w·r)) is least at r = t·w/‖w‖ with 2t = c‖w‖/(1 + exp(t‖w‖ − m)). That is short of
    /// the plane for c < 4·distance/‖w‖, where nothing is found, and beyond it for a larger c, where no farther image is.
    @Test func theLossIsWeighedAgainstTheDistance() throws {
        let image = LinearClassifier.middle
        let classifier = try LinearClassifier(margin: 0.6, at: image)
        let steepness = classifier.steepness
        let distance = 0.6 / steepness
        let attack = attack.with(\.searches, 1)
        func found(_ weight: Double) throws -> [Float] {
            try attack.with(\.initialWeight, Float(weight * 4 * distance / steepness))
                .run(on: classifier.network, images: image, labels: [0])
        }
        #expect(try found(0.2) == image)
        for weight in [1.2, 2, 8] {
            var (low, high) = (distance, 10.0)
            for _ in 0..<100 {
                let t = (low + high) / 2
                let slope = 2 * t - weight * 4 * distance / (1 + exp(t * steepness - 0.6))
                if slope < 0 { low = t } else { high = t }
            }
            let length = LinearClassifier.distance(try found(weight), image, .l2)
            #expect(length >= 0.9999 * distance && length <= 1.001 * high, "\(weight): \(length), at most \(high)")
        }
    }

    /// Further weights never lose what was found, and all of it is misclassified.
    @Test func moreSearchesComeNearer() throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(6)
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        var last = [Double](repeating: .infinity, count: 6)
        for searches in [1, 2, 4, 8, 12] {
            let found = try attack.with(\.searches, searches).run(on: network, images: clean, labels: labels)
            let classes = try CurvedClassifier.labels(of: found, by: network)
            for place in 0..<6 where classes[place] != labels[place] {
                let length = LinearClassifier.distance(
                    LinearClassifier.image(place, of: found), LinearClassifier.image(place, of: clean), .l2)
                #expect(length <= last[place])
                last[place] = length
            }
        }
        #expect(last.allSatisfy { $0 > 0 && $0 < 1 }, "\(last)")
    }

    @Test func anImageIsAttackedAlikeInEveryBatch() throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(3)
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        let together = try attack.run(on: network, images: clean, labels: labels)
        for place in 0..<3 {
            let alone = try attack.run(
                on: network, images: LinearClassifier.image(place, of: clean), labels: [labels[place]], firstIndex: place)
            #expect(LinearClassifier.distance(alone, LinearClassifier.image(place, of: together), .linf) < 1e-3)
        }
    }

    /// There is nothing to look for where the network is wrong already, and nothing to be found where it never is.
    @Test func whatCannotBeFoundStays() throws {
        let image = try LinearClassifier.corner()
        let classifier = try LinearClassifier(margin: 0.6, at: image)
        #expect(try attack.run(on: classifier.network, images: image, labels: [1]) == image)
        let constant = try LinearClassifier(weights: Array(repeating: 0, count: LinearClassifier.size), bias: -1)
        #expect(try attack.run(on: constant.network, images: image, labels: [0]) == image)
    }
}
