import Accounts
import Crypto
import Domain
import Foundation
import Testing

extension ParsersUnderFuzz {
    @Test("Addresses, PHC strings, cookies, codes and origins") func accounts() async throws {
        let key = SessionKey(SymmetricKey(data: Array(repeating: UInt8(7), count: 32)))
        let box = SecretBox(SymmetricKey(data: Array(repeating: UInt8(8), count: 32)))
        try await fuzz(
            FuzzRun(
                parser: "account", inputs: 6_000,
                words: [
                    "$scrypt$", "ln=", ",r=", ",p=1", "=", "S=", "; ", "@", ".", "xn--", "https://", "http://", ":443",
                    "/account", "%5c", "%2F", "%0d", "//", "/..", "\\", "?a=b", "#",
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                ])
        ) { input in
            let text = String(decoding: input, as: UTF8.self)
            var read: [String] = []
            if let address = EmailAddress(text) {
                try expect(
                    EmailAddress(address.normalized)?.normalized == address.normalized,
                    "\(address.normalized) is no normal form")
                try expect(text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "an address that a mail can't name")
                read.append("address")
            }
            if let hash = PasswordHash(text) {
                try expect(hash.text == text, "\(hash.text) was read from \(text)")
                try expect(hash.cost.memoryBytes <= ScryptCost.memoryBytesMax, "a hash that nobody should compute")
                read.append("hash")
            }
            switch CookieHeader.find("S", in: text) {
            case .none: break
            case .one(let value):
                try expect(CookieHeader.mayName("S", in: text), "a cookie that the lane would not see")
                try expect(!value.contains(";"), "two cookies were read as one")
                read.append("cookie")
            case .ambiguous: read.append("ambiguous cookie")
            }
            if let code = Secret256(text) {
                try expect(code.text == text, "one code has two spellings")
                read.append("code")
            }
            try expect(key.open(text) == nil, "a cookie that nobody sealed")
            if let origin = CrossSiteRule.origin(of: text) {
                try expect(CrossSiteRule.origin(of: origin) == origin, "\(origin) was read from \(text)")
                read.append("origin")
            }
            if let path = ReturnPath(text) {
                let url = URL(string: path.text, relativeTo: URL(string: "https://shop.example"))?.standardized
                    .absoluteURL
                try expect(url?.host() == "shop.example" && url?.scheme == "https", "\(path.text) leads elsewhere")
                try expect(
                    !path.text.contains("\\") && path.text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "\(path)")
                read.append("path")
            }
            let attempt = Result { () throws(ProviderLoginFault) in
                try LoginAttempt(cookie: text, for: "", in: box, now: Timestamp(microseconds: 0))
            }
            try expect(attempt.isRefused, "a log-in that nobody sealed")
            if let password = Password(attempt: text) {
                try expect(password.bytes.count <= 128 * 4, "a password of any length")
                read.append("password")
            }
            return read.joined(separator: ", ")
        }
    }
}

extension Result<LoginAttempt, ProviderLoginFault> {
    fileprivate var isRefused: Bool {
        if case .failure(.notBegun) = self { true } else { false }
    }
}
