import Foundation
import Synchronization

/// An HTTP server on the loopback interface that answers as a test tells it, one request after the other. It
/// serves until the tests end.
final class LocalServer: Sendable {
    struct Request: Sendable, Equatable {
        let path: String
        /// The first byte asked for by a Range header.
        let start: Int?
    }

    struct Reply: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        /// Closes the connection when so much of the body has gone out.
        var cut: Int?
    }

    let port: UInt16
    private let listener: Int32
    private let seen = Mutex<[Request]>([])

    var requests: [Request] { seen.withLock { $0 } }

    init(answer: @escaping @Sendable (Request) -> Reply) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isReady = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isReady else { throw POSIXError(.EADDRNOTAVAIL) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                serve(connection, answer)
                close(connection)
            }
        }
    }

    func url(_ path: String) throws -> URL {
        guard let url = URL(string: "http://127.0.0.1:\(port)/\(path)") else { throw URLError(.badURL) }
        return url
    }

    /// The bytes, whole or from where the request asks.
    static func file(_ bytes: [UInt8], for request: Request) -> Reply {
        guard let start = request.start else { return Reply(body: bytes) }
        return Reply(
            status: 206, headers: ["Content-Range": "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"],
            body: Array(bytes[start...]))
    }

    private func serve(_ connection: Int32, _ answer: (Request) -> Reply) {
        var text = ""
        var piece = [UInt8](repeating: 0, count: 4096)
        while !text.contains("\r\n\r\n") {
            let count = recv(connection, &piece, piece.count, 0)
            if count <= 0 { return }
            text += String(decoding: piece[..<count], as: UTF8.self)
        }
        let lines = text.components(separatedBy: "\r\n")
        let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
        let start = range.flatMap { Int($0.dropFirst("range: bytes=".count).prefix { $0 != "-" }) }
        let request = Request(path: lines[0].components(separatedBy: " ")[1], start: start)
        seen.withLock { $0.append(request) }

        let reply = answer(request)
        var head = "HTTP/1.1 \(reply.status) Answer\r\nConnection: close\r\nContent-Length: \(reply.body.count)\r\n"
        for (name, value) in reply.headers { head += "\(name): \(value)\r\n" }
        var bytes = Array((head + "\r\n").utf8) + reply.body.prefix(reply.cut ?? reply.body.count)
        while !bytes.isEmpty {
            let count = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            if count <= 0 { return }
            bytes.removeFirst(count)
        }
    }
}
