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
}
