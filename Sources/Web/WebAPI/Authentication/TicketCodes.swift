public import Domain
import Foundation
import JWTKit

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

    private let signer: any JWTAlgorithm
    private let header = Base64URL.encode(#"{"alg":"EdDSA"}"#.utf8)

    /// - Parameter path: a PEM file with an Ed25519 private key, the same for every node.
    public init(keyFile path: String) async throws {
        let key: EdDSA.PrivateKey
        do {
            key = try EdDSA.PrivateKey(pem: String(contentsOf: URL(filePath: path), encoding: .utf8))
        } catch {
            throw KeyError("\(path) holds no Ed25519 private key: \(error)")
        }
        try await self.init(key)
    }

    init(_ key: EdDSA.PrivateKey) async throws {
        signer = try await JWTKeyCollection().add(eddsa: key).getKey()
    }

    /// The code of a ticket's generation.
    public func code(_ claim: Claim) throws -> String {
        var json = JSONWriter(capacity: 192)
        json.object { json in
            json.member("tkt", claim.ticketID)
            json.member("gen", claim.generation)
            json.member("shw", claim.show)
        }
        let signed = "\(header).\(Base64URL.encode(json.bytes))"
        return "\(signed).\(Base64URL.encode(try signer.sign(Array(signed.utf8))))"
    }

    /// What a code says; nil for anything but a code that this key signed.
    public func claim(_ code: String) -> Claim? {
        let text = Array(code.utf8)
        guard text.count <= Self.codeBytesMax else { return nil }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // One spelling of the header is ours; another algorithm, or none, is not.
        guard parts.count == 3, parts[0].elementsEqual(header.utf8), let signature = Base64URL.decode(parts[2]),
            isValid(signature, of: text[..<parts[1].endIndex]), let payload = Base64URL.decode(parts[1])
        else { return nil }
        return Self.decode(payload)
    }

    /// A signature of the wrong length makes some verifiers throw; it is not valid, no more and no less.
    private func isValid(_ signature: [UInt8], of signed: ArraySlice<UInt8>) -> Bool {
        do { return try signer.verify(signature, signs: signed) } catch { return false }
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
