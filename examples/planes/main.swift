// The experiment of "Adversarial training with Voronoi constraints" (Khoury and Hadfield-Menell, §5.1): networks trained on
// PLANES in Voronoi cells and in balls, and how accurate they stay under attack.
//
//     swift run -c release planes FOLDER [RETRAININGS [CODIMENSION]...]
//
// prints the table of docs/results/planes.md, and writes planes.csv, with each retraining, and a plot for each codimension
// to FOLDER. Without numbers: 20 retrainings in the codimensions 10 and 500, as in the paper.
import Foundation
import Surety

do {
    let arguments = CommandLine.arguments.dropFirst()
    let numbers = arguments.dropFirst().map(Int.init)
    guard let folder = arguments.first, !folder.hasPrefix("-"), numbers.allSatisfy({ ($0 ?? 0) > 0 }) else {
        throw Experiment.Failure("usage: planes FOLDER [RETRAININGS [CODIMENSION]...]")
    }
    let retrainings = numbers.compactMap(\.self).first ?? 20
    let codimensions = numbers.count > 1 ? numbers.compactMap(\.self).dropFirst() : [10, 500]
    let output = URL(fileURLWithPath: folder, isDirectory: true)
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)

    print("| codimension | defense | NAUC | deviation | least | paper |")
    print("|---|---|---:|---:|---:|---:|")
    let header = ["codimension", "defense", "retraining", "nauc"] + Experiment.radii.map { "accuracy at \($0)" }
    var lines = [header.joined(separator: ",")]
    for codimension in codimensions {
        var curves: [RobustnessPlot.Curve] = []
        for method in Experiment.Method.allCases {
            let experiment = Experiment(codimension: codimension, method: method)
            let results = try (0..<retrainings).map { try experiment.retraining($0) }
            let areas = results.map(\.area)
            let cells = ["\(codimension)", method.title]
                + [areas.mean, areas.deviation, areas.min() ?? 0].map { String(format: "%.3f", $0) }
                + [method.published(codimension: codimension)]
            print("| " + cells.joined(separator: " | ") + " |")
            for (number, result) in results.enumerated() {
                let fields = ["\(codimension)", method.rawValue, "\(number)", "\(result.area)"]
                    + result.accuracies.map { "\($0)" }
                lines.append(fields.joined(separator: ","))
            }
            curves.append(
                .init(
                    method.title, radii: Experiment.radii,
                    accuracies: Experiment.radii.indices.map { place in results.map { $0.accuracies[place] }.mean },
                    deviations: Experiment.radii.indices.map { place in results.map { $0.accuracies[place] }.deviation }))
        }
        try RobustnessPlot(curves, perturbation: "ℓ₂ perturbation (the planes are 2 apart)")
            .draw(to: output.appendingPathComponent("planes-\(codimension).svg"))
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).replaceFile(at: output.appendingPathComponent("planes.csv"))
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}

extension [Double] {
    var mean: Double { reduce(0, +) / Double(count) }

    /// The sample's, with n − 1; 0 for a single number.
    var deviation: Double {
        count < 2 ? 0 : (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    }
}
