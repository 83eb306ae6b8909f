public import Foundation
internal import SwiftProtobuf

/// Writes networks as ONNX files, which ONNX Runtime, PyTorch and `ONNXReader` open.
///
/// The file is written in opset 13 (IR version 7), with the input "input" [batch] + image shape, the output
/// "logits" [batch, classes] and an open batch size. Parameters keep their names. The same network and
/// metadata give the same bytes.
public enum ONNXWriter {
    /// The version of the operator set written.
    public static let opset = 13

    /// The file of a network.
    ///
    /// - Parameter metadata: Kept in the file as metadata properties, such as how the network was trained.
    /// - Throws: `ONNXError` when a layer does not exist in this opset (an average pool with dilation), or the file
    ///   would be larger than the format allows, 2 GB.
    public static func data(for network: Network, metadata: [String: String] = [:]) throws(ONNXError) -> Data {
        var model = Onnx_ModelProto()
        model.irVersion = 7
        model.producerName = "surety"
        model.opsetImport = [.with { $0.version = Int64(opset) }]
        model.metadataProps = metadata.sorted { $0.key < $1.key }.map { entry in
            .with { ($0.key, $0.value) = (entry.key, entry.value) }
        }
        var writing = ONNXGraphWriter(network)
        for vertex in network.vertices.dropFirst() { try writing.write(vertex) }
        model.graph = writing.finished()
        do {
            return try model.serializedData()
        } catch {
            throw ONNXError(.tooLarge, "the network does not fit an ONNX file (\(error))")
        }
    }
}
