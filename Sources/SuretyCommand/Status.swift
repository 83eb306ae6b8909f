import ArgumentParser
import Foundation
import Surety

/// `surety status`: who works on a shared run, how fast, and when it will be done.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who works on a shared run, how fast, and when it will be done.",
        discussion: """
            Reads the journals and claims in the folder that workers share (--share), and changes nothing.

            Example:
              surety status /scratch/run
              watch -n 10 surety status /scratch/run
            """)

    @Argument(help: "The folder that --share named.", completion: .directory)
    var folder: String

    func run() throws {
        let status = try SharedStatus(of: URL(fileURLWithPath: folder))
        print(Self.text(of: status))
        if status.done == status.images { print("next: surety merge \(folder) --output RUN") }
    }

    static func text(of status: SharedStatus) -> String {
        let rows = status.members.map { member in
            [
                member.worker.name, "\(member.worker.environment.threads)", "\(member.pieces)", member.amount.formatted(),
                Int(clamping: member.rate).formatted(), text(of: member.activity),
            ]
        }
        let table = columns([["worker", "threads", "pieces", status.unit, "a second", "now"]] + rows, rightAligned: [1, 2, 3, 4])
        let share = status.images == 0 ? 100 : 100 * status.done / status.images
        var summary = "\(status.method): \(status.done) of \(status.images) images decided (\(share) %), \(status.amount.formatted()) \(status.unit)"
        if status.rate > 0 { summary += ", \(Int(clamping: status.rate).formatted()) per second by active workers" }
        if status.takenOver > 0 {
            summary += "; \(status.takenOver) piece\(status.takenOver == 1 ? "" : "s") taken over from workers that gave no sign"
        }
        if status.done < status.images {
            summary += status.secondsLeft.map { "; about \(ProgressBar.duration($0)) left" }
                ?? "; the remaining time is not known yet"
        }
        return "\(table)\n\(summary)"
    }

    private static func text(of activity: SharedStatus.Activity) -> String {
        switch activity {
        case .works(let piece): "works on \(piece)"
        case .waits: "waits for others"
        case .left: "left"
        case .silent(let seconds): "no sign for \(ProgressBar.duration(seconds))"
        }
    }
}
