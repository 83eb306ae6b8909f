import Foundation
import SuretyDatasets
import SuretyRecords
import SuretyTraining

/// The directory that a training writes to, one process at a time: `checkpoint` and `history.csv` after each epoch,
/// `model.onnx` and the plot at the end.
struct TrainingDirectory: ~Copyable {
    let path: String
    private let descriptor: Int32
    private let isNew: Bool

    /// Makes the directory if need be, and locks it until this value is released or the process ends.
    ///
    /// - Throws: `SuretyError` when another process trains into it, or the operating system refuses.
    init(_ path: String) throws(SuretyError) {
        isNew = !FileManager.default.fileExists(atPath: path)
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw SuretyError("cannot make the directory \(path): \(error.systemReason)")
        }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SuretyError("cannot open the directory \(path): \(String(cString: strerror(errno)))")
        }
        // Any other error means a file system without locks: there everyone may train.
        if lockExclusively(descriptor) == EWOULDBLOCK {
            close(descriptor)
            throw SuretyError("""
                \(path): another process is training into this directory. Wait for it, or give another output directory.
                """)
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// What an earlier start left; nil if there was none.
    func checkpoint() throws(TrainingError) -> Checkpoint? {
        FileManager.default.fileExists(atPath: checkpointFile.path) ? try Checkpoint(contentsOf: checkpointFile) : nil
    }

    var checkpointFile: URL { url(TrainingFile.checkpoint) }

    /// Writes the account of the training, with the digests of the files named, and the history.
    func write(_ record: TrainingRecord, history: [Trainer.Epoch], files: [String]) throws(SuretyError) {
        try write(Trainer.Epoch.table(of: history), to: TrainingFile.history)
        var record = record
        do {
            for name in files { record.files.add(name, try RunFile.read(url(name))) }
            try write(record.fileContents(), to: "run.json")
        } catch {
            throw SuretyError("\(error)")
        }
    }

    func write(_ data: Data, to name: String) throws(SuretyError) {
        do {
            try data.replaceFile(at: url(name))
        } catch {
            throw SuretyError("\(path)/\(name): cannot \(error.action): \(error.reason)")
        }
    }

    /// Removes a directory that was made unnecessarily, if it is still empty.
    func removeIfUnused() {
        if isNew { rmdir(path) }
    }

    func url(_ name: String) -> URL { URL(fileURLWithPath: path).appendingPathComponent(name) }
}
