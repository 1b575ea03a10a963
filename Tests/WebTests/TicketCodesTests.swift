import Domain
import Foundation
import Testing

@testable import Identity
@testable import Text

@Suite struct `A ticket's code` {
    private let claim = TicketCodes.Claim(
        ticketID: TicketID("0123456789abcdef-o-1"), generation: 2, show: ShowID("0123456789abcdef"))

    @Test func `says which ticket it is, of which generation`() throws {
        let codes = TicketCodes(SigningKey())
        let code = try codes.code(claim)
        #expect(codes.claim(code) == claim)
        #expect(code.utf8.count < 300, "it has to fit an image")
    }

    @Test func `of another key, or changed in any place, is none`() throws {
        let codes = TicketCodes(SigningKey())
        let code = try codes.code(claim)
        #expect(TicketCodes(SigningKey()).claim(code) == nil)
        for index in code.indices {
            for letter: Character in ["A", "B", "."] where code[index] != letter {
                #expect(codes.claim(code.replacingCharacters(in: index...index, with: String(letter))) == nil)
            }
        }
        #expect(codes.claim("") == nil)
        #expect(codes.claim(String(code.dropLast())) == nil)
        #expect(codes.claim(code + "=") == nil)
        #expect(codes.claim(String(repeating: "x", count: 100_000)) == nil)
    }

    @Test func `without a signature is none, whatever it says of that`() throws {
        let codes = TicketCodes(SigningKey())
        let parts = try codes.code(claim).split(separator: ".")
        for header in [#"{"alg":"none"}"#, #"{"alg":"HS256"}"#, #"{"alg":"EdDSA","crit":["x"]}"#] {
            #expect(codes.claim("\(Base64URL.encode(header.utf8)).\(parts[1]).\(parts[2])") == nil)
            #expect(codes.claim("\(Base64URL.encode(header.utf8)).\(parts[1]).") == nil)
        }
    }

    @Test func `names its key, and stays good when another key signs`() throws {
        let (old, new) = (SigningKey(), SigningKey())
        let before = try TicketCodes(old).code(claim)
        let rotated = TicketCodes(new, others: [old.publicKey])
        #expect(rotated.claim(before) == claim)
        #expect(TicketCodes(old, others: [new.publicKey]).claim(try rotated.code(claim)) == claim)
        #expect(TicketCodes(new).claim(before) == nil)
        // One key's id over the other's signature is none.
        let parts = (before.split(separator: "."), try rotated.code(claim).split(separator: "."))
        #expect(rotated.claim("\(parts.1[0]).\(parts.0[1]).\(parts.0[2])") == nil)
    }

    @Test func `of a version without key ids is good still`() throws {
        let key = SigningKey()
        let payload = try TicketCodes(key).code(claim).split(separator: ".")[1]
        let bytes = try #require(Base64URL.decode(Array(payload.utf8)[...]))
        let code = try key.sign(header: #"{"alg":"EdDSA"}"#.utf8, payload: bytes)
        #expect(TicketCodes(key).claim(code) == claim)
        #expect(TicketCodes(SigningKey(), others: [key.publicKey]).claim(code) == claim)
    }

    @Test func `can be checked with the published keys alone`() throws {
        let key = SigningKey()
        let codes = TicketCodes(SigningKey(), others: [key.publicKey, key.publicKey])
        let keys = try VerificationKeys(jwks: codes.jwks)
        #expect(keys.skipped.isEmpty)
        for code in [try codes.code(claim), try TicketCodes(key).code(claim)] {
            struct Header: Decodable { var kid: String }
            let jws = try #require(CompactJWS(Array(code.utf8)))
            let header: Header = try #require(jws.decodedHeader())
            #expect(jws.isSigned(by: try #require(keys[header.kid])))
        }
    }
}
