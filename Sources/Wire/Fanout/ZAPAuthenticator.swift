/// Answers the question of the ZeroMQ Authentication Protocol 1.0 (https://rfc.zeromq.org/spec/27): may this client
/// connect? Yes to CURVE clients on the list; no, or what is wrong with the question, to everything else.
struct ZAPAuthenticator {
    /// All our sockets ask under this name.
    static let domain = "holdfast"
    /// A CURVE request has seven frames.
    static let framesMax = 16
    private static let version = Array("1.0".utf8)

    let allowedClients: Set<CurvePublicKey>

    struct Reply: Equatable {
        enum Status: String {
            case accepted = "200"
            case refused = "400"
            case malformed = "500"
        }
        var status: Status
        var text: String
        var requestID: [UInt8]
        var client: CurvePublicKey?

        /// Version, request id, status code and text, user id, metadata.
        var frames: [[UInt8]] {
            let user = status == .accepted ? client?.description ?? "" : ""
            return [
                ZAPAuthenticator.version, requestID, Array(status.rawValue.utf8), Array(text.utf8), Array(user.utf8),
                [],
            ]
        }
    }

    /// `request`: version, request id, domain, address, identity, mechanism, and what the mechanism brings: for CURVE
    /// the client's public key.
    func reply(to request: [[UInt8]]) -> Reply {
        let requestID = request.count > 1 ? request[1] : []
        func reply(_ status: Reply.Status, _ text: String, _ client: CurvePublicKey? = nil) -> Reply {
            Reply(status: status, text: text, requestID: requestID, client: client)
        }
        guard request.count >= 6 else { return reply(.malformed, "incomplete request") }
        guard request[0] == Self.version else { return reply(.malformed, "unknown ZAP version") }
        guard request[2] == Array(Self.domain.utf8) else { return reply(.refused, "unknown domain") }
        guard request[5] == Array("CURVE".utf8) else { return reply(.refused, "CURVE required") }
        guard request.count == 7, let client = CurvePublicKey(bytes: request[6]) else {
            return reply(.malformed, "malformed credentials")
        }
        guard allowedClients.contains(client) else { return reply(.refused, "client key not allowed", client) }
        return reply(.accepted, "OK", client)
    }
}
