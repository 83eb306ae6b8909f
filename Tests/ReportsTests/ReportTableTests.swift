import Foundation
import SuretyReports
import Testing

@Suite struct ReportTableTests {
    private let ours = ReportedRun(name: "ours", images: [
        ReportedImage(index: 0, label: 1, prediction: 1, radius: 0.6, seconds: 1.5, pALower: 0.99999),
        ReportedImage(index: 1, label: 1, prediction: nil, radius: 0, seconds: 2, pALower: 0.4),
        ReportedImage(index: 2, label: 1, prediction: 1, radius: 0.35, seconds: 2, pALower: 0.9),
    ], alpha: 0.001, norm: .l2)
    private let theirs = ReportedRun(name: "a|b, 50 % & more", images: [
        ReportedImage(index: 0, label: 1, prediction: 2, radius: 0.6), ReportedImage(index: 1, label: 1, prediction: 1, radius: 0.5),
    ])

    /// Two thirds are printed as 0.666, and the mean radius of 0.31667 as 0.316: nothing is claimed that does not hold.
    @Test func writesMarkdown() throws {
        #expect(try ReportTable([ours, theirs], radii: [0, 0.5]).text(.markdown) == """
            What each run states; a log without settings states none.

            | run               | method | noise |   α |  n₀ |   n | seed | bound | norm | normalisation | model | data | images |
            |-------------------|-------:|------:|----:|----:|----:|-----:|------:|-----:|--------------:|------:|-----:|-------:|
            | ours              |      – |     – |   – |   – |   – |    – |     – |    – |             – |     – |    – |      – |
            | a\\|b, 50 % & more |      – |     – |   – |   – |   – |    – |     – |    – |             – |     – |    – |      – |

            Certified accuracy: correct, and certified at ℓ₂ radius r. ACR alone misleads, for it depends on n, and on the columns of a run that has them: quantiles of pA, the lower bound of the top class's probability, are shown beside it

            | run               | r = 0 | r = 0.5 |   ACR | pA 5 % | pA 50 % | pA 95 % |
            |-------------------|------:|--------:|------:|-------:|--------:|--------:|
            | ours              | 0.666 |   0.333 | 0.316 | 0.4000 |  0.9000 |  0.9999 |
            | a\\|b, 50 % & more | 0.500 |   0.500 | 0.250 |      – |       – |       – |

            Truly robust: at least this fraction of these images, at all radii together with probability 99 % for each run

            | run  | r = 0 | r = 0.5 |
            |------|------:|--------:|
            | ours | 0.098 |   0.000 |

            The runs

            | run               | images | accuracy | abstained | s per image | total time |
            |-------------------|-------:|---------:|----------:|------------:|-----------:|
            | ours              |      3 |    0.666 |     0.333 |       1.833 |    0:00:06 |
            | a\\|b, 50 % & more |      2 |    0.500 |     0.000 |           – |          – |
            """)
    }

    @Test func writesLaTeX() throws {
        let text = try ReportTable([ours, theirs], radii: [0, 0.5]).text(.latex)
        #expect(text.contains("    a|b, 50 \\% \\& more & 0.500 & 0.500 & 0.250 & -- & -- & -- \\\\\n"))
        #expect(text.contains("\\caption{Certified accuracy: correct, and certified at $\\ell_2$ radius r. ACR"))
        #expect(text.components(separatedBy: "\\begin{table}").count == 5)
        #expect(text.components(separatedBy: "\\end{table}").count == 5)
        #expect(text.contains("noise & $\\alpha$ & n$_0$ & n & seed"))
    }

    @Test func writesCSV() throws {
        let lines = try ReportTable([ours, theirs], radii: [0, 0.5]).text(.csv).components(separatedBy: "\n")
        #expect(lines.count == 3)
        #expect(lines[0] == """
            run,norm,images,accuracy,abstained,acr,certified_0,certified_0.5,true_at_least_0,true_at_least_0.5,\
            pa_quantile_0.05,pa_quantile_0.5,pa_quantile_0.95,seconds_per_image,seconds,method,noise,sigma,grid,alpha,n0,n,seed,bound,\
            mean,std,model_sha256,data,data_sha256
            """)
        #expect(lines[2] == "\"a|b, 50 % & more\",,2,0.5,0.0,0.25,0.5,0.5,,,,,,," + String(repeating: ",", count: 14))
        let ours = lines[1].components(separatedBy: ",")
        #expect(ours.prefix(3) == ["ours", "l2", "3"])
        #expect(ours[3...].compactMap { Double($0) }.count == 12)
        #expect(Double(ours[3]) == 2.0 / 3.0)
    }

    @Test func writesJSONThatReadsBack() throws {
        let table = try ReportTable([ours, theirs], radii: [0, 0.5])
        let summaries = try JSONDecoder().decode([TableFigures].self, from: Data(table.text(.json).utf8))
        #expect(summaries == table.summaries)
    }

    @Test(arguments: [(0.9, 0.25, 4), (3, 0.25, 13), (3.8, 0.5, 8), (20, 2, 11), (0, 0.25, 1)])
    func choosesRadii(largest: Double, step: Double, count: Int) throws {
        let run = ReportedRun(name: "run", images: [ReportedImage(index: 0, label: 1, prediction: 1, radius: largest)])
        let radii = try ReportTable([run]).summaries[0].certified.map(\.radius)
        #expect(radii == (0..<count).map { Double($0) * step })
    }

    /// A whole number of thousandths is printed as it is, though the double nearest to it may lie below it.
    @Test func wholeThousandthsStayThemselves() throws {
        for count in 1..<500 {
            let images = (0..<500).map {
                ReportedImage(index: $0, label: 1, prediction: $0 < count ? 1 : 2, radius: 1)
            }
            let text = try ReportTable([ReportedRun(name: "run", images: images)], radii: [0]).text(.markdown)
            let exact = String(format: "0.%03d", 2 * count)
            #expect(text.contains("| run | \(exact) | "), "\(text)")
        }
        let almostAll = (0..<2500).map { ReportedImage(index: $0, label: 1, prediction: $0 == 0 ? 2 : 1, radius: 1) }
        let text = try ReportTable([ReportedRun(name: "run", images: almostAll)], radii: [0]).text(.markdown)
        #expect(text.contains("| 0.999 | 0.999 |") && !text.contains("1.000"), "\(text)")
    }

    /// Numbers as another program, or an enemy, may write them: the table comes out, whatever it then says.
    @Test(arguments: [(1.0, 1e300), (1e300, 1), (-1e300, 1), (1, 1e18)])
    func survivesHugeNumbers(radius: Double, seconds: Double) throws {
        let run = ReportedRun(name: "run", images: [
            ReportedImage(index: 0, label: 1, prediction: 1, radius: radius, seconds: seconds)
        ])
        for format in ReportTable.Format.allCases { #expect(try !ReportTable([run]).text(format).isEmpty) }
        if seconds == 1e18 { #expect(try ReportTable([run]).text(.markdown).contains("277777777777777:46:40")) }
    }

    @Test func refusesWhatHasNoMeaning() {
        #expect(throws: ReportError.self) { try ReportTable([]) }
        for radius in [-1, .nan, .infinity] as [Double] {
            #expect(throws: ReportError.self) { try ReportTable([ours], radii: [radius]) }
        }
    }
}
