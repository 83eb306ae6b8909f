import Foundation
import SuretyReports
import Testing

/// The picture of one classifier's curves.
@Suite struct ReportCurvesTests {
    /// The numbers at the axes of a page's first picture.
    private func ticks(_ page: String) -> [Double] {
        page.matches(of: /<tspan[^>]*>\s*([0-9.]+)<\/tspan>/).compactMap { Double($0.1) }
    }

    /// One image a hundred times as far as all others does not squeeze them into the first hundredth.
    @Test func aFewFarImagesDoNotSqueezeTheOthers() throws {
        let runs = try HandMadeRuns(images: 200)
        let proven = (0..<200).map { $0 == 7 ? 100 : Double($0) / 200 }
        let page = try RobustnessReport([runs.bounds("bounds", proven.map { .init(proven: $0) })]).text(.html)
        let ticks = ticks(page)
        #expect(ticks.contains(1) && ticks.allSatisfy { $0 <= 1.5 }, "\(ticks)")
        #expect(page.contains("ℓ₂ radius") && page.contains("proven"))
    }

    /// What was attacked is shown as far as it was, also where all finds are near.
    @Test func theAttackedRadiiAreShown() throws {
        let runs = try HandMadeRuns(images: 4)
        let path = try runs.attack("attack", norm: "linf", radii: [0.5, 4], [0.1, 0.2, 0.3].map { .found(l2: 9, linf: $0, as: 1) } + [.nothing])
        let page = try RobustnessReport([path]).text(.html)
        #expect(try #require(ticks(page).max()) >= 4 && page.contains("ℓ∞ radius"))
    }

    /// A page has dozens of pictures: each is written shortly, with its three steps down, and without names, which would be the
    /// same in all of them.
    @Test func picturesAreShort() throws {
        let runs = try HandMadeRuns(images: 4)
        let finds = [0.1, 0.2, 0.3].map { HandMadeRuns.Outcome.found(l2: 9, linf: $0, as: 1) }
        let path = try runs.attack("attack", norm: "linf", radii: [4], finds + [.nothing])
        let page = try RobustnessReport([path]).text(.html)
        #expect(page.contains("<svg") && page.matches(of: /V[0-9.]+/).count == 3, "\(page)")
        #expect(!page.contains("<defs>") && !page.contains("<desc>"))
        #expect(page.matches(of: /\bid=|<g [^>]*>\s*<\/g>/).isEmpty, "\(page)")
    }
}
