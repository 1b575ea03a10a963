import Domain
import Foundation
import HTTPTypes
import RateLimits
import Testing

@testable import Identity
@testable import WebAPI

@Suite("The audit log")
struct AuditTests {
    private static let noon = Timestamp(microseconds: 1_800_000_000_000_000)

    private static func entry(_ number: Int) -> AuditEntry {
        AuditEntry(.forbidden, caller: "c\(number)", method: "GET", route: "/x", status: 403)
    }

    @Test("An entry is one line, whatever its caller is called")
    func line() {
        let entry = AuditEntry(
            .staffAction, caller: "a\"b", role: "admin", address: "::1", method: "POST",
            route: "/api/v1/shows/{id}/cancel", commandID: "0f", status: 200, reason: "x\ny")
        let text = String(decoding: entry.line(at: Self.noon, dropped: 3), as: UTF8.self)
        #expect(
            text
                == #"{"time":"2027-01-15T08:00:00.000Z","event":"staff-action","caller":"a\"b","role":"admin","address":"::1","#
                + #""method":"POST","route":"/api/v1/shows/{id}/cancel","commandId":"0f","status":200,"reason":"x\ny","dropped":3}"#
                + "\n")
    }

    @Test("A writer that is too slow loses entries, and the next one says how many")
    func drops() {
        var buffer = AuditBuffer(countMax: 2)
        #expect(buffer.add(Self.entry(1), at: Self.noon) == .startsWriter)
        #expect(buffer.add(Self.entry(2), at: Self.noon) == .waits)
        for number in 3...5 { #expect(buffer.add(Self.entry(number), at: Self.noon) == .dropped) }
        #expect(buffer.take().map(\.entry.caller) == ["c1", "c2"])
        #expect(buffer.add(Self.entry(6), at: Self.noon) == .waits, "the writer looks again")
        #expect(buffer.take().map(\.dropped) == [3])
        buffer.lost(1)
        #expect(buffer.take().isEmpty)
        #expect(buffer.add(Self.entry(7), at: Self.noon) == .startsWriter)
        #expect(buffer.take().map(\.dropped) == [1])
    }

    @Test("It has refused tokens, forbidden calls and what staff does, and never a token")
    func requests() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "audit.jsonl").path
        let proxies = try #require(AddressRange("127.0.0.0/8"))
        let audit = try AuditLog(
            .file(path), proxies: TrustedProxies([proxies]), now: { Self.noon })
        let keys = try LocalKeys(dataFolder: folder.path)
        let authenticator = Authenticator(issuers: [
            TokenIssuer(name: LocalKeys.issuer, audiences: [LocalKeys.audience])
        ])
        authenticator.replace(keys: try VerificationKeys(contentsOf: keys.jwksPath))
        func token(_ role: Principal.Role) throws -> String {
            try keys.sign(subject: UserID("sue"), role: role, lifetimeSeconds: 60)
        }
        let (user, admin) = (try token(.user), try token(.admin))
        try await TestServer.run(authenticator: authenticator, audit: audit) { port in
            for (method, path, token) in [
                ("GET", "/api/v1/me", nil), ("GET", "/api/v1/me", "forged.token.x"), ("GET", "/api/v1/me", user),
                ("GET", "/api/v1/me/admin", user), ("GET", "/api/v1/me/admin", admin), ("POST", "/api/v1/me", user),
                ("POST", "/api/v1/me", admin),
            ] as [(String, String, String?)] {
                _ = try await exchange(
                    port: port, method, path,
                    headers: ["X-Forwarded-For: 9.9.9.9, 2001:DB8:0:0::1"]
                        + (token.map { ["Authorization: Bearer \($0)"] } ?? []))
            }
        }
        await audit.flush()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = try text.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(
            lines.map { $0["event"] as? String } == ["token-missing", "token-refused", "forbidden", "staff-action"])
        #expect(lines.map { $0["caller"] as? String } == [nil, nil, "sue", "sue"])
        #expect(lines.map { $0["status"] as? Int } == [401, 401, 403, 200])
        #expect(lines.allSatisfy { $0["address"] as? String == "2001:db8::1" }, "behind a proxy of ours")
        #expect(lines.last?["route"] as? String == "/api/v1/me")
        for token in ["forged", user, admin] { #expect(!text.contains(token)) }
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try FileManager.default.removeItem(at: folder)
    }
}
