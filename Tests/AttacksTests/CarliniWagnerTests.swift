import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import Testing

/// On a linear classifier the nearest adversarial image and the smallest weight c that reaches it are known in closed form.
struct CarliniWagnerTests {
    private let attack = CarliniWagner().with(\.steps, 1000)

    /// Also where pixels come to 0 and 1, which tanh only approaches.
    @Test(arguments: [0.1, 0.6, 1.2] as [Float], [false, true])
    func findsTheNearestImage(_ margin: Float, _ isAtLimits: Bool) throws {
        let image = try isAtLimits ? LinearClassifier.corner() : LinearClassifier.middle
        let classifier = try LinearClassifier(margin: margin, at: image)
        let found = try attack.run(on: classifier.network, images: image, labels: [0])
        let (least, length) = (classifier.distance(of: image, .l2), LinearClassifier.distance(found, image, .l2))
        if isAtLimits, margin > 1 { #expect(least > 1.05 * Double(margin) / classifier.steepness, "limits matter") }
        #expect(classifier.margin(found) > 0 && found.allSatisfy { (0...1).contains($0) })
        #expect(length > 0.9999 * least && length < 1.02 * least, "\(length / least)")
    }

    /// ‖δ‖² + c·(m − w·δ) is least at δ = c·w/2, which comes to the plane for c = 2·distance/‖w‖: the weight is tenfold after each
    /// failure, and the first beyond that succeeds.
    @Test(arguments: [0.3, 0.9] as [Float])
    func theWeightGrowsUntilItReaches(_ margin: Float) throws {
        let image = LinearClassifier.middle
        let classifier = try LinearClassifier(margin: margin, at: image)
        let least = 2 * Double(margin) / (classifier.steepness * classifier.steepness)
        let attack = attack.with(\.rate, 0.002).with(\.initialWeight, Float(0.005 * least))
        for searches in 1...4 {
            let found = try attack.with(\.searches, searches).run(on: classifier.network, images: image, labels: [0])
            #expect((found != image) == (searches == 4), "\(searches)")
        }
    }

    /// κ: the margin by which the network is to misclassify, at the distance that has it.
    @Test(arguments: [0.25, 0.5] as [Float])
    func errsByTheConfidence(_ confidence: Float) throws {
        let image = LinearClassifier.middle
        let classifier = try LinearClassifier(margin: 0.6, at: image)
        let found = try attack.with(\.confidence, confidence).run(on: classifier.network, images: image, labels: [0])
        let least = Double(0.6 + confidence) / classifier.steepness
        let length = LinearClassifier.distance(found, image, .l2)
        #expect(classifier.margin(found) > confidence - 1e-4)
        #expect(length > 0.9999 * least && length < 1.02 * least, "\(length / least)")
    }

    /// Further weights never lose what was found, and all of it is misclassified.
    @Test func moreSearchesComeNearer() throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(4)
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        var last = [Double](repeating: .infinity, count: 4)
        for searches in [1, 3, 5, 7] {
            let found = try attack.with(\.steps, 200).with(\.searches, searches).run(on: network, images: clean, labels: labels)
            let classes = try CurvedClassifier.labels(of: found, by: network)
            for place in 0..<4 where classes[place] != labels[place] {
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
        let attack = attack.with(\.steps, 100)
        let together = try attack.run(on: network, images: clean, labels: labels)
        for place in 0..<3 {
            let alone = try attack.run(
                on: network, images: LinearClassifier.image(place, of: clean), labels: [labels[place]], firstIndex: place)
            #expect(LinearClassifier.distance(alone, LinearClassifier.image(place, of: together), .linf) < 1e-4)
        }
    }

    /// There is nothing to look for where the network is wrong already, and nothing to be found where it never is.
    @Test func whatCannotBeFoundStays() throws {
        let image = try LinearClassifier.corner()
        let classifier = try LinearClassifier(margin: 0.6, at: image)
        let attack = attack.with(\.steps, 50)
        #expect(try attack.run(on: classifier.network, images: image, labels: [1]) == image)
        let constant = try LinearClassifier(weights: Array(repeating: 0, count: LinearClassifier.size), bias: -1)
        #expect(try attack.run(on: constant.network, images: image, labels: [0]) == image)
    }
}
