import Domain
import Foundation
import SeededRandom
import Testing

@testable import Identity
@testable import Text

@Suite struct `An admission's token` {
    private static let admission = Admission(
        entryID: EntryID("0123456789abcdef-0123456789abcdefghjkmnpqrs"), userID: UserID("ann"),
        claimUntil: Timestamp(microseconds: 1_900_000_000_000_001),
        sessionUntil: Timestamp(microseconds: 1_900_000_900_000_001))

    @Test func `says who is admitted, where, and until when`() {
        let tokens = AdmissionTokens(SigningKey())
        let token = tokens.token(for: Self.admission)
        #expect(tokens.admission(token) == Self.admission)
        #expect(token == tokens.token(for: Self.admission))
        #expect(token.utf8.count < 160)
        #expect(Self.admission.entryID.show == ShowID("0123456789abcdef"))
    }

    @Test(arguments: 1...40)
    func `keeps whatever it is made of`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let tokens = AdmissionTokens(SigningKey())
        func id(_ length: Int) -> String {
            String(decoding: (0..<length).map { _ in UInt8.random(in: 0x21...0x7E, using: &random) }, as: UTF8.self)
        }
        for length in [1, Int.random(in: 1...64, using: &random), 64] {
            let admission = Admission(
                entryID: EntryID(id(length)), userID: UserID(id(65 - length)),
                claimUntil: random.next() % 2 == 0
                    ? nil : Timestamp(microseconds: Int64.random(in: (.min + 1) ... .max, using: &random)),
                sessionUntil: Timestamp(microseconds: Int64.random(in: .min ... .max, using: &random)))
            #expect(tokens.admission(tokens.token(for: admission)) == admission)
        }
    }

    @Test func `of another key, or changed in any place, is none`() {
        let tokens = AdmissionTokens(SigningKey())
        let token = tokens.token(for: Self.admission)
        #expect(AdmissionTokens(SigningKey()).admission(token) == nil)
        for index in token.indices {
            for letter: Character in ["A", "B", "_", "."] where token[index] != letter {
                #expect(tokens.admission(token.replacingCharacters(in: index...index, with: String(letter))) == nil)
            }
        }
        for count in 0..<token.count { #expect(tokens.admission(String(token.prefix(count))) == nil) }
        for other in [
            token + "A", token + "=", " " + token, "\(token), \(token)", String(repeating: "A", count: 100_000),
        ] {
            #expect(tokens.admission(other) == nil)
        }
    }

    /// Who can sign can't make it read beyond its end either.
    @Test func `that lies about its lengths is none`() throws {
        let tokens = AdmissionTokens(SigningKey())
        let bytes = try #require(Base64URL.decode(tokens.token(for: Self.admission).utf8))
        for length in UInt8.min ... .max where length != bytes[17] {
            var other = bytes
            other[17] = length
            #expect(tokens.admission(Base64URL.encode(other)) == nil)
        }
    }
}

@Suite struct `The instance's seed of a draw` {
    @Test func `is the show's, and the key's alone`() {
        let key = SigningKey()
        let (show, other) = (ShowID("0123456789abcdef"), ShowID("0123456789abcdeg"))
        #expect(RoomSecrets(key).seed(of: show) == RoomSecrets(key).seed(of: show))
        #expect(RoomSecrets(key).seed(of: show) != RoomSecrets(key).seed(of: other))
        #expect(RoomSecrets(key).seed(of: show) != RoomSecrets(SigningKey()).seed(of: show))
        #expect(RoomSecrets(key).seed(of: show).count == 32)
        #expect(RoomSecrets(key).commitment(of: show) != RoomSecrets(key).seed(of: show))
    }
}
