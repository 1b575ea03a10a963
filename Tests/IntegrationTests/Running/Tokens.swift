import Foundation
import JWTKit
import Testing
import TestSupport

/// Signs tokens with the key that `holdfast keys` made, the good ones and the bad ones.
struct Tokens: Sendable {
    let dataFolder: URL
    private let key: EdDSA.PrivateKey
    private let keyID: String

    private struct Claims: JWTPayload {
        var sub: String?
        var role: String?
        var exp: Int64?
        var nbf: Int64?
        func verify(using algorithm: some JWTAlgorithm) {}
    }

    private struct KeySet: Decodable {
        struct Key: Decodable { var kid: String }
        var keys: [Key]
    }

    /// Makes an instance's key pair in `dataFolder`, as an operator would.
    init(makingKeysIn dataFolder: URL) async throws {
        self.dataFolder = dataFolder
        try await Executable.run("keys", "--data", dataFolder.path)
        let folder = dataFolder.appending(path: "keys")
        key = try EdDSA.PrivateKey(
            pem: String(contentsOf: folder.appending(path: "signing-key.pem"), encoding: .utf8))
        let set = try JSONDecoder().decode(KeySet.self, from: Data(contentsOf: folder.appending(path: "jwks.json")))
        keyID = try #require(set.keys.first?.kid)
    }

    /// - Parameters:
    ///   - seconds: from now until it expires.
    ///   - wrongKey: signed by a key that the node does not know, under the name of the one it does.
    func token(
        _ subject: String?, role: String? = nil, expiresIn seconds: Int64? = 3600, notBefore: Int64? = nil,
        keyID: String? = nil, wrongKey: Bool = false
    ) async throws -> String {
        let now = Int64(Date().timeIntervalSince1970)
        let claims = Claims(
            sub: subject, role: role, exp: seconds.map { now + $0 }, nbf: notBefore.map { now + $0 })
        let signer = await JWTKeyCollection().add(eddsa: wrongKey ? try EdDSA.PrivateKey() : key)
        return try await signer.sign(claims, header: ["kid": .string(keyID ?? self.keyID)])
    }

    func user(_ name: String) async throws -> String { try await token(name) }
    func admin() async throws -> String { try await token("admin", role: "admin") }

    /// Header and claims as they should be, and no signature.
    func unsigned(_ subject: String, algorithm: String) -> String {
        let expiry = Int64(Date().timeIntervalSince1970) + 3600
        let header = #"{"alg":"\#(algorithm)","typ":"JWT","kid":"\#(keyID)"}"#
        let claims = #"{"sub":"\#(subject)","role":"admin","exp":\#(expiry)}"#
        return [header, claims].map { base64URL($0) + "." }.joined()
    }

    private func base64URL(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
    }
}
