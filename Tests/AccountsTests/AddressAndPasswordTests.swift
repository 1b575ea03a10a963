import Testing

@testable import Accounts

@Suite("E-mail addresses")
struct EmailAddressTests {
    @Test("One mailbox has one normal form, and keeps the spelling that mail goes to")
    func normalForm() throws {
        let address = try #require(EmailAddress("Ann.Lee+tix@Example.ORG"))
        #expect(address.normalized == "ann.lee+tix@example.org")
        #expect(address.text == "Ann.Lee+tix@Example.ORG")
        #expect(address.localPart == "ann.lee+tix")
    }

    @Test(
        "What is none is refused",
        arguments: [
            "", "@", "ann", "ann@", "@example.org", "ann@example", "ann@127.0.0.1", "ann@[127.0.0.1]",
            "a b@example.org",
            "ann@example.org\n", "ann\r\nBcc: eve@example.org@example.org", "ann@@example.org", "ann@exa mple.org",
            ".ann@example.org", "ann.@example.org", "a..n@example.org", "\"ann\"@example.org", "ann@-example.org",
            "ann@example-.org", "ann@example..org", "ann@.example.org", "ann@example.org.", "änn@example.org",
            "ann@exämple.org", "ann@exam_ple.org", "Ann <ann@example.org>", "ann@example.org,eve@example.org",
            String(repeating: "a", count: 65) + "@example.org",
            "a@" + String(repeating: "b", count: 64) + ".org",
            "a@" + Array(repeating: "bbbbbbbbb", count: 26).joined(separator: ".") + ".org",
        ])
    func refused(text: String) { #expect(EmailAddress(text) == nil) }

    @Test(
        "Letters that fold into ASCII don't make another's address",
        arguments: ["\u{212A}@example.org", "\u{17F}am@example.org"])
    func folding(text: String) { #expect(EmailAddress(text) == nil) }
}

@Suite("Passwords")
struct PasswordTests {
    private let common = CommonPasswords(["password1"])

    private func fault(_ text: String, for address: EmailAddress? = nil) -> PasswordFault? {
        do throws(PasswordFault) {
            _ = try Password(choosing: text, for: address, refusing: common)
            return nil
        } catch {
            return error
        }
    }

    @Test("Length counts characters: 8 to 128, whatever bytes they have")
    func length() {
        #expect(fault("1234567") == .tooShort)
        #expect(fault("k7#pQz!w") == nil)
        #expect(fault("ü€öäßéèñ") == nil)
        #expect(fault("ü€öäßéè") == .tooShort)
        #expect(fault(String(repeating: "🂡", count: 128)) == nil)
        #expect(fault(String(repeating: "x", count: 129)) == .tooLong)
        #expect(fault(String(repeating: "x", count: 1 << 20)) == .tooLong)
        #expect(Password(attempt: String(repeating: "x", count: 129)) == nil)
        #expect(Password(attempt: "short") != nil)
    }

    @Test("What guessers try first is refused, in any case")
    func guessed() throws {
        #expect(fault("PassWord1") == .common)
        let address = try #require(EmailAddress("Annabelle@example.org"))
        #expect(fault("annabelle", for: address) == .likeAddress)
        #expect(fault("annabelle@EXAMPLE.org", for: address) == .likeAddress)
        #expect(fault("annabelle", for: nil) == nil)
    }

    @Test("The list that is shipped has passwords of at least eight characters")
    func shipped() throws {
        let list = try CommonPasswords()
        #expect(list.contains("Password1") && list.contains("qwertyuiop") && list.contains("123456789"))
        #expect(!list.contains("dragon") && !list.contains(""))
        #expect(list.contains("Holdfast2026!") && list.contains("!!tickets"))
        let shop = try CommonPasswords(shop: "https://arena.example:8443")
        #expect(shop.contains("2027-Arena") && !list.contains("2027-Arena") && !shop.contains("arena of glass"))
    }

    @Test("A letter composed in another way is the same password")
    func normalization() throws {
        let composed = try #require(Password(attempt: "caf\u{E9}caf\u{E9}"))
        let decomposed = try #require(Password(attempt: "cafe\u{301}cafe\u{301}"))
        #expect(composed.bytes == decomposed.bytes)
    }

    @Test("Nothing that describes a password or a secret tells it")
    func hidden() throws {
        let password = try #require(Password(attempt: "k7#pQz!w"))
        let secret = Secret256()
        for text in ["\(password)", String(reflecting: password), String(describing: Optional(password))] {
            #expect(!text.contains("k7#") && !text.contains("107"))
        }
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains(secret.text) && !dumped.contains("\(secret.bytes[0]), "))
    }
}
