public import Domain
import Foundation
import Text

/// The codes that tickets are shown by: a JSON Web Signature (RFC 7515, compact, EdDSA) of which ticket it is, of which
/// generation, and for which show. Short, since it has to fit an image: no key id, no type.
///
/// A code says that this system gave it out, and no more: whether that generation of the ticket still lets anybody in
/// is for the log to say.
public struct TicketCodes: Sendable {
    /// What a code says.
    public struct Claim: Equatable, Sendable {
        public var ticketID: TicketID
        /// Of the ticket, raised whenever it changes hands.
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

    /// What a code says; nil for anything but a code that this key signed.
    public func claim(_ code: String) -> Claim? {
        let text = Array(code.utf8)
        guard text.count <= Self.codeBytesMax else { return nil }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // One spelling of the header is ours; another algorithm, or none, is not.
        guard parts.count == 3, parts[0].elementsEqual(start.utf8), let signature = Base64URL.decode(parts[2]),
            VerificationKey.edDSA(key.publicKey).isValid(signature, of: text[..<parts[1].endIndex]),
            let payload = Base64URL.decode(parts[1])
        else { return nil }
        return Self.decode(payload)
    }

    private struct Payload: Decodable {
        var tkt: String
        var gen: Int
        var shw: String
    }

    private static func decode(_ json: [UInt8]) -> Claim? {
        guard JSONScan.fault(in: json) == nil else { return nil }
        let payload: Payload
        do { payload = try JSONDecoder().decode(Payload.self, from: Data(json)) } catch { return nil }
        guard let ticket = TicketID(checking: payload.tkt), let show = ShowID(checking: payload.shw) else { return nil }
        return Claim(ticketID: ticket, generation: payload.gen, show: show)
    }
}
