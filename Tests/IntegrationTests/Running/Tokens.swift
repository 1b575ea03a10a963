import Foundation
import Identity
import TestSupport
import Testing
import Text

/// Signs tokens with the key that `holdfast keys` made, the good ones and the bad ones.
struct Tokens: Sendable {
    let dataFolder: URL
    private let key: SigningKey
    private let keyID: String

    private struct KeySet: Decodable {
        struct Key: Decodable { var kid: String }
        var keys: [Key]
    }

    /// Makes an instance's key pair in `dataFolder`, as an operator would.
    init(makingKeysIn dataFolder: URL) async throws {
        self.dataFolder = dataFolder
        try await Executable.run("keys", "--data", dataFolder.path)
        let folder = dataFolder.appending(path: "keys")
        key = try SigningKey(pemFile: folder.appending(path: "signing-key.pem").path)
        let set = try JSONDecoder().decode(KeySet.self, from: Data(contentsOf: folder.appending(path: "jwks.json")))
        keyID = try #require(set.keys.first?.kid)
    }

    /// - Parameters:
    ///   - seconds: from now until it expires.
    ///   - wrongKey: signed by a key that the node does not know, under the name of the one it does.
    func token(
        _ subject: String?, role: String? = nil, expiresIn seconds: Int64? = 3600, notBefore: Int64? = nil,
        keyID: String? = nil, wrongKey: Bool = false, shows: [String]? = nil
    ) async throws -> String {
        let now = Int64(Date().timeIntervalSince1970)
        var header = JSONWriter()
        header.object { json in
            json.member("alg", "EdDSA")
            json.member("kid", keyID ?? self.keyID)
        }
        var claims = JSONWriter()
        claims.object { json in
            if let subject { json.member("sub", subject) }
            if let role { json.member("role", role) }
            if let shows { json.array("shows") { json in for show in shows { json.value(show) } } }
            if let seconds { json.member("exp", now + seconds) }
            if let notBefore { json.member("nbf", now + notBefore) }
        }
        return try (wrongKey ? SigningKey() : key).sign(header: header.bytes, payload: claims.bytes)
    }

    func user(_ name: String) async throws -> String { try await token(name) }
    func admin() async throws -> String { try await token("admin", role: "admin") }

    /// Header and claims as they should be, and no signature.
    func unsigned(_ subject: String, algorithm: String) -> String {
        let expiry = Int64(Date().timeIntervalSince1970) + 3600
        let header = #"{"alg":"\#(algorithm)","typ":"JWT","kid":"\#(keyID)"}"#
        let claims = #"{"sub":"\#(subject)","role":"admin","exp":\#(expiry)}"#
        return [header, claims].map { Base64URL.encode($0.utf8) + "." }.joined()
    }
}
