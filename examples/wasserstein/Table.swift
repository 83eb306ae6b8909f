import Foundation
import Surety

/// Prints the table: the number of images first, then the models' files.
func printTable(_ arguments: [String]) throws {
    guard arguments.count >= 2, let count = Int(arguments[0]), 1...10_000 ~= count else {
        throw Failure("usage: wasserstein IMAGES MODEL.onnx…, with 1 to 10000 images")
    }
    let attacked = try AttackedModels(imageCount: count)
    var networks: [(name: String, network: Network)] = []
    for path in arguments.dropFirst() {
        let file = URL(fileURLWithPath: path)
        let model = try ONNXReader.model(from: Data(contentsOf: file), imageShape: attacked.imageShape)
        networks.append((file.deletingPathExtension().lastPathComponent, model.network))
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
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
