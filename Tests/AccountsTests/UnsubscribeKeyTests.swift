import Accounts
import Crypto
import Domain
import Testing

@Suite("Links to unsubscribe")
struct UnsubscribeKeyTests {
    @Test("A token is good for its account alone, and nobody makes one up")
    func tokens() throws {
        let key = UnsubscribeKey(SymmetricKey(size: .bits256))
        let ann = UserID("account:00112233445566778899aabbccddeeff")
        let token = try #require(key.token(of: ann))
        #expect(key.account(of: token) == ann)
        #expect(UnsubscribeKey(SymmetricKey(size: .bits256)).account(of: token) == nil)
        for index in token.indices {
            var other = Array(token)
            other[token.distance(from: token.startIndex, to: index)] = token[index] == "A" ? "B" : "A"
            #expect(key.account(of: String(other)) == nil)
        }
        for text in ["", "x", token + "A", String(token.dropLast()), String(repeating: "A", count: 10_000)] {
            #expect(key.account(of: text) == nil)
        }
        #expect(key.token(of: UserID("ann")) == nil)
        #expect(key.token(of: UserID("account:zz")) == nil)
    }
}
