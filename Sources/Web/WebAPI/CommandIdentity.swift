import Crypto
public import Domain
import Foundation
public import HTTPServer
public import HTTPTypes
public import Hummingbird
public import Identity
public import NIOCore

/// The identity of a command: its caller, its method and path, and its key.
public struct CommandIdentity: Equatable, Sendable {
    public var principal: Principal
    /// The same for every repetition: the first 16 bytes of the SHA-256 of user id, method and path, and key.
    public var commandID: CommandID
    /// SHA-256 of method, path and body: tells a repetition from another request with the same key.
    public var fingerprint: [UInt8]

    /// - Parameter body: nil where the command has none, such as a DELETE.
    public init(_ request: Request, principal: Principal, key: IdempotencyKey, body: JSONBody?) {
        self.init(
            method: request.method, path: Self.canonical(request.uri.path), principal: principal, key: key,
            body: body?.bytes)
    }

    /// - Parameter path: without a query, in the one spelling that all others are another form of: no escapes, no empty
    ///   parts.
    public init(
        method: HTTPRequest.Method, path: String, principal: Principal, key: IdempotencyKey, body: ByteBuffer?
    ) {
        self.principal = principal
        let method = method.rawValue
        var asked: [UInt8] = []
        asked.reserveCapacity(16 + method.utf8.count + path.utf8.count + 64 + key.text.utf8.count)
        // Each part with its length: no two different lists of parts are the same bytes.
        for part in [principal.userID.rawValue, method, path, key.text] {
            withUnsafeBytes(of: UInt32(part.utf8.count).bigEndian) { asked.append(contentsOf: $0) }
            asked.append(contentsOf: part.utf8)
        }
        guard let commandID = CommandID(bytes: SHA256.hash(data: asked)) else {
            preconditionFailure("a SHA-256 has 32 bytes")
        }
        self.commandID = commandID
        var hash = SHA256()
        asked.removeAll(keepingCapacity: true)
        for part in [method, path] {
            withUnsafeBytes(of: UInt32(part.utf8.count).bigEndian) { asked.append(contentsOf: $0) }
            asked.append(contentsOf: part.utf8)
        }
        hash.update(data: asked)
        if let body { body.withUnsafeReadableBytes { hash.update(bufferPointer: $0) } }
        fingerprint = Array(hash.finalize())
    }

    /// The path as it is routed, however it is spelt: extra slashes and escapes don't make another command of it. A proxy
    /// on the way may write it anew between two attempts.
    private static func canonical(_ path: String) -> String {
        "/"
            + path.split(separator: "/").map { part in
                part.utf8.contains(UInt8(ascii: "%")) ? part.removingPercentEncoding ?? String(part) : String(part)
            }.joined(separator: "/")
    }
}

extension WholeResponse {
    /// Names the command that the response answers, and says whether the answer was on record already.
    public mutating func set(command id: CommandID, replayed: Bool) {
        headers.append(HTTPField(name: .commandID, value: id.description))
        if replayed { headers.append(HTTPField(name: .idempotentReplayed, value: "true")) }
    }
}
