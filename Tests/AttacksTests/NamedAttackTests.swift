import SuretyAttacks
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

/// What holds for every attack that can be asked for by name.
struct NamedAttackTests {
    /// An attack in one of its norms, with settings that keep the test short.
    struct Case: CustomTestStringConvertible {
        let type: any NamedAttack.Type
        let norm: Norm

        var testDescription: String { "\(type.name), \(norm.rawValue)" }

        func attack(radius: Float) throws -> any NamedAttack {
            let settings: [String: String] = switch type.name {
            case "carlini-wagner": ["steps": "300", "searches": "8"]
            case "boundary": ["steps": "2500", "starts": "50"]
            case "square": ["steps": "2000"]
            case "log-barrier": ["starts": "500"]
            case "ddn": ["levels": "0"]
            case "gradient-free": ["steps": "40"]
            default: [:]
            }
            return try AttackCatalogue.attack(named: type.name, norm: norm, radius: radius, settings: settings)
        }
    }

    /// Attacks that move mass, and the one with Voronoi cells, have their own tests.
    static let cases = AttackCatalogue.attacks.filter { $0.aim != .withinCell }
        .flatMap { type in type.norms.map { Case(type: type, norm: $0) } }
    /// Attacks on the network itself, from its logits or decisions.
    static let direct = cases.filter { $0.type.attacksBase }

    private func noise(for item: Case, count: Int) -> [Float] {
        item.type.attacksBase
            ? [] : (0..<64).flatMap { LinearClassifier.images(count, in: -0.3...0.3, seed: 100 + $0) }
    }

    private func image(_ place: Int, of images: [Float]) -> [Float] {
        Array(images[place * LinearClassifier.size..<(place + 1) * LinearClassifier.size])
    }

    private func distance(_ norm: Norm, _ a: [Float], _ b: [Float]) -> Float {
        let rows = Images([a, b], shape: [a.count])
        return norm.distance(rows[0], rows[1])
    }

    /// The nearest image on the other side of a plane is known: |w·x + b|/‖w‖_* away, and nothing nearer can be found.
    @Test(arguments: direct)
    func comesCloseToTheClosedForm(_ item: Case) throws {
        let weights = try LinearClassifier().weights
        let clean = LinearClassifier.images(4, in: 0.4...0.6)
        let dual = item.norm == .l2
            ? weights.reduce(0) { $0 + $1 * $1 }.squareRoot() : weights.reduce(0) { $0 + abs($1) }
        let middle = weights.reduce(0) { $0 + $1 * 0.5 }
        let classifier = try LinearClassifier(
            weights: weights, bias: -middle - dual * (item.norm == .l2 ? 0.3 : 0.12), others: [-20])
        for place in 0..<4 {
            let clean = image(place, of: clean)
            #expect(classifier.margin(clean) < 0)
            let nearest = -classifier.margin(clean) / dual
            // On an image of 3 × 4 pixels there are few squares to search by in ℓ2.
            let reach: Float = item.type.name == "square" && item.norm == .l2 ? 2.5 : 1.1
            let found = try item.attack(radius: nearest * reach)
                .run(on: classifier.network, images: clean, labels: [0], firstIndex: place)
            let length = distance(item.norm, found, clean)
            #expect(classifier.margin(found) > -1e-5, "\(classifier.margin(found)) after \(length / nearest)")
            #expect(length > nearest * 0.9999)
            let limit: Float = switch item.type.name {
            case "carlini-wagner", "l-bfgs": 1.01
            // From anywhere on the sphere, 40 steps come that near to its pole; in ℓ∞ they reach the corner.
            case "pgd-bisection": item.norm == .linf ? 1.01 : 1.05
            case "deepfool": 1.025
            case "ddn", "boundary": 1.05
            // The last weight of the barrier still keeps it off.
            case "log-barrier": 1.1
            default: reach * 1.0001
            }
            #expect(length < nearest * limit, "\(length / nearest) of the smallest distance")
        }
    }

    @Test(arguments: cases)
    func staysInTheBallAndInTheUnitCube(_ item: Case) throws {
        let network = try CurvedClassifier.network()
        let clean = LinearClassifier.images(6)
        let found = try item.attack(radius: 0.4).run(
            on: network, images: clean, labels: CurvedClassifier.labels(of: clean, by: network),
            noise: noise(for: item, count: 6))
        #expect(found != clean)
        #expect(found.allSatisfy { (0...1).contains($0) })
        if item.type.seeksSmallestDistance { return }
        for place in 0..<6 {
            #expect(distance(item.norm, image(place, of: found), image(place, of: clean)) < 0.4001)
        }
    }

    @Test(arguments: cases)
    func anImageIsAttackedAlikeInEveryBatch(_ item: Case) throws {
        let network = try CurvedClassifier.network()
        let (clean, noise) = (LinearClassifier.images(8), noise(for: item, count: 8))
        let labels = try CurvedClassifier.labels(of: clean, by: network)
        #expect(Set(labels).count == 3)
        let attack = try item.attack(radius: 0.1)
        let together = try attack.run(on: network, images: clean, labels: labels, noise: noise)
        #expect(together != clean)
        for place in [0, 3, 7] {
            let own = noise.isEmpty ? [] : (0..<64).flatMap { image($0 * 8 + place, of: noise) }
            let alone = try attack.run(
                on: network, images: image(place, of: clean), labels: [labels[place]], noise: own, firstIndex: place)
            let difference = zip(alone, image(place, of: together)).map { abs($0 - $1) }.max() ?? 0
            #expect(difference < 1e-4, "image \(place)")
        }
    }

    @Test(arguments: direct)
    func anImageThatIsMisclassifiedStays(_ item: Case) throws {
        let classifier = try LinearClassifier(bias: 100, others: [-20])
        let image = LinearClassifier.images(1)
        #expect(try item.attack(radius: 0.2).run(on: classifier.network, images: image, labels: [0]) == image)
    }

    /// Nothing to follow, nothing to find, and no NaN comes of it.
    @Test(arguments: cases)
    func aConstantNetworkIsNotFooled(_ item: Case) throws {
        let classifier = try LinearClassifier(
            weights: Array(repeating: 0, count: LinearClassifier.size), bias: -1, others: [-20])
        let clean = LinearClassifier.images(1)
        let found = try item.attack(radius: 0.2).run(
            on: classifier.network, images: clean, labels: [0], noise: noise(for: item, count: 1))
        #expect(found.allSatisfy { (0...1).contains($0) })
        if item.type.seeksSmallestDistance { #expect(found == clean) }
    }

    /// One image has NaN logits and gradients: only that image is lost.
    @Test(arguments: direct)
    func notANumberCostsOneImageOnly(_ item: Case) throws {
        let classifier = try LinearClassifier(others: [-20])
        let clean = LinearClassifier.images(3, in: 0.4...0.6)
        var broken = clean
        broken[LinearClassifier.size + 5] = .nan
        let labels = (0..<3).map { classifier.margin(clean, at: $0) > 0 ? 1 : 0 }
        let attack = try item.attack(radius: 0.3)
        let usual = try attack.run(on: classifier.network, images: clean, labels: labels)
        let found = try attack.run(on: classifier.network, images: broken, labels: labels)
        for place in [0, 2] { #expect(image(place, of: found) == image(place, of: usual)) }
    }

    /// A network whose logits are infinite is not attacked, but the attack does not fail.
    @Test(arguments: direct)
    func aNetworkThatOverflowsLeavesTheImages(_ item: Case) throws {
        let classifier = try LinearClassifier(
            weights: Array(repeating: 3e38, count: LinearClassifier.size), others: [-20])
        let clean = LinearClassifier.images(2)
        let found = try item.attack(radius: 0.3).run(on: classifier.network, images: clean, labels: [0, 1])
        #expect(found.allSatisfy { (0...1).contains($0) })
        if item.type.seeksSmallestDistance { #expect(found == clean) }
    }

    @Test(arguments: cases)
    func queriesAreCounted(_ item: Case) throws {
        let network = try CurvedClassifier.network()
        let (clean, noise) = (LinearClassifier.images(1), noise(for: item, count: 1))
        let own = try CurvedClassifier.labels(of: clean, by: network)[0]
        let executor = try item.attack(radius: 0.01).makeExecutor(on: network, batchSize: 1, copies: noise.count / 12)
        #expect(executor.queries == [0])
        for _ in 0..<2 {
            let batch = AttackBatch(
                images: Images(clean, of: network), labels: [own], noise: Images(noise, of: network), indices: [0], seed: 0,
                trial: 0)
            _ = try executor.run(batch, parameters: network.parameters)
            let expected: ClosedRange<Int> = switch item.type.name {
            case "fgsm": 3...3
            case "mi-fgsm": 10...10
            case "pgd": 3...42
            case "apgd-ce", "apgd-dlr": 3...104
            case "gradient-free": 40...40
            case "ddn": 100...100
            default: 2...16_000
            }
            #expect(expected.contains(executor.queries[0]), "\(executor.queries)")
        }
    }
}
