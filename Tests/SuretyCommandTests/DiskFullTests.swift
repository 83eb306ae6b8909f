import Foundation
import TestSupport
import Testing

/// If there is no room left to write, nothing that was done is lost.
@Suite struct DiskFullTests {
    /// The shell's limit on the size of a file, in blocks of 512 bytes: too little for the record, and enough for a few
    /// certificates.
    @Test(arguments: [
        ("1", "run.json: cannot write it", 0..<1), ("8", "certificates.jsonl: cannot write a line", 1..<12),
    ])
    func goesOnAfterALimitOnFiles(blocks: String, message: String, counts: Range<Int>) throws {
        let folder = try TemporaryFolder()
        let truth = try DigitsRun.make(folder("truth"))
        let limited = try Command(
            script: "ulimit -f \(blocks) && exec \"$SURETY\" \"$@\"", DigitsRun.arguments(folder("run")))
        #expect(limited.refused(naming: message))
        let kept = try RunFiles.lines(folder("run"))
        #expect(counts.contains(kept.count))

        let finished = try DigitsRun.make(folder("run"))
        #expect(finished.lines.starts(with: kept))
        #expect(finished.untimedLines == truth.untimedLines)
        #expect(finished.untimedRows == truth.untimedRows)
        #expect(try Command("verify", folder("run")).status == 0)
    }

    private static let mounts: Bool = {
        (try? Command(script: "unshare -rm mount -t tmpfs none /mnt").status) == 0
    }()

    /// A file system of 8 KiB, in a mount namespace of the test's own.
    @Test(.enabled(if: mounts, "needs leave to mount a file system in a namespace"))
    func goesOnAfterAFullDisk() throws {
        let folder = try TemporaryFolder()
        let truth = try DigitsRun.make(folder("truth"))
        try FileManager.default.createDirectory(atPath: folder("disk"), withIntermediateDirectories: true)
        let script = """
            exec unshare -rm sh -ec '
              copies=$1 disk=$2; shift 2
              mount -t tmpfs -o size=8k none "$disk"
              status=0; "$SURETY" "$@" || status=$?
              cp -r "$disk/run" "$copies/full"
              mount -o remount,size=10m "$disk"
              "$SURETY" "$@"
              cp -r "$disk/run" "$copies/finished"
              exit $status' sh "$@"
            """
        let command = try Command(
            script: script, [folder.root.path, folder("disk")] + DigitsRun.arguments(folder("disk/run")))
        #expect(command.refused(naming: "No space left on device"), "\(command)")
        #expect(command.errors.contains("certificates.jsonl: cannot write a line"))
        let kept = try RunFiles.lines(folder("full"))
        #expect((1..<12).contains(kept.count))

        let finished = try RunFiles(folder("finished"))
        #expect(finished.lines.starts(with: kept))
        #expect(finished.untimedLines == truth.untimedLines)
        #expect(finished.untimedRows == truth.untimedRows)
        #expect(try Command("verify", folder("finished")).status == 0)
    }
}
