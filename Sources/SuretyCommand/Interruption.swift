import Dispatch
import Foundation
import Synchronization

/// Treats Ctrl-C and termination as a request to stop in good order: what is complete is kept. A second signal
/// ends the process at once.
///
/// Unchecked because Dispatch does not declare its sources as shareable; they are only kept here.
final class Interruption: @unchecked Sendable {
    private let received = Atomic<Int32>(0)
    private var sources: [any DispatchSourceSignal] = []

    /// The signal that has come, if any.
    var signal: Int32? {
        let number = received.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// Takes over the signals from here on.
    ///
    /// - Parameter work: For the message: what will still be completed after a signal.
    init(finishing work: String = "the samples in hand") {
        for number in [SIGINT, SIGTERM] {
            Foundation.signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak self] in
                guard let self else { return }
                if received.exchange(number, ordering: .relaxed) != 0 { exit(128 + number) }
                Terminal.note("\nstopping after \(work); once more to stop at once")
            }
            source.resume()
            sources.append(source)
        }
    }
}
