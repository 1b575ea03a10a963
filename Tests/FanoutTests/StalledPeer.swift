import Foundation

/// A ZMTP 3.0 subscriber (https://rfc.zeromq.org/spec/23) by hand, which says that it wants everything and then never
/// reads again, so that everything on the way to it fills up. libzmq itself can't be made to do this.
final class StalledPeer {
    struct Failed: Error {
        var operation: String
        var number: Int32
    }
    private let socket: Int32

    init(path: String) throws {
        socket = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Failed(operation: "socket", number: errno) }
        var bufferBytes: Int32 = 4096
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bufferBytes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw Failed(operation: "connect", number: errno) }
        // Greeting: signature, version 3.0, mechanism NULL, not a server, filler.
        var greeting: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0] + Array("NULL".utf8)
        greeting += [UInt8](repeating: 0, count: 64 - greeting.count)
        try send(greeting)
        try receive(64)
        let ready: [UInt8] =
            [5] + Array("READY".utf8) + [11] + Array("Socket-Type".utf8) + [0, 0, 0, 3] + Array("SUB".utf8)
        try send([4, UInt8(ready.count)] + ready)
        // The publisher's own READY: flags, length, body.
        let header = try receive(2)
        try receive(Int(header[1]))
        try send([0, 1, 1])
    }

    deinit { close(socket) }

    /// Waits for the first byte of the first message: from then on the publisher sends to us.
    func awaitFirstByte() throws { try receive(1) }

    private func send(_ bytes: [UInt8]) throws {
        guard Foundation.send(socket, bytes, bytes.count, 0) == bytes.count else {
            throw Failed(operation: "send", number: errno)
        }
    }

    @discardableResult private func receive(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard recv(socket, &bytes, count, Int32(MSG_WAITALL)) == count else {
            throw Failed(operation: "recv", number: errno)
        }
        return bytes
    }
}
