import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyReports
import SuretySmoothing
import Testing

@Suite struct SpentSamplesTests {
    /// An image took this many of at most a thousand samples, in half a second.
    private typealias Image = (samples: Int, undecidedBeyond: Double?, isOpen: Bool)

    private func words(_ stopping: Stopping?, _ images: [Image]) throws -> String {
        let certifier = try Certifier(noise: .gaussian(sigma: 0.25), alpha: 0.001, n0: 10, n: 990, stopping: stopping)
        let set = try HandMadeRuns.images(labels: images.map { _ in 0 }), record = HandMadeRuns.record(set, by: certifier)
        let certificates = images.enumerated().map { index, image in
            Certificate(
                image: index, imageSHA256: set.imageSHA256(at: index), label: 0, selectionCounts: [10, 0],
                counts: [image.samples - 10, 0],
                verdict: Verdict(
                    .abstained, .bounds(pALower: 0, pBUpper: nil), confidence: 0.999, undecidedBeyond: image.undecidedBeyond,
                    isOpen: image.isOpen),
                seconds: 0.5)
        }
        return SpentSamples(of: SmoothingRun(record: record, lines: certificates)).description
    }

    @Test func aFixedNumberHasARate() throws {
        #expect(try words(nil, [(1000, nil, false), (1000, nil, false)]) == "\(2000.formatted()) samples per second")
    }

    /// Images for which there was no time are left open, not given up.
    @Test func asManyAsNeededAreCounted() throws {
        let images: [Image] = [(500, 0.5, false), (1000, nil, false), (100, 0.5, true), (400, 0, false)]
        let spent = """
            \(2000.formatted()) samples, 1.6 times fewer than the most there might have been for the 3 images decided, 2 images
            """
        #expect(try words(.columns(Columns(radii: [0.5, 1])), images) == "\(spent) given up")
        #expect(try words(.largestRadius(LargestRadius(loss: 0.1)), images) == "\(spent) stopped before")
        #expect(try words(.columns(Columns(radii: [0.5])), [(100, 0, true)]) == "100 samples, no image decided")
        #expect(try words(.columns(Columns(radii: [0.5])), [(100, nil, false)])
            == "100 samples, 10.0 times fewer than the most there might have been, 0 images given up")
    }
}
