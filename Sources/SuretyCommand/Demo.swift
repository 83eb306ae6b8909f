import ArgumentParser
import Foundation
import Surety

/// `surety demo`: the whole way, from training to certificates, on digits that need no download.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a small classifier on synthetic digits and certify it: model, certificates, table and plots.",
        discussion: "Example:\n  surety demo --output demo-output")

    @Option(help: "The directory to write to.")
    var output = "demo-output"

    @OptionGroup var threadOptions: ThreadOptions

    func run() throws {
        let model = try train()
        var directories: [String] = []
        let images = try DatasetSource.synthetic.load(.test, under: DatasetRoot())
        for sigma in [0.25, 0.5] {
            directories.append(try certify(model, images, sigma: sigma))
        }
        let runs = try ReportedRun.read(directories)
        let table = try ReportTable(runs).text(.markdown)
        try Data((table + "\n").utf8).replaceFile(at: URL(fileURLWithPath: "\(output)/table.md"))
        for kind in ["svg", "png"] {
            try CurvePlot(runs).draw(to: URL(fileURLWithPath: "\(output)/curve.\(kind)"))
        }
        print("""

            \(table)

            \(output)/table.md       this table
            \(output)/curve.svg      certified accuracy against radius (also curve.png)
            \(output)/sigma-…/       the certificates, a line of JSON per image
            \(output)/training/      the model, and loss and accuracy of its training (history.svg)
            """)
    }

    /// Trains by a bundled recipe; returns the model's path.
    private func train() throws -> String {
        let recipe = "synthetic-gaussian-0.5"
        print("surety train --recipe \(recipe) --output \(output)/training")
        let plan = try TrainingPlan(BundledRecipe.named(recipe).recipe())
        let images = try plan.images(under: DatasetRoot())
        let (epochs, signal) = try Terminal.follow(finishing: "the step in hand", threads: threadOptions.threads) {
            try plan.train(on: images, into: "\(output)/training", $0)
        }
        let total = plan.settings.epochs
        try Terminal.stop(epochs.count < total ? signal : nil, "\(output)/training", epochs.count, total, "epochs")
        if let last = epochs.last {
            print("""
                \(epochs.count) epochs of \(images.count.formatted()) images in \
                \(ProgressBar.duration(epochs.reduce(0) { $0 + $1.seconds })); loss \(String(format: "%.4f", last.loss)), \
                accuracy \(String(format: "%.4f", last.accuracy)) under noise

                """)
        }
        return "\(output)/training/model.onnx"
    }

    /// Certifies every tenth test image, and verifies the certificates; returns the run's directory.
    private func certify(_ model: String, _ images: LabelledImages, sigma: Double) throws -> String {
        let directory = "\(output)/sigma-\(sigma)"
        print("surety certify \(model) --data synthetic --sigma \(sigma) --n 10000 --skip 10 --output \(directory)")
        let loaded = try Model(contentsOf: model, imageShape: images.shape)
        let noise = try Noise.gaussian(sigma: sigma, grid: loaded.network.grid(for: images))
        let certifier = try Certifier(noise: noise, alpha: 0.001, n0: 100, n: 10_000)
        let record = try Terminal.follow(directory, threads: threadOptions.threads) {
            try loaded.certify(images, with: certifier, selection: ImageSelection(skip: 10), into: URL(fileURLWithPath: directory), $0)
        }.record
        let findings = Verification<SmoothingSettings>.findings(
            in: URL(fileURLWithPath: directory), modelSHA256: loaded.sha256, images: images)
        guard findings.isEmpty else { throw SuretyError(findings.map(\.description).joined(separator: "\n")) }
        print("""
            \(record.progress.completed) images, \(Int(clamping: record.samplesPerSecond ?? 0).formatted()) samples per second; \
            every certificate verified from its votes
            """)
        return directory
    }
}
