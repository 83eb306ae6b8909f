import CSuretyOpenSSL
import Foundation

/// SHA-256 (FIPS 180-4) from OpenSSL's libcrypto, as 64 lower-case hexadecimal digits.
///
///     SHA256.hexadecimal(of: "abc")   // "ba7816bf…15ad"
public enum SHA256 {
    /// The digest of bytes, as 64 digits.
    public static func hexadecimal(of bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { hexadecimal(of: $0) }
    }

    /// The digest of data, as 64 digits.
    public static func hexadecimal(of data: Data) -> String {
        data.withUnsafeBytes { hexadecimal(of: $0) }
    }

    /// The digest of the string's UTF-8 bytes.
    public static func hexadecimal(of string: String) -> String {
        hexadecimal(of: Array(string.utf8))
    }

    static func hexadecimal(of bytes: UnsafeRawBufferPointer) -> String {
        var digest = Digest()
        digest.update(bytes)
        return digest.hexadecimal()
    }
}

extension SHA256 {
    /// A digest under construction, for bytes that arrive in pieces.
    ///
    /// libcrypto fails here only when it was built or configured without SHA-256; no input can cause that.
    public struct Digest: ~Copyable {
        private let context: OpaquePointer

        /// A digest without any bytes yet.
        public init() {
            guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
                preconditionFailure("libcrypto offers no SHA-256")
            }
            self.context = context
        }

        deinit { EVP_MD_CTX_free(context) }

        /// Adds bytes, after those added before.
        public mutating func update(_ bytes: UnsafeRawBufferPointer) {
            guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
                preconditionFailure("libcrypto refused bytes for SHA-256")
            }
        }

        /// Adds bytes, after those added before.
        public mutating func update(_ bytes: [UInt8]) {
            bytes.withUnsafeBytes { update($0) }
        }

        /// Ends the digest.
        public consuming func hexadecimal() -> String {
            var sum = [UInt8](repeating: 0, count: 32)
            guard EVP_DigestFinal_ex(context, &sum, nil) == 1 else {
                preconditionFailure("libcrypto could not end a SHA-256")
            }
            let digits = Array("0123456789abcdef".utf8)
            return String(decoding: sum.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        }
    }
}
