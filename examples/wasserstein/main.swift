// The experiment of WasserTrain (Zhao et al., figures 4 and 5) on MNIST: three networks, attacked within Wasserstein balls
// by WasserAttack and by projected Sinkhorn ascent.
//
//     SURETY_DATA=… swift run -c release wasserstein FOLDER [IMAGES]
//
// prints the tables of docs/results/wasserstein.md. The networks are trained first and written to FOLDER; those that are
// there already are used instead.
import Attacks
import Datasets
import Foundation
import Networks

do {
    let arguments = CommandLine.arguments.dropFirst()
    guard let folder = arguments.first, arguments.count <= 2, let count = Int(arguments.dropFirst().first ?? "100"),
          1...10_000 ~= count else {
        throw Failure("usage: wasserstein FOLDER [IMAGES]")
    }
    let output = URL(fileURLWithPath: folder, isDirectory: true)
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    let models = try TrainedModels(folder: output)

    let evaluation = try AttackedModels(imageCount: count)
    let radii = AttackedModels.radii.map { "\($0)" }
    print("| model | accuracy | attack | " + radii.joined(separator: " | ") + " | 100 % at | error |")
    print("|---|---:|---|" + radii.map { _ in "---:|" }.joined() + "---:|---:|")
    for model in TrainedModels.Kind.allCases {
        for row in try evaluation.rows(for: models.network(model)) {
            print("| \(model.rawValue) | " + row.joined(separator: " | ") + " |")
        }
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
