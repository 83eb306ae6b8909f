import Foundation
import SuretyRecords
import Synchronization
import TestSupport

import SuretySharing

/// A file system of the network at its worst: replies are lost, attributes are old, listings and file ends lag behind.
final class SimulatedFolder: SharedFolder {
    struct File {
        var contents = Data()
        /// When it was made or renewed, the times before that, and when each part of it was written.
        var times: [Double] = []
        var written: [(end: Int, at: Double)] = []
    }

    struct State {
        /// The server's clock.
        var now = 0.0
        var files: [String: File] = [:]
        var generator: SeededGenerator
        /// Files of which a reply was lost: made, although the maker was told otherwise.
        var lostReplies = 0
    }

    let state: Mutex<State>
    /// The chance that the reply to the making of a file is lost.
    let loss: Double
    /// Attributes are as old as this at most, and so are listings and the ends of files.
    let lag: Double

    init(loss: Double = 0, lag: Double = 0, seed: UInt64) {
        (self.loss, self.lag) = (loss, lag)
        state = Mutex(State(generator: SeededGenerator(seed: Int(seed))))
    }

    func wait(_ seconds: Double) { state.withLock { $0.now += seconds } }
    var now: Double { state.withLock(\.now) }

    /// Every request takes 1 to 50 ms.
    private func request<Result>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            state.now += Double.random(in: 0.001...0.05, using: &state.generator)
            return body(&state)
        }
    }

    /// A time of which a cache may still know.
    private func seen(_ state: inout State) -> Double { state.now - (lag > 0 ? Double.random(in: 0...lag, using: &state.generator) : 0) }

    func create(_ name: String, _ contents: Data) -> Bool {
        request { state in
            guard state.files[name] == nil else { return false }
            state.files[name] = File(contents: contents, times: [state.now], written: [(contents.count, state.now)])
            if Double.random(in: 0..<1, using: &state.generator) < loss {
                state.lostReplies += 1
                return false
            }
            return true
        }
    }

    func age(of name: String) -> Double? {
        request { state in
            let seen = seen(&state)
            guard let times = state.files[name]?.times, let first = times.first else { return nil }
            return state.now - (times.last { $0 <= seen } ?? first)
        }
    }

    func renew(_ name: String) -> Bool {
        request { state in
            guard state.files[name] != nil else { return false }
            state.files[name]?.times.append(state.now)
            return true
        }
    }

    func remove(_ name: String) { request { $0.files[name] = nil } }

    func names(in folder: String) -> [String] {
        request { state in
            let seen = seen(&state)
            return state.files.filter { $0.key.hasPrefix(folder + "/") && $0.value.times[0] <= seen }.keys
                .map { String($0.dropFirst(folder.count + 1)) }.sorted()
        }
    }

    /// What was written lately may be missing, or be zeros up to its end.
    func read(_ name: String, from offset: Int) -> Data {
        request { state in
            guard let file = state.files[name] else { return Data() }
            let seen = seen(&state)
            let end = file.written.last { $0.at <= seen }?.end ?? 0
            var contents = file.contents.prefix(end)
            if end < file.contents.count, Bool.random(using: &state.generator) {
                let rest = file.contents.count - end
                contents += Data(count: rest - 1) + [UInt8(ascii: "\n")]
            }
            return contents.count > offset ? Data(contents.dropFirst(offset)) : Data()
        }
    }

    func append(_ name: String, _ contents: Data) {
        request { state in
            if state.files[name] == nil { state.files[name] = File(times: [state.now]) }
            state.files[name]?.contents += contents
            state.files[name]?.times.append(state.now)
            let end = state.files[name]?.contents.count ?? 0
            state.files[name]?.written.append((end, state.now))
        }
    }
}
