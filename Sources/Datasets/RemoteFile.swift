import Foundation

/// A published file: where to get it, how long it is, and the digest that it must have.
public struct RemoteFile: Sendable, Equatable {
    /// Its name at its addresses and on disk.
    public let name: String
    /// Its length in bytes, as it is sent.
    public let byteCount: Int
    /// SHA-256, as lower-case hexadecimal digits.
    public let sha256: String
    /// Addresses of the same bytes, tried in this order.
    public let mirrors: [URL]

    /// - Parameters:
    ///   - sha256: Lower-case hexadecimal digits.
    ///   - mirrors: Addresses of the same bytes, in the order to try.
    public init(name: String, byteCount: Int, sha256: String, mirrors: [URL]) {
        self.name = name
        self.byteCount = byteCount
        self.sha256 = sha256
        self.mirrors = mirrors
    }
}

extension RemoteFile {
    /// The four files of MNIST (LeCun, Cortes and Burges), as first published.
    static let mnist: [RemoteFile] = [
        ("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        ("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        ("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        ("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ].map { name, byteCount, sha256 in
        RemoteFile(name: name, byteCount: byteCount, sha256: sha256, mirrors: addresses(of: name, at: [
            "https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ]))
    }

    /// The binary version of CIFAR-10 (Krizhevsky 2009).
    static let cifar10 = RemoteFile(
        name: "cifar-10-binary.tar.gz", byteCount: 170_052_171,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        mirrors: addresses(of: "cifar-10-binary.tar.gz", at: ["https://www.cs.toronto.edu/~kriz/"]))

    private static func addresses(of name: String, at folders: [String]) -> [URL] {
        folders.compactMap { URL(string: $0 + name) }
    }
}
