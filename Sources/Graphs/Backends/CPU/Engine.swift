import CSuretyOneDNN
import CSuretyOpenBLAS

/// A handle to oneDNN's CPU engine, which kernels are compiled for. Immutable after creation.
package final class Engine: @unchecked Sendable {
    let handle: OpaquePointer
    let algorithm: ConvolutionAlgorithm

    /// - Parameter algorithm: The algorithm with which its kernels convolve.
    /// - Throws: `GraphError` when oneDNN cannot be used on this machine.
    package init(convolving algorithm: ConvolutionAlgorithm = .direct) throws(GraphError) {
        self.algorithm = algorithm
        // Workers are threads with an executor each.
        openblas_set_num_threads(1)
        handle = try created("an engine") { surety_dnn_engine_create(&$0) }
    }

    deinit { surety_dnn_engine_free(handle) }

    /// Whether the library on this processor has the algorithm for a suitable convolution.
    package func computes(_ algorithm: ConvolutionAlgorithm) -> Bool {
        let (image, weights) = ([1, 32, 8, 8], [32, 32, 3, 3])
        return algorithm == .direct || WinogradConvolution(
            Convolution(geometry: ConvolutionGeometry(padding: 1)), inputs: [image, weights].map { Layout(plain: $0) }, output: image,
            engine: self) != nil
    }

    /// The numerical library, its version and the instructions it uses, for the provenance of results.
    package static var libraryVersion: String {
        var version: [Int32] = [0, 0, 0]
        surety_dnn_version(&version)
        let instructions = String(cString: surety_dnn_instruction_set())
        return "oneDNN \(version.map(String.init).joined(separator: ".")) with \(instructions)"
    }
}

/// The handle that `body` stores, or an error naming `what` could not be created.
func created(
    _ what: @autoclosure () -> String, _ body: (inout OpaquePointer?) -> surety_dnn_status
) throws(GraphError) -> OpaquePointer {
    var handle: OpaquePointer?
    // A kernel uses as many threads, wherever it runs, as the thread that makes it.
    surety_dnn_compute_on_this_thread_only()
    let status = body(&handle)
    guard status == 0, let handle else {
        throw GraphError("oneDNN cannot create \(what()): \(String(cString: surety_dnn_status_text(status)))")
    }
    return handle
}
