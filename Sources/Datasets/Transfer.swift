import Foundation
import SuretyRecords
import Synchronization
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One request for a file, or for the rest of it, written to disk as it arrives.
final class Transfer: NSObject, URLSessionDataDelegate, Sendable {
    enum Outcome {
        /// The server closed the connection in order.
        case ended
        /// The connection broke; what arrived is on disk.
        case broken(String)
        /// This server will not give the file.
        case refused(String)
    }

    private struct State {
        var disk: FileHandle?
        var written: Int
        var refusal: String?
        var diskFailure: String?
        var continuation: CheckedContinuation<Result<Outcome, DatasetError>, Never>?
    }

    private let file: RemoteFile
    private let partial: URL
    private let start: Int
    private let report: @Sendable (DatasetFetch.Event) -> Void
    private let state: Mutex<State>

    private init(
        _ file: RemoteFile, into partial: URL, startingAt start: Int, disk: sending FileHandle,
        report: @escaping @Sendable (DatasetFetch.Event) -> Void
    ) {
        self.file = file
        self.partial = partial
        self.start = start
        self.report = report
        state = Mutex(State(disk: disk, written: start))
    }

    /// Asks `mirror` for the bytes from `start` on and appends them to `partial`; if a server sends the whole file instead,
    /// the file starts anew.
    static func run(
        _ file: RemoteFile, from mirror: URL, into partial: URL, startingAt start: Int,
        report: @escaping @Sendable (DatasetFetch.Event) -> Void
    ) async throws(DatasetError) -> Outcome {
        let descriptor = open(partial.path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .inaccessible(partial, "write it", String(cString: strerror(errno))) }
        let disk = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let transfer = Transfer(file, into: partial, startingAt: start, disk: disk, report: report)

        var request = URLRequest(url: mirror)
        // The published digest is of the file itself, not of what a client unpacks.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if start > 0 { request.setValue("bytes=\(start)-", forHTTPHeaderField: "Range") }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 60
        let session = URLSession(configuration: configuration, delegate: transfer, delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        let task = session.dataTask(with: request)
        let result = await withCheckedContinuation { continuation in
            transfer.state.withLock { $0.continuation = continuation }
            task.resume()
        }
        return try result.get()
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let refusal = state.withLock { state in
            state.refusal = prepare(&state, for: response)
            return state.refusal
        }
        completionHandler(refusal == nil ? .allow : .cancel)
        if refusal != nil { dataTask.cancel() }
    }

    /// Moves the position on disk to where the answer begins, or says why the answer cannot be used.
    private func prepare(_ state: inout State, for response: URLResponse) -> String? {
        guard let answer = response as? HTTPURLResponse else { return "this is not an HTTP server" }
        switch answer.statusCode {
        case 200: state.written = 0
        case 206:
            let range = answer.value(forHTTPHeaderField: "Content-Range") ?? ""
            guard range.hasPrefix("bytes \(start)-") else {
                return "asked for the bytes from \(start) on, it sends '\(range)'"
            }
        default: return "the server answers \(answer.statusCode)"
        }
        do {
            try state.disk?.truncate(atOffset: UInt64(state.written))
            try state.disk?.seek(toOffset: UInt64(state.written))
        } catch {
            state.diskFailure = error.systemReason
            return "the disk refuses"
        }
        return nil
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let written: Int? = state.withLock { state in
            guard state.refusal == nil else { return nil }
            guard state.written + data.count <= file.byteCount else {
                state.refusal = "it sends more than the \(file.byteCount) bytes of the published file"
                return nil
            }
            do {
                try state.disk?.write(contentsOf: data)
                state.written += data.count
                return state.written
            } catch {
                state.diskFailure = error.systemReason
                state.refusal = "the disk refuses"
                return nil
            }
        }
        if let written {
            report(.received(file: file.name, bytes: written, of: file.byteCount))
        } else {
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let (continuation, result) = state.withLock { state in
            let result: Result<Outcome, DatasetError> = if let words = state.diskFailure {
                .failure(.inaccessible(partial, "write it", words))
            } else if let refusal = state.refusal {
                .success(.refused(refusal))
            } else if let error {
                .success(.broken(error.systemReason))
            } else {
                .success(.ended)
            }
            try? state.disk?.close()
            state.disk = nil
            defer { state.continuation = nil }
            return (state.continuation, result)
        }
        continuation?.resume(returning: result)
    }
}
