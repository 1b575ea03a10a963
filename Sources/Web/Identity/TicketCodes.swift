import Crypto
public import Domain
import Text

/// The codes that tickets are shown by: a JSON Web Signature (RFC 7515, compact, EdDSA) of which ticket it is, of which
/// generation, and for which show. Short, since it has to fit an image: a short key id, and no type.
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

    /// A key that codes are checked with.
    private struct Verifier {
        var key: Curve25519.Signing.PublicKey
        var keyID: String
        /// The header of its codes, in base 64.
        var start: [UInt8]

        init(_ key: Curve25519.Signing.PublicKey) {
            self.key = key
            // Short: it is in every code.
            keyID = String(PublicJWK(key).thumbprint.prefix(11))
            start = Array(Base64URL.encode(#"{"alg":"EdDSA","kid":"\#(keyID)"}"#.utf8).utf8)
        }
    }

    /// The header of codes from before keys had ids.
    private static let startWithoutKey = Array(Base64URL.encode(#"{"alg":"EdDSA"}"#.utf8).utf8)

    private let key: SigningKey
    /// The first is the signing key's.
    private let verifiers: [Verifier]

    /// - Parameters:
    ///   - path: a PEM file with an Ed25519 private key, the same for every node.
    ///   - others: PEM files with keys, private or public, whose codes are good too: those that signed before, and the one
    ///     that will sign next.
    public init(keyFile path: String, others: [String] = []) throws(KeyError) {
        var keys: [Curve25519.Signing.PublicKey] = []
        for other in others { keys.append(try Self.publicKey(pemFile: other)) }
        self.init(try SigningKey(pemFile: path), others: keys)
    }

    init(_ key: SigningKey, others: [Curve25519.Signing.PublicKey] = []) {
        self.key = key
        verifiers = [Verifier(key.publicKey)] + others.map(Verifier.init)
    }

    private static func publicKey(pemFile path: String) throws(KeyError) -> Curve25519.Signing.PublicKey {
        do throws(KeyError) {
            return try SigningKey(pemFile: path).publicKey
        } catch {
            guard let key = try DocumentVerificationKey(pemFile: path).edDSA else {
                throw KeyError("\(path): there is no Ed25519 key in PEM")
            }
            return key
        }
    }

    /// The public keys as a JWK Set (RFC 7517), for devices that check codes without a network. Every code names its key
    /// by `kid`, but for codes of versions that wrote none, which any of the keys may have signed.
    public var jwks: [UInt8] {
        var known: Set<String> = []
        return PublicJWK.set(
            verifiers.filter { known.insert($0.keyID).inserted }.map { (PublicJWK($0.key), $0.keyID) })
    }

    /// The code of a ticket's generation.
    public func code(_ claim: Claim) throws -> String {
        var json = JSONWriter(capacity: 192)
        json.object { json in
            json.member("tkt", claim.ticketID.rawValue)
            json.member("gen", claim.generation)
            json.member("shw", claim.show.rawValue)
        }
        return try key.sign(header: #"{"alg":"EdDSA","kid":"\#(verifiers[0].keyID)"}"#.utf8, payload: json.bytes)
    }

    /// The contents of a code; nil for anything but a code that one of the keys signed.
    public func claim(_ code: String) -> Claim? {
        let text = Array(code.utf8)
        guard text.count <= Self.codeBytesMax else { return nil }
        // One spelling of the header is ours; another algorithm, or none, is not.
        guard let jws = CompactJWS(text),
            verifiers.contains(where: { verifier in
                (jws.header.elementsEqual(verifier.start) || jws.header.elementsEqual(Self.startWithoutKey))
                    && jws.isSigned(by: .edDSA(verifier.key))
            }), let payload: Payload = jws.decodedPayload(),
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
