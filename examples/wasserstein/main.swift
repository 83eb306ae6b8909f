// The comparison of WasserTrain (Zhao et al., figures 4 and 5) on MNIST: networks attacked within Wasserstein balls by
// WasserAttack and by projected Sinkhorn ascent.
//
//     SURETY_DATA=… swift run -c release wasserstein IMAGES MODEL.onnx…
//
// prints the table of docs/results/wasserstein.md for these networks, on test images spread evenly over the set.
import Datasets
import Foundation
import Networks

do {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count >= 2, let count = arguments.first.flatMap({ Int($0) }), 1...10_000 ~= count else {
        throw Failure("usage: wasserstein IMAGES MODEL.onnx…, with 1 to 10000 images")
    }
    let attacked = try AttackedModels(imageCount: count)
    let networks = try arguments.dropFirst().map { path in
        let file = URL(fileURLWithPath: path)
        let model = try ONNXReader.model(from: Data(contentsOf: file), imageShape: attacked.imageShape)
        return (file.deletingPathExtension().lastPathComponent, model.network)
    }
    let radii = AttackedModels.radii.map { "\($0)" }
    print("| model | accuracy | attack | " + radii.joined(separator: " | ") + " | 100 % at | error |")
    print("|---|---:|---|" + radii.map { _ in "---:|" }.joined() + "---:|---:|")
    for (name, network) in networks {
        let accuracy = String(format: "%.2f", try 100 * attacked.accuracy(of: network))
        for row in try attacked.rows(for: network) {
            print("| \(name) | \(accuracy) | " + row.joined(separator: " | ") + " |")
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
