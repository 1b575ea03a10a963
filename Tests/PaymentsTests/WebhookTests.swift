import Crypto
import Domain
@testable import Payments
import Testing

@Suite("Webhooks")
struct WebhookTests {
    private static let secret = Secret("whsec_test")
    private static let body = Array(#"{"id":"evt_1"}"#.utf8)
    private static let now: Int64 = 1_700_000_000

    // MARK: Signatures

    @Test("a signature by the secret, of this body, lately, verifies")
    func genuine() {
        #expect(verifies(header(at: Self.now)))
        #expect(verifies("t=\(Self.now), v1=\(code(at: Self.now).uppercased()), v0=00"))
    }

    @Test("the code is the one that OpenSSL computes")
    func knownCode() throws {
        // printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
        let known = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925"
        #expect(verifies("t=\(Self.now),v1=\(known)"))
    }

    @Test("while secrets are exchanged, either signature verifies")
    func rotation() {
        let (old, new) = (code(at: Self.now, secret: "whsec_old"), code(at: Self.now))
        #expect(verifies("t=\(Self.now),v1=\(old),v1=\(new)"))
        #expect(verifies("t=\(Self.now),v1=\(new),v1=\(old)"))
        #expect(!verifies("t=\(Self.now),v1=\(old)"))
    }

    @Test(
        "five minutes either way, and no more",
        arguments: [(-301, false), (-300, true), (0, true), (300, true), (301, false)] as [(Int64, Bool)])
    func tolerance(offset: Int64, isGood: Bool) { #expect(verifies(header(at: Self.now + offset)) == isGood) }

    @Test("forgeries don't verify")
    func forged() {
        let good = code(at: Self.now)
        let last = good.last == "0" ? "1" : "0"
        for header in [
            header(at: Self.now, secret: "whsec_guessed"),
            "t=\(Self.now + 1),v1=\(good)",  // Another time than was signed.
            "t=\(Self.now),v1=\(good.dropLast() + last)",
            "t=\(Self.now),v0=\(good),v1=\(String(repeating: "0", count: 64))",
        ] {
            #expect(!verifies(header), "\(header)")
        }
        var edited = Self.body
        edited[2] ^= 1
        let signature = WebhookSignature(header: header(at: Self.now))
        #expect(signature?.verifies(edited, with: Self.secret, now: Self.now) == false)
    }

    @Test("what is no signature is none")
    func malformed() {
        let good = code(at: Self.now)
        for header in [
            "", ",", "t", "t=", "v1=\(good)", "t=\(Self.now)", "t=now,v1=\(good)", "t=\(Self.now),v1=",
            "t=\(Self.now),v1=\(good.dropLast())", "t=\(Self.now),v1=\(good)0", "t=\(Self.now),v1=\(good.dropLast())g",
            "t=\(Self.now),t=\(Self.now),v1=\(good)", "t=99999999999999999999,v1=\(good)", "t=\(Self.now),v1",
            "t=\(Self.now)" + String(repeating: ",v1=\(good)", count: 9),
            "t=\(Self.now),v1=\(good)" + String(repeating: ",", count: 4096),
        ] {
            #expect(WebhookSignature(header: header) == nil, "\(header)")
        }
        // The ends of the range don't overflow.
        #expect(!verifies(header(at: .min)))
        #expect(!verifies(header(at: .max)))
    }

    // MARK: Events

    @Test("an event names the order that it is about")
    func event() throws {
        let event = try #require(
            WebhookEvent(
                body: Array(
                    #"{"id":"evt_1","object":"event","type":"payment_intent.succeeded","unheard":[{}],"#.utf8)
                    + Array(#""data":{"object":{"id":"pi_1","metadata":{"order":"show-order","x":"y"}}}}"#.utf8)))
        #expect(event.id == "evt_1")
        #expect(event.type == "payment_intent.succeeded")
        #expect(event.orderID == OrderID("show-order"))
    }

    @Test(
        "an event of another's, or with what is no order id, names none",
        arguments: [
            "{}", #"{"metadata":null}"#, #"{"metadata":[]}"#, #"{"metadata":{}}"#, #"{"metadata":{"order":7}}"#,
            #"{"metadata":{"order":null}}"#, #"{"metadata":{"order":""}}"#, #"{"metadata":{"order":"a b"}}"#,
            #"{"metadata":{"order":"é"}}"#, #"{"metadata":"order"}"#,
            #"{"metadata":{"order":"\#(String(repeating: "a", count: 65))"}}"#,
        ])
    func noOrder(object: String) throws {
        let body = Array(#"{"id":"evt_1","type":"customer.created","data":{"object":\#(object)}}"#.utf8)
        #expect(try #require(WebhookEvent(body: body)).orderID == nil)
    }

    @Test("poison is no event, and harms nobody")
    func poison() {
        let deep = String(repeating: "[", count: 100_000)
        for text in [
            "", "{", "[]", "null", "\u{0}", "{}", #"{"id":"evt_1"}"#, #"{"id":1,"type":"x","data":{"object":{}}}"#,
            #"{"id":"evt_1","type":"x","data":null}"#, #"{"id":"evt_1","type":"x","data":{"object":[]}}"#,
            #"{"id":"evt_1","type":"x","data":{"object":{"metadata":\#(deep)"#,
        ] {
            #expect(WebhookEvent(body: Array(text.utf8)) == nil, "\(text.prefix(100))")
        }
        #expect(WebhookEvent(body: [0xFF, 0xFE, 0x7B]) == nil)
    }

    // MARK: Signing

    private func verifies(_ header: String) -> Bool {
        WebhookSignature(header: header)?.verifies(Self.body, with: Self.secret, now: Self.now) ?? false
    }

    private func header(at time: Int64, secret: String = "whsec_test") -> String {
        "t=\(time),v1=\(code(at: time, secret: secret))"
    }

    private func code(at time: Int64, secret: String = "whsec_test") -> String {
        HMAC<SHA256>.authenticationCode(
            for: Array("\(time).".utf8) + Self.body, using: SymmetricKey(data: Array(secret.utf8))
        ).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
