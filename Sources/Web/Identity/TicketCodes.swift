public import Domain
import Text

/// The codes that tickets are shown by: a JSON Web Signature (RFC 7515, compact, EdDSA) of which ticket it is, of which
/// generation, and for which show. Short, since it has to fit an image: no key id, no type.
///
/// A code says that this system gave it out, and no more: whether that generation of the ticket still lets anybody in
/// is for the log to say.
public struct TicketCodes: Sendable {
    /// The contents of a code.
    public struct Claim: Equatable, Sendable {
        public var ticketID: TicketID
        /// The ticket's generation, raised whenever the ticket changes hands.
        public var generation: Int
        public var show: ShowID

        public init(ticketID: TicketID, generation: Int, show: ShowID) {
            self.ticketID = ticketID
            self.generation = generation
            self.show = show
        }
    }

    /// The name of the key's file beside the local instance's other keys; see ``LocalKeys``.
    public static let fileName = "ticket-key.pem"
    /// Longer codes are not looked at; ours have about 250 characters.
    static let codeBytesMax = 1_024

    private static let header = #"{"alg":"EdDSA"}"#.utf8
    private let key: SigningKey
    private let start = Base64URL.encode(header)

    /// - Parameter path: a PEM file with an Ed25519 private key, the same for every node.
    public init(keyFile path: String) throws(KeyError) { self.init(try SigningKey(pemFile: path)) }

    init(_ key: SigningKey) { self.key = key }

    /// The code of a ticket's generation.
    public func code(_ claim: Claim) throws -> String {
        var json = JSONWriter(capacity: 192)
        json.object { json in
            json.member("tkt", claim.ticketID.rawValue)
            json.member("gen", claim.generation)
            json.member("shw", claim.show.rawValue)
        }
        return try key.sign(header: Self.header, payload: json.bytes)
    }

    /// The contents of a code; nil for anything but a code that this key signed.
    public func claim(_ code: String) -> Claim? {
        let text = Array(code.utf8)
        guard text.count <= Self.codeBytesMax else { return nil }
        // One spelling of the header is ours; another algorithm, or none, is not.
        guard let jws = CompactJWS(text), jws.header.elementsEqual(start.utf8),
            jws.isSigned(by: .edDSA(key.publicKey)), let payload: Payload = jws.decodedPayload(),
            let ticket = TicketID(checking: payload.tkt), let show = ShowID(checking: payload.shw)
        else { return nil }
        return Claim(ticketID: ticket, generation: payload.gen, show: show)
    }

    private struct Payload: Decodable {
        var tkt: String
        var gen: Int
        var shw: String
    }
}
