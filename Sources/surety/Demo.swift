import ArgumentParser
import Certification
import Datasets
import Foundation
import Reports
import Statistics

/// `surety demo`: the whole way, on a small model and digits that need no download.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Certify the bundled model on synthetic digits: certificates, table and plot in under two minutes.",
        discussion: "Example:\n  surety demo --output demo-output")

    @Option(help: "The directory to write to.")
    var output = "demo-output"

    @Option(help: "The model (default: the one in examples/, seen from the repository's folder).")
    var model = "examples/digits.onnx"

    @OptionGroup var threadOptions: ThreadOptions

    func run() throws {
        guard FileManager.default.fileExists(atPath: model) else {
            throw CommandError("there is no model at \(model): run this from Surety's repository, or give --model")
        }
        let images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        let loaded = try LoadedModel(path: model, imageShape: images.shape, mean: nil, standardDeviation: nil)
        var directories: [String] = []
        for sigma in [0.25, 0.5] {
            let directory = "\(output)/sigma-\(sigma)"
            print("surety certify \(model) --data synthetic --sigma \(sigma) --n 10000 --skip 10 --output \(directory)")
            let settings = try SmoothingSettings(
                .certify(n0: 100, bound: .clopperPearson, norm: .l2), sigma: sigma, alpha: 0.001, n: 10_000, seed: 0)
            let record = try CertificationRun(
                model: loaded, images: images, settings: settings, selection: ImageSelection(skip: 10), batchSize: nil,
                threads: threadOptions.threads, output: directory).start()
            let findings = Verification.findings(
                in: URL(fileURLWithPath: directory), modelSHA256: loaded.sha256, images: images)
            guard findings.isEmpty else { throw CommandError(findings.map(\.description).joined(separator: "\n")) }
            print("""
                \(record.progress.completed) images, \(Int(clamping: record.samplesPerSecond).formatted()) samples per second; \
                every certificate verified from its votes
                """)
            directories.append(directory)
        }
        let runs = try ReportedRun.read(directories)
        let table = try ReportTable(runs).text(.markdown)
        try Data((table + "\n").utf8).write(to: URL(fileURLWithPath: "\(output)/table.md"), options: .atomic)
        for kind in ["svg", "png"] {
            try CurvePlot(runs).draw(to: URL(fileURLWithPath: "\(output)/curve.\(kind)"))
        }
        print("""

            \(table)

            \(output)/table.md       this table
            \(output)/curve.svg      certified accuracy against radius (also curve.png)
            \(output)/sigma-…/       the certificates, a line of JSON per image
            """)
    }
}
