import Domain
import EventLog
import Foundation
import Testing
import Text

@testable import Webhooks

@Suite struct `A webhook's message` {
    @Test func `has the signature that the standard says`() throws {
        let key = [UInt8](repeating: 7, count: 32)
        let secret = try #require(WebhookSecret(key: key))
        #expect(secret.text == "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
        let message = WebhookMessage(id: "evt_1", body: Array(#"{"a":1}"#.utf8))
        let headers = message.headers(at: Timestamp(microseconds: 1_700_000_000_999_999), secrets: [secret])
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        // openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…07 of `evt_1.1700000000.{"a":1}`
        #expect(
            headers.map(\.value) == [
                "evt_1", "1700000000", "v1,LD23cPhYO0Vr+7BYB9TpqKHMIUwtb1s91EEyjYfBh+s=",
            ])
    }

    @Test func `is signed with the former secret while that is good`() throws {
        let url = try WebhookURL("https://example.com/hook", allowsPrivate: false)
        let secret = WebhookSecret.random()
        var endpoint = WebhookEndpoint(
            id: WebhookID("wh_0"), organisation: .instance, url: url, description: "", types: [], secret: secret,
            progress: WebhookProgress(after: LogPosition(epoch: 1, position: 0)), createdAt: .distantPast)
        let now = Timestamp(microseconds: 1_000_000)
        #expect(endpoint.secrets(at: now) == [secret])
        let former = WebhookSecret.random()
        endpoint.formerSecret = former
        endpoint.formerSecretUntil = now.adding(seconds: 1)
        #expect(endpoint.secrets(at: now) == [secret, former])
        #expect(endpoint.secrets(at: now.adding(seconds: 1)) == [secret])
        let headers = WebhookMessage(id: "e", body: []).headers(at: now, secrets: [secret, former])
        #expect(headers[2].value.split(separator: " ").count == 2)
    }
}

@Suite struct `A webhook's URL` {
    @Test(arguments: [
        ("https://example.com/hook", "example.com", 443), ("https://example.com:8443", "example.com", 8443),
        ("https://[2606:4700::1111]/x?y=z", "2606:4700::1111", 443), ("HTTPS://EXAMPLE.com", "EXAMPLE.com", 443),
    ]) func `is read`(text: String, host: String, port: Int) throws {
        let url = try WebhookURL(text, allowsPrivate: false)
        #expect(url.host == host && url.port == port && url.isSecure)
    }

    @Test(arguments: [
        "", "example.com", "http://example.com", "ftp://example.com", "https://", "https:///x",
        "https://user@example.com",
        "https://user:pw@example.com", "https://example.com/#x", "https://exam ple.com", "https://example.com:0",
        "https://example.com:65536", "https://example.com\\@evil", "https://bücher.example", "javascript:alert(1)",
        "https://example.com/" + String(repeating: "x", count: 1024), "https://example.com\r\nX: y",
    ]) func `is refused where it is none`(text: String) {
        #expect(throws: WebhookURL.Refusal.self) { try WebhookURL(text, allowsPrivate: false) }
    }

    @Test func `may be in clear in a private network`() throws {
        #expect(try WebhookURL("http://127.0.0.1:8000/", allowsPrivate: true).port == 8000)
        #expect(try WebhookURL("http://localhost", allowsPrivate: true).port == 80)
    }
}

@Suite struct `The internet` {
    private func isPublic(_ text: String) throws -> Bool {
        let address = try #require(PublicAddress.bytes(of: text))
        return PublicAddress.contains(address)
    }

    /// Whether a webhook's URL may have it for a host.
    private func isAllowed(_ text: String) -> Bool {
        let host = text.contains(":") ? "[\(text)]" : text
        do {
            return try WebhookURL("https://\(host)/", allowsPrivate: false).host == text
        } catch {
            return false
        }
    }

    @Test(arguments: [
        "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
        "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
        "169.253.255.255", "169.255.0.0", "2606:4700::1111", "2a00:1450:4001::1", "2001:200::1", "::ffff:8.8.8.8",
        "64:ff9b::808:808", "2002:808:808::1",
    ]) func `is at a public address`(text: String) throws {
        #expect(try isPublic(text) && isAllowed(text))
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "127.0.0.1", "127.255.255.254", "100.64.0.1",
        "100.127.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.0.0.8", "192.0.2.1",
        "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "fc00::1", "fd12:3456::1", "fe80::1",
        "fec0::1", "ff02::1", "2001::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:c0a8:1::", "3fff::1",
    ]) func `is at no other`(text: String) throws {
        #expect(try !isPublic(text) && !isAllowed(text))
    }

    @Test func `is at nothing that is no address`() {
        #expect(!PublicAddress.contains([]) && !PublicAddress.contains([8, 8, 8]))
        for text in ["", "localhost", "8.8.8", "1.2.3.4.5", "08.8.8.8", "::g", "[::1]"] {
            #expect(PublicAddress.bytes(of: text) == nil, "\(text)")
        }
    }
}

@Suite struct `The schedule of retries` {
    @Test func `begins with seconds and ends with days`() {
        func wait(_ failures: Int) -> Double { RetrySchedule.wait(afterFailures: failures, random: 0.5) }
        #expect(wait(1) == 5)
        #expect(wait(10) == 86_400 && wait(1_000_000) == 86_400)
        for failures in 1..<20 { #expect(wait(failures) <= wait(failures + 1)) }
    }

    @Test func `spreads those who failed together`() {
        let waits = stride(from: 0.0, to: 1, by: 0.01).map { RetrySchedule.wait(afterFailures: 3, random: $0) }
        #expect(waits.min() == 48)
        #expect(try! #require(waits.max()) < 72 && waits.max()! > 71)
    }

    @Test func `heeds what the endpoint asks for, within a day`() {
        #expect(RetrySchedule.wait(afterFailures: 1, asked: 120, random: 0.5) == 120)
        #expect(RetrySchedule.wait(afterFailures: 1, asked: 1, random: 0.5) == 5)
        #expect(RetrySchedule.wait(afterFailures: 1, asked: 1e12, random: 0.5) == 86_400)
        #expect(RetrySchedule.wait(afterFailures: 1, asked: -5, random: 0.5) == 5)
    }

    /// Down for a week: tried some twenty times, never given up, and back within a day.
    @Test func `bears a week`() {
        var (time, tries) = (0.0, 0)
        while time < 7 * 86_400 {
            tries += 1
            time += RetrySchedule.wait(afterFailures: tries, random: Double(tries % 10) / 10)
        }
        #expect((12...25).contains(tries))
        #expect(time < 8.3 * 86_400)
    }

    @Test(
        arguments: [
            (200, nil, WebhookVerdict.taken), (204, nil, .taken), (299, "9", .taken), (410, nil, .gone),
            (301, nil, .failed(retryAfter: nil)), (404, nil, .failed(retryAfter: nil)),
            (429, "30", .failed(retryAfter: 30)), (503, "x", .failed(retryAfter: nil)),
            (503, "99999999999999999999", .failed(retryAfter: nil)), (500, "-1", .failed(retryAfter: -1)),
            (100, nil, .failed(retryAfter: nil)),
        ] as [(Int, String?, WebhookVerdict)]) func `follows from the answer`(
            status: Int, after: String?, verdict: WebhookVerdict
        )
    {
        #expect(WebhookVerdict(status: status, retryAfter: after) == verdict)
    }

    @Test func `knows an endpoint by its command`() throws {
        let command = try #require(CommandID("00112233445566778899aabbccddeeff"))
        let id = WebhookID(createdBy: command)
        #expect(id.rawValue == "wh_00112233445566778899aabbccddeeff")
        #expect(WebhookID(checking: id.rawValue) == id)
        for bad in ["", "wh_", "00112233445566778899aabbccddeeff", "wh_00112233445566778899AABBCCDDEEFF", "wh_0011"] {
            #expect(WebhookID(checking: bad) == nil)
        }
    }
}
