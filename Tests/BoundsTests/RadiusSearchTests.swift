import Foundation
import SuretyBounds
import Testing

@Suite struct RadiusSearchTests {
    /// Margins of several forms with a known root: found to a hundredth, from below, in a dozen trials.
    @Test(arguments: [1e-3, 0.02, 0.03125, 0.1, 0.35, 0.97]) func findsTheRadius(root: Double) {
        let margins: [(Double) -> Double] = [
            { root - $0 }, { 5 * (1 - ($0 / root) * ($0 / root)) }, { $0 < root ? 1 : -.infinity },
            { exp(-5 * $0) - exp(-5 * root) }, { $0 < root ? 1e-9 : .nan }, { root.squareRoot() - $0.squareRoot() },
        ]
        for (form, margin) in margins.enumerated() {
            var search = RadiusSearch(first: 0.03125, largest: 1)
            var trials = 0
            while let radius = search.next, trials < 100 {
                search.record(margin(radius))
                trials += 1
            }
            #expect(search.proven < root && search.proven > 0.98 * root, "form \(form): \(search.proven)")
            #expect(trials < 26, "form \(form): \(trials) trials")
        }
    }

    @Test func endsAtTheLargest() {
        var search = RadiusSearch(first: 0.1, largest: 0.7)
        while search.next != nil { search.record(1) }
        #expect(search.proven == 0.7)
    }

    @Test func nothingIsProvenOfAMisclassifiedImage() {
        for margin: Double in [0, -1, -Double.infinity, .nan] {
            var search = RadiusSearch(first: 0.1, largest: 1)
            search.record(margin)
            #expect(search.next == nil && search.proven == 0)
        }
    }

    /// A margin that is positive at 0 alone.
    @Test func givesUpOnNothing() {
        var search = RadiusSearch(first: 0.1, largest: 1)
        var trials = 0
        while let radius = search.next {
            search.record(radius == 0 ? 1e-12 : -1)
            trials += 1
        }
        #expect(search.proven == 0 && trials < 100)
    }
}
