import Crypto
import Testing

@testable import Accounts

@Suite("One-time passwords")
struct OneTimePasswordTests {
    /// RFC 6238, appendix B, of which apps show the last six digits.
    @Test(
        "are those of the standard",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)])
    func standard(seconds: Int64, code: String) throws {
        let totp = try #require(OneTimePassword(secret: Array("12345678901234567890".utf8)))
        #expect(totp.step(of: code, at: seconds, after: 0) == seconds / 30)
        #expect(totp.base32 == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    }

    @Test("are good for a step before and after, and never again")
    func steps() throws {
        let totp = OneTimePassword()
        let code = totp.code(at: 1000)
        for step in 999...1001 as ClosedRange<Int64> {
            #expect(totp.step(of: code, at: step * 30, after: 0) == 1000)
            #expect(totp.step(of: code, at: step * 30, after: 1000) == nil)
        }
        for text in ["", "12345", "1234567", "abcdef", code + "0"] where text != code {
            #expect(totp.step(of: text, at: 30_000, after: 0) == nil)
        }
        #expect(totp.step(of: code, at: 0, after: -1) == nil)
    }

    @Test("Recovery codes are read as people type them")
    func recovery() {
        let code = RecoveryCode()
        #expect(RecoveryCode(code.text)?.hash == code.hash)
        #expect(RecoveryCode(code.text.uppercased().replacing("-", with: " "))?.hash == code.hash)
        for text in ["", "1234-5678-9012-3456", String(code.text.dropLast()), code.text + "a"] {
            #expect(RecoveryCode(text) == nil)
        }
    }

    @Test("An app takes the secret from a URI; what is sealed opens with its own key alone")
    func secrets() throws {
        let totp = try #require(OneTimePassword(secret: Array("12345678901234567890".utf8)))
        #expect(
            totp.uri(issuer: "shop.example", account: "ann+a@example.org")
                == "otpauth://totp/shop.example:ann%2Ba@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=shop.example"
        )
        let box = SecretBox(SymmetricKey(data: Array(repeating: UInt8(1), count: 32)))
        let sealed = box.seal(totp.secret)
        #expect(box.open(sealed) == totp.secret)
        #expect(SecretBox(SymmetricKey(data: Array(repeating: UInt8(2), count: 32))).open(sealed) == nil)
        #expect(box.open([]) == nil && box.open(Array(sealed.dropLast())) == nil)
    }
}
