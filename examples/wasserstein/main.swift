// The comparison of WasserTrain (Zhao et al., figures 4 and 5) on MNIST: networks attacked within Wasserstein balls by
// WasserAttack and by projected Sinkhorn ascent.
//
//     SURETY_DATA=… swift run -c release wasserstein IMAGES MODEL.onnx…
//
// prints the table of docs/results/wasserstein.md for these networks, on test images spread evenly over the set.
import Foundation

do {
    try printTable(Array(CommandLine.arguments.dropFirst()))
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
