import HTTPTypes
public import Hummingbird
public import Identity
import NIOCore

/// `GET /.well-known/jwks.json`: the public keys that ticket codes are signed with, for devices at a door without a
/// network. Anybody may have them.
public struct TicketKeysRoute: Sendable {
    private let document: ByteBuffer

    public init(_ codes: TicketCodes) { document = ByteBuffer(bytes: codes.jwks) }

    public func add(to router: Router<APIContext>) {
        // A device looks again in time for a new key, which nodes know before any of them signs with it.
        router.get(".well-known/jwks.json") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/jwk-set+json", .cacheControl: "public, max-age=300"],
                body: ResponseBody(byteBuffer: document))
        }
    }
}
