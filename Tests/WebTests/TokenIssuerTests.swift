import Crypto
import CryptoExtras
import Domain
import Foundation
import HTTPTypes
import Logging
import Synchronization
import Testing

@testable import HTTPServer
@testable import Identity
@testable import OpenID
@testable import Text
@testable import WebAPI

@Suite("Issuers of tokens")
struct TokenIssuerTests {
    private let forge = Forge()

    private func reason(_ authenticator: Authenticator, _ claims: String) throws -> String? {
        do {
            _ = try authenticator.principal(token: try forge.token(claims))
            return nil
        } catch let error as InvalidToken {
            return error.reason
        }
    }

    @Test("A token counts for the issuer and the audience that are named, and for no others") func context() throws {
        let authenticator = try forge.authenticator(
            for: [TokenIssuer(name: "https://id.example", audiences: ["shop", "door"], lifetimeSecondsMax: 700)])
        func claims(_ more: String) -> String { #"{"sub":"alice","exp":1800000600\#(more)}"# }
        #expect(try reason(authenticator, claims(#","iss":"https://id.example","aud":"shop""#)) == nil)
        #expect(try reason(authenticator, claims(#","iss":"https://id.example","aud":["x","door"]"#)) == nil)
        for (more, says) in [
            (#","aud":"shop""#, "issuer"), (#","iss":"https://id.example/","aud":"shop""#, "issuer"),
            (#","iss":"https://id.example""#, "audience"), (#","iss":"https://id.example","aud":"bank""#, "audience"),
            (#","iss":"https://id.example","aud":[]"#, "audience"), (#","iss":"https://id.example","aud":7"#, "claims"),
        ] {
            #expect(try reason(authenticator, claims(more))?.contains(says) == true, "\(more)")
        }
        let long = #"{"sub":"alice","exp":1800000761,"iss":"https://id.example","aud":"shop"}"#
        #expect(try reason(authenticator, long)?.contains("more than 700 seconds") == true)
    }

    @Test("Two issuers' equal subjects are two users, and only those who may say who is staff") func identity() throws {
        let authenticator = try forge.authenticator(
            for: [
                TokenIssuer(name: "a"), TokenIssuer(name: "b", audiences: ["shop"], grantsRoles: false),
                TokenIssuer(name: "c", audiences: ["shop"]),
            ])
        func caller(_ issuer: String, _ subject: String) throws -> Principal {
            try authenticator.principal(
                token: try forge.token(
                    #"{"sub":"\#(subject)","iss":"\#(issuer)","aud":"shop","role":"admin","channels":["vip"],"#
                        + #""exp":1800000600}"#))
        }
        let alices = try ["a", "b", "c"].map { try caller($0, "alice") }
        #expect(alices[0].userID == UserID("alice"))
        #expect(Set(alices.map(\.userID)).count == 3)
        #expect(alices.map(\.role) == [.admin, .user, .admin])
        #expect(alices.map(\.channels) == [["vip"], [], ["vip"]])
        #expect(try caller("b", "alice").userID == alices[1].userID)
        // Nobody becomes another by a name that looks like what is made of one, nor the log itself.
        let name = alices[1].userID.rawValue
        #expect(name.hasPrefix("~") && name.count == 44)
        #expect(try caller("a", name).userID != alices[1].userID)
        #expect(try caller("a", "system").userID != UserID("system"))
        let long = String(repeating: "s", count: 255)
        #expect(try caller("a", long).userID.rawValue.count == 44)
        #expect(try caller("a", long).userID != (try caller("c", long)).userID)
    }

    @Test("RS256 tokens are checked, and short keys are not used") func rsa() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let primitives = try key.publicKey.getKeyPrimitives()
        let jwks = """
            {"keys":[{"kty":"RSA","kid":"r","use":"sig","alg":"RS256",\
            "n":"\(Base64URL.encode(primitives.modulus))","e":"\(Base64URL.encode(primitives.publicExponent))"}]}
            """
        let authenticator = Authenticator(issuers: [TokenIssuer()], now: { Forge.now })
        authenticator.replace(keys: try VerificationKeys(jwks: Array(jwks.utf8)))
        let header = #"{"alg":"RS256","kid":"r"}"#
        func sign(_ padding: _RSA.Signing.Padding) -> (Data) throws -> Data {
            { try key.signature(for: SHA256.hash(data: $0), padding: padding).rawRepresentation }
        }
        let good = try forge.token(header: header, Forge.good, sign: sign(.insecurePKCS1v1_5))
        #expect(try authenticator.principal(token: good).userID == UserID("alice"))
        for bad in [
            try forge.token(header: header, Forge.good, sign: sign(.PSS)),
            try forge.token(header: header, Forge.good, sign: { _ in Data(repeating: 1, count: 256) }),
            try forge.token(header: header, Forge.good, sign: { _ in Data() }),
            try forge.token(header: #"{"alg":"EdDSA","kid":"r"}"#, Forge.good),
        ] {
            #expect(throws: InvalidToken.self) { try authenticator.principal(token: bad) }
        }
    }

    @Test("A denied token is refused from then on, though it was good and remembered") func denied() throws {
        let authenticator = try forge.authenticator()
        let token = try forge.token(#"{"sub":"alice","jti":"t1","exp":1800000600}"#)
        let other = try forge.token(#"{"sub":"alice","jti":"t2","exp":1800000600}"#)
        _ = try authenticator.principal(token: token)
        authenticator.deny(["t1", "t9"])
        #expect(authenticator.remembered(token: token) == nil)
        #expect(throws: InvalidToken.self) { try authenticator.principal(token: token) }
        _ = try authenticator.principal(token: other)
        authenticator.deny([])
        _ = try authenticator.principal(token: token)
    }
}

@Suite("Keys where issuers publish them", .timeLimit(.minutes(1)))
struct IssuerKeysTests {
    private static let issuer = "https://id.example"

    /// What an issuer publishes; counts who reads it.
    private final class Published: Sendable {
        let pages = Mutex<[String: String]>([:])
        let reads = Mutex(0)

        init(_ forge: Forge, named issuer: String = issuer) {
            pages.withLock {
                $0["https://id.example/.well-known/openid-configuration"] =
                    #"{"issuer":"\#(issuer)","jwks_uri":"https://id.example/keys"}"#
                $0["https://id.example/keys"] = forge.jwks
            }
        }

        func fetch(_ url: String) throws -> [UInt8] {
            if url.hasSuffix("/keys") { reads.withLock { $0 += 1 } }
            guard let page = pages.withLock({ $0[url] }) else { throw KeyError("\(url) answers 404") }
            return Array(page.utf8)
        }
    }

    private func authenticator() -> Authenticator {
        Authenticator(issuers: [TokenIssuer(name: Self.issuer)], now: { Forge.now })
    }

    private func quiet() -> Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    private func caller(_ authenticator: Authenticator, _ forge: Forge) async throws -> Principal? {
        let token = try forge.token(#"{"sub":"alice","iss":"https://id.example","exp":1800000600}"#)
        return try await authenticator.caller([.authorization: "Bearer \(token)"])
    }

    @Test("A key that the issuer brings in is found by the first token that names it, and made-up ones ask no more")
    func rotation() async throws {
        let (old, new) = (Forge(), Forge(edKeyID: "new"))
        let published = Published(old)
        let authenticator = authenticator()
        var limits = IssuerKeys.Limits()
        limits.pause = .zero
        let keys = try IssuerKeys(
            for: authenticator, at: [try KeySetPlace(issuer: Self.issuer)], limits: limits,
            fetch: { try published.fetch($0) }, logger: quiet())
        #expect(try await caller(authenticator, old)?.userID == UserID("alice"))
        #expect(published.reads.withLock { $0 } == 1)

        published.pages.withLock { $0["https://id.example/keys"] = new.jwks }
        #expect(try await caller(authenticator, new)?.userID == UserID("alice"))
        #expect(published.reads.withLock { $0 } == 2)
        // The old key is gone.
        await #expect(throws: Problem.self) { try await caller(authenticator, old) }
        withExtendedLifetime(keys) {}
    }

    @Test("Within half a minute, tokens with unknown keys cause one reading") func flood() async throws {
        let published = Published(Forge())
        let authenticator = authenticator()
        let keys = try IssuerKeys(
            for: authenticator, at: [try KeySetPlace(issuer: Self.issuer)], fetch: { try published.fetch($0) },
            logger: quiet())
        let stranger = Forge(edKeyID: "unknown")
        for _ in 0..<5 {
            await #expect(throws: Problem.self) { try await caller(authenticator, stranger) }
        }
        #expect(published.reads.withLock { $0 } == 1)
        withExtendedLifetime(keys) {}
    }

    @Test(
        "While keys could never be read, a token is neither good nor bad; those that were kept count at the next start")
    func away() async throws {
        let forge = Forge()
        let published = Published(forge)
        let pages = published.pages.withLock { pages in
            defer { pages = [:] }
            return pages
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-keys-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
        var limits = IssuerKeys.Limits()
        limits.pause = .zero
        func start(_ authenticator: Authenticator) throws -> IssuerKeys {
            try IssuerKeys(
                for: authenticator, at: [try KeySetPlace(issuer: Self.issuer)], keptFolder: folder, limits: limits,
                fetch: { try published.fetch($0) }, logger: quiet())
        }
        let first = authenticator()
        let keys = try start(first)
        let refused = await #expect(throws: Problem.self) { try await caller(first, forge) }
        #expect(refused?.code == .notReady)
        published.pages.withLock { $0 = pages }
        #expect(try await caller(first, forge)?.userID == UserID("alice"))

        published.pages.withLock { $0 = [:] }
        let second = authenticator()
        let again = try start(second)
        #expect(try await caller(second, forge)?.userID == UserID("alice"))
        withExtendedLifetime((keys, again)) {}
    }

    @Test("Metadata of another issuer, and addresses that anybody on the way could change, are not believed")
    func places() async throws {
        let forge = Forge()
        let published = Published(forge, named: "https://other.example")
        let authenticator = authenticator()
        let keys = try IssuerKeys(
            for: authenticator, at: [try KeySetPlace(issuer: Self.issuer)], fetch: { try published.fetch($0) },
            logger: quiet())
        await #expect(throws: Problem.self) { try await caller(authenticator, forge) }
        withExtendedLifetime(keys) {}
        for bad in [
            "http://id.example/keys", "ftp://id.example/", "https://", "http://localhost.example/", "https://a@b/",
        ] {
            #expect(throws: KeyError.self, "\(bad)") { try KeySetPlace(bad) }
        }
        #expect(try KeySetPlace("keys/jwks.json") == .file("keys/jwks.json"))
        #expect(try KeySetPlace("http://127.0.0.1:8000/keys") == .url("http://127.0.0.1:8000/keys"))
        #expect(throws: KeyError.self) { try KeySetPlace(issuer: "accounts") }
    }

    @Test("Files of keys and of denied tokens count again when they change") func files() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-keys-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
        func write(_ text: String, _ name: String) throws -> String {
            let path = "\(folder)/\(name)"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        let (old, new) = (Forge(), Forge(edKeyID: "new"))
        let authenticator = Authenticator(issuers: [TokenIssuer()], now: { Forge.now })
        let keys = try IssuerKeys(
            for: authenticator, at: [try KeySetPlace(try write(old.jwks, "jwks.json"))],
            deniedFile: try write("t1\n", "denied"), logger: quiet())
        let denied = try old.token(#"{"sub":"alice","jti":"t1","exp":1800000600}"#)
        #expect(throws: InvalidToken.self) { try authenticator.principal(token: denied) }
        _ = try authenticator.principal(token: try old.token(Forge.good))
        _ = try write("", "denied")
        await keys.look()
        _ = try authenticator.principal(token: denied)
        _ = try write(new.jwks, "jwks.json")
        await keys.look()
        await keys.settled()
        _ = try authenticator.principal(token: try new.token(Forge.good))
        #expect(throws: InvalidToken.self) { try authenticator.principal(token: try old.token(Forge.good)) }
        #expect(throws: KeyError.self) {
            try IssuerKeys(for: authenticator, at: [try KeySetPlace(folder + "/none.json")], logger: quiet())
        }
    }
}
