import Foundation
import SuretyStatistics

/// `certificates.tsv`: certificates as the tab-separated table that other tools of the field write and read.
///
/// For certificates six columns, `idx label predict radius correct time`, with predict −1 and radius 0 without an answer,
/// the radius with six decimals rounded down, and the time in seconds; for predictions the same without a radius.
enum CertificateTable {
    static func header(for settings: SmoothingSettings) -> String {
        switch settings.procedure {
        case .certify: "idx\tlabel\tpredict\tradius\tcorrect\ttime"
        case .predict: "idx\tlabel\tpredict\tcorrect\ttime"
        }
    }

    static func row(_ certificate: Certificate, _ settings: SmoothingSettings) -> String {
        let time = String(format: "%.3f", certificate.seconds)
        var cells = ["\(certificate.image)", "\(certificate.label)", "\(certificate.verdict.answer ?? -1)"]
        if case .certify = settings.procedure {
            cells.append((certificate.verdict.radius ?? 0).decimalRoundedDown(digits: 6))
        }
        return (cells + [certificate.isCorrect ? "1" : "0", time]).joined(separator: "\t")
    }

    static func fileContents(_ certificates: [Certificate], _ settings: SmoothingSettings) -> Data {
        let lines = [header(for: settings)] + certificates.map { row($0, settings) }
        return Data((lines.joined(separator: "\n") + "\n").utf8)
    }
}
