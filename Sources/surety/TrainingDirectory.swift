import Datasets
import Foundation
import Records
import Training

/// The directory that a training writes to, one process at a time: `checkpoint` and `history.csv` after each epoch,
/// `model.onnx` and the plot at the end.
struct TrainingDirectory: ~Copyable {
    let path: String
    private let descriptor: Int32
    private let isNew: Bool

    /// Makes the directory if need be, and locks it until this value goes away or the process ends.
    ///
    /// - Throws: `CommandError` when another process trains into it, or the operating system refuses.
    init(_ path: String) throws(CommandError) {
        isNew = !FileManager.default.fileExists(atPath: path)
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandError("cannot make the directory \(path): \(error.systemReason)")
        }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandError("cannot open the directory \(path): \(String(cString: strerror(errno)))")
        }
        if !Self.lock(descriptor) {
            close(descriptor)
            throw CommandError("""
                \(path): another process is training into this directory. Wait for it, or give another output directory.
                """)
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Whether nobody else has the lock. Tries for a second, as a process that has just ended holds it a moment longer. On a
    /// file system without locks everyone has it.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<100 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { return true }
            usleep(10_000)
        }
        return false
    }

    /// What an earlier start left; nil where there was none.
    func checkpoint() throws(TrainingError) -> Checkpoint? {
        FileManager.default.fileExists(atPath: checkpointFile.path) ? try Checkpoint(contentsOf: checkpointFile) : nil
    }

    var checkpointFile: URL { url("checkpoint") }

    /// Writes the history as a table, with the share of the confined images where the defense confines any.
    func write(history: [Trainer.Epoch]) throws(CommandError) {
        let rows = history.map { epoch in
            let seconds = String(format: "%.3f", epoch.seconds)
            let share = epoch.confinedShare.map { ",\($0)" } ?? ""
            return "\(epoch.number),\(epoch.loss),\(epoch.accuracy),\(epoch.learningRate),\(seconds)\(share)\n"
        }
        let last = history.contains { $0.confinedShare != nil } ? ",stopped_by_cell" : ""
        try write(Data("epoch,loss,accuracy,learning_rate,seconds\(last)\n\(rows.joined())".utf8), to: "history.csv")
    }

    func write(_ data: Data, to name: String) throws(CommandError) {
        do {
            try data.replaceFile(at: url(name))
        } catch {
            throw CommandError("\(path)/\(name): cannot \(error.action): \(error.reason)")
        }
    }

    /// Takes a directory that was made for nothing away again, if it is still empty.
    func removeIfUnused() {
        if isNew { rmdir(path) }
    }

    func url(_ name: String) -> URL { URL(fileURLWithPath: path).appendingPathComponent(name) }
}
