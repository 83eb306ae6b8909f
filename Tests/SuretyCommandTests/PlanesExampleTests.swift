import Foundation
import Surety
import Testing

/// The experiment in examples/planes, and what docs/results/planes.md says came of it.
@Suite struct PlanesExampleTests {
    private static let executable = Command.product("planes")
    private static let results = DigitsRun.repository.appendingPathComponent("docs/results")

    /// A line of planes.csv.
    private struct Retraining {
        let group: String
        let nauc: Double
        let accuracies: [Double]
    }

    private func retrainings(_ file: URL) throws -> [Retraining] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: ",").map(String.init)
            return try Retraining(
                group: "\(fields[0]) \(fields[1])", nauc: #require(Double(fields[3])),
                accuracies: fields.dropFirst(4).map { try #require(Double($0)) })
        }
    }

    @Test func oneRetrainingOfEach() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("surety-planes-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = try RunningCommand([folder.path, "1", "2"], of: Self.executable).wait()
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.split(separator: "\n").count == 5, "\(run.output)")
        let found = try retrainings(folder.appendingPathComponent("planes.csv"))
        #expect(found.first { $0.group == "2 voronoi" }?.nauc ?? 0 > 0.6)
        #expect(found.map(\.group) == ["2 voronoi", "2 madry", "2 madry-uniform"])
        for one in found {
            // At a rate of 0.1 a single training may end badly; larger perturbations never cost less.
            #expect(one.nauc > 0.2 && one.nauc <= 1 && one.accuracies.count == 21)
            #expect(zip(one.accuracies, one.accuracies.dropFirst()).allSatisfy { $0 >= $1 })
        }
        let picture = try String(contentsOf: folder.appendingPathComponent("planes-2.svg"), encoding: .utf8)
        #expect(picture.contains(">Voronoi<") && picture.contains(">Madry<"))
    }

    @Test func refusesWhatIsNoNumber() throws {
        for arguments in [[], ["/tmp", "none"], ["/tmp", "1", "0"]] {
            let run = try RunningCommand(arguments, of: Self.executable).wait()
            #expect(run.status == 1 && run.errors.contains("usage: planes") && run.output.isEmpty)
        }
    }

    /// The published table is that of the published retrainings, 20 of each, and NAUC is the area under their accuracies.
    @Test func theGuideShowsTheResults() throws {
        let guide = try String(contentsOf: Self.results.appendingPathComponent("planes.md"), encoding: .utf8)
        let found = Dictionary(grouping: try retrainings(Self.results.appendingPathComponent("planes.csv")), by: \.group)
        #expect(found.count == 6)
        let radii = (0...20).map { Double($0) / 20 }
        for (group, members) in found {
            #expect(members.count == 20, "\(group)")
            for one in members {
                let area = try NormalisedAreaUnderCurve(radii: radii, accuracies: one.accuracies).value
                #expect(abs(area - one.nauc) < 1e-12)
            }
            let title = ["voronoi": "Voronoi", "madry": "Madry", "madry-uniform": "Madry, uniform start"]
            let words = group.split(separator: " ").map(String.init)
            let mean = members.map(\.nauc).reduce(0, +) / 20
            let row = "| \(words[0]) | \(title[words[1]] ?? "") | \(String(format: "%.3f", mean)) |"
            #expect(guide.contains(row), "\(row)")
        }
    }
}
