import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyReports
import SuretySmoothing
import SuretyStatistics
import SuretyTensors
import Testing
import TestSupport

/// What tables say of runs by two bounds and by columns, from the votes.
@Suite struct CohenBoundTests {
    private let folder: TemporaryFolder
    private let images: LabelledImages

    init() throws { (folder, images) = (try TemporaryFolder(), try HandMadeRuns.images(labels: [0, 0, 0, 1])) }

    /// Certificates as the certifier makes them of these votes; looks where there are columns.
    private func run(_ votes: [[[Int]]], by certifier: Certifier) throws -> ReportedRun {
        let lines = try votes.enumerated().map { image, looks in
            let verdict = certifier.columns == nil
                ? try certifier.verdict(selectionCounts: [8, 1, 1], counts: looks[0], dimensions: 1)
                : Verdict(.certified(class: 0, radius: 0.25, norm: .l2), .bounds(pALower: 0.9, pBUpper: nil), confidence: 0.999,
                          undecidedBeyond: image == 0 ? nil : 0.25)
            return Certificate(
                image: image, imageSHA256: images.imageSHA256(at: image), label: images.label(at: image), selectionCounts: [8, 1, 1],
                counts: looks[looks.count - 1], looks: certifier.columns == nil ? nil : looks, verdict: verdict, seconds: 1)
        }
        return ReportedRun(name: "run", record: HandMadeRuns.record(images, by: certifier), certificates: lines)
    }

    /// 4500 of 10 000 votes lead the two others by far, but no majority: two bounds certify it, and Cohen's does not.
    private let votes = [[[10_000, 0, 0]], [[9_000, 600, 400]], [[4_500, 2_800, 2_700]], [[9_000, 600, 400]]]

    @Test func cohensRadiusStandsBesideTheRuns() throws {
        let run = try run(votes, by: Certifier(noise: .gaussian(sigma: 0.5), alpha: 0.001, n0: 10, n: 10_000))
        let cohen = try #require(run.cohen)
        let expected = try [10_000, 9_000, 4_500, 9_000].map { count in
            try SmoothingRadius.l2(
                sigma: 0.5, pALower: ClopperPearson.lowerBound(successes: count, trials: 10_000, alpha: 0.001)) ?? 0
        }
        for (image, radius) in zip(cohen.images, expected) { #expect(abs((image.radius ?? -1) - radius) < 1e-12) }
        #expect(cohen.images.map(\.prediction) == [0, 0, nil, 0] && run.images[2].prediction == 0)
        let summary = try TableFigures(run, radii: [0, 0.5])
        #expect(summary.cohen?.certified == [0.5, 0.5] && summary.certified.map(\.fraction) == [0.75, 0.5])
        #expect(abs(try #require(summary.cohen).averageCertifiedRadius - (expected[0] + expected[1]) / 4) < 1e-12)
        #expect(summary.allVotes == 0.25)
        let table = try ReportTable([run], radii: [0, 0.5])
        let text = try table.text(.markdown)
        #expect(text.contains("| run, Cohen's bound | 0.500 |   0.500 |") && text.contains("for comparison") && text.contains("it depends on n"))
        #expect(text.contains("| all votes |") && text.contains("|     0.250 |"), "\(text)")
        #expect(try table.text(.csv).contains("cohen_acr,cohen_certified_0,cohen_certified_0.5,pa_quantile"))
        #expect(try JSONDecoder().decode([TableFigures].self, from: Data(table.text(.json).utf8)) == table.summaries)
    }

    /// A run by Cohen's own bound has no second row, and one by columns no votes to make one of: they chose their number.
    @Test func onlyWhereTheVotesAllowIt() throws {
        let noise = try Noise.gaussian(sigma: 0.5)
        #expect(try run(votes, by: Certifier(noise: noise, alpha: 0.001, n0: 10, n: 10_000, bound: .clopperPearson)).cohen == nil)
        let columns = try Certifier(noise: noise, alpha: 0.001, n0: 10, n: 10_000, stopping: .columns(Columns(radii: [0.25, 0.5])))
        let run = try run([[[60, 0, 0]], [[56, 2, 2]], [[56, 2, 2]], [[56, 2, 2]]], by: columns)
        #expect(run.cohen == nil && run.images.allSatisfy { $0.hasAllVotes == nil })
        let table = try ReportTable([run])
        // Its own columns, and at each of them what is open.
        #expect(table.summaries[0].certified.map(\.radius) == [0.25, 0.5])
        #expect(table.summaries[0].certified.map(\.undecided) == [0, 3] && table.summaries[0].undecided == 0)
        let text = try table.text(.markdown)
        #expect(text.contains("Undecided: stopped, given up, or left open by a budget, before radius r") && text.contains("| run |    0.000 |   0.750 |"), "\(text)")
        #expect(try table.text(.csv).contains(",undecided,undecided_0.25,undecided_0.5,"))
    }

    /// An image without any certificate is undecided at r = 0, too; an abstention at the cap nowhere.
    @Test func whatIsNotCertifiedAtAllIsUndecidedEverywhere() {
        func image(_ prediction: Int?, _ radius: Double, _ undecidedBeyond: Double?) -> ReportedImage {
            ReportedImage(index: 0, label: 0, prediction: prediction, radius: radius, undecidedBeyond: undecidedBeyond)
        }
        #expect([0, 0.25, 0.5].map(image(nil, 0, 0).isUndecided) == [true, true, true])
        #expect([0, 0.25, 0.5].map(image(0, 0.25, 0.25).isUndecided) == [false, false, true])
        #expect([0, 0.25, 0.5].map(image(0, 0, 0).isUndecided) == [false, true, true])
        #expect([0, 0.25, 0.5].map(image(nil, 0, nil).isUndecided) == [false, false, false])
    }

    /// The accuracy that attacks left appears in the same columns, as far as it is known.
    @Test func attacksStandBeside() throws {
        let runs = try HandMadeRuns(images: 4)
        let certified = try runs.certificates("certified", [(0, 0.3), (0, 0.6), (0, 0.6), (nil, 0)])
        let attack = try runs.attack(
            "attack", radii: [0.5, 1], sigma: 0.25, [.nothing, .found(l2: 0.5, linf: 0.1, as: 1), .found(l2: 0.9, linf: 0.1, as: 1), .misclassified(1)])
        let read = try ReportedRun.readableWithAttacks(among: [certified, attack, folder("none")])
        #expect(read.runs.count == 1 && read.attacks.count == 1 && read.unread.count == 1)
        let table = try ReportTable(read.runs, attacks: read.attacks, radii: [0, 0.5, 1, 2])
        let text = try table.text(.markdown)
        #expect(text.contains("Under attack: correct, and no adversarial image found within ℓ₂ radius r"))
        #expect(text.contains("| attack: smoothed classifier under attack | 0.750 |   0.500 | 0.250 |     – |"), "\(text)")
        #expect(text.contains("| attack: smoothed classifier under attack | attack: pgd |"), "\(text)")
        let csv = try table.text(.csv).split(separator: "\n")
        #expect(csv.count == 3 && csv[0].contains(",under_attack_0,under_attack_0.5,under_attack_1,under_attack_2,method"))
        #expect(csv[2].contains(",0.75,0.5,0.25,,\"attack: pgd\"") || csv[2].contains(",0.75,0.5,0.25,,attack: pgd"), "\(csv[2])")
        #expect(Set(csv.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }).count == 1)
    }
}
