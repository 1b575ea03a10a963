import Crypto
import Domain
import Foundation
import Testing
import Text

@testable import Identity
@testable import WebAPI

@Suite("The local instance's keys")
struct LocalKeysTests {
    private func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/holdfast-keys-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        do {
            let result = try await body(folder)
            try FileManager.default.removeItem(atPath: folder)
            return result
        } catch {
            try FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    @Test("A token that was signed with them is verified with the key set beside them")
    func roundTrip() async throws {
        try await withFolder { folder in
            let keys = try LocalKeys(dataFolder: folder)
            let authenticator = Authenticator(issuers: [TokenIssuer()])
            authenticator.replace(keys: try VerificationKeys(contentsOf: keys.jwksPath))
            let token = try keys.sign(subject: UserID("alice"), role: .admin, lifetimeSeconds: 60)
            #expect(try authenticator.principal(token: token) == Principal(userID: UserID("alice"), role: .admin))
            let old = try keys.sign(subject: UserID("alice"), lifetimeSeconds: 60, now: 1_000_000)
            #expect(throws: InvalidToken.self) { try authenticator.principal(token: old) }
        }
    }

    @Test("They are made once, for their owner only, and a lost key set comes back")
    func madeOnce() async throws {
        try await withFolder { folder in
            let first = try LocalKeys(dataFolder: folder)
            let path = folder + "/keys/signing-key.pem"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            try Data("torn".utf8).write(to: URL(filePath: first.jwksPath))
            let second = try LocalKeys(dataFolder: folder)
            #expect(first.keyID == second.keyID)
            #expect(FileManager.default.contents(atPath: first.jwksPath) == Data(first.jwks))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder + "/keys").sorted() == [
                    "jwks.json", "log-key.pem", "signing-key.pem", "ticket-key.pem",
                ])
            #expect(!String(decoding: first.jwks, as: UTF8.self).contains("\"d\""))
        }
    }

    @Test("Several at once agree on one pair")
    func race() async throws {
        try await withFolder { folder in
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<16 { group.addTask { try LocalKeys(dataFolder: folder).keyID } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }

    @Test("A key of OpenSSL's is read, and no key of another kind")
    func foreignKeys() throws {
        // RFC 8410, section 10.3, and a P-256 key.
        let key = try SigningKey(
            pem: """
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
                -----END PRIVATE KEY-----
                """)
        #expect(
            Base64URL.encode(key.publicKey.rawRepresentation) == "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE")
        #expect(try SigningKey(pem: key.pem).publicKey.rawRepresentation == key.publicKey.rawRepresentation)
        let p256 = """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgk6aO14RIJYndAd1J
            kaz8UHt/gLG6t3qffXZbXde8FC6hRANCAART0oZ4d7jvd8mf50NQhpPjJE6DA7g/
            rIyY/VD/DMmFW5Nnqx+euEqCwjQmpDj4bmcBAWWCQGFLzPp8jJ5byTGS
            -----END PRIVATE KEY-----
            """
        for pem in [
            p256, "", String(key.pem.dropLast(30)), key.pem + key.pem, key.pem.replacing("PRIVATE", with: "PUBLIC"),
        ] {
            #expect(throws: KeyError.self) { try SigningKey(pem: pem) }
        }
    }

    @Test("A damaged key is said so, not replaced")
    func damaged() async throws {
        try await withFolder { folder in
            _ = try LocalKeys(dataFolder: folder)
            try Data("nonsense".utf8).write(to: URL(filePath: folder + "/keys/signing-key.pem"))
            #expect(throws: KeyError.self) { try LocalKeys(dataFolder: folder) }
        }
        #expect(throws: KeyError.self) { try LocalKeys(dataFolder: "/dev/null") }
    }
}
