import AccountAPI
import Crypto
import Foundation
import Text

/// An authenticator and the browser before it, in a few lines, with whatever lie a test wants.
struct SoftwareAuthenticator {
    var origin = AccountNode.origin
    var relyingParty = "shop.example"
    var flags: UInt8 = 0x05
    var signCount: UInt32 = 1
    var crossOrigin = false
    var createType = "webauthn.create"
    var getType = "webauthn.get"
    var credentialID = (0..<20).map { _ in UInt8.random(in: .min ... .max) }
    private let key = P256.Signing.PrivateKey()
    private(set) var userHandle: [UInt8] = []

    private func clientData(_ type: String, _ challenge: String) -> [UInt8] {
        Array(
            "{\"type\":\"\(type)\",\"challenge\":\"\(challenge)\",\"origin\":\"\(origin)\",\"crossOrigin\":\(crossOrigin),\"more\":[1]}"
                .utf8)
    }

    private func head(_ more: UInt8 = 0) -> [UInt8] {
        Array(SHA256.hash(data: Array(relyingParty.utf8))) + [flags | more]
            + (0..<4).map { UInt8(truncatingIfNeeded: signCount >> (24 - 8 * UInt32($0))) }
    }

    /// The body of `POST /auth/passkeys`.
    mutating func create(_ challenge: String, user: String) -> String {
        userHandle = Base64URL.decode(user.utf8) ?? []
        let point = key.publicKey.rawRepresentation
        let cose: [UInt8] =
            [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20] + point.prefix(32) + [0x22, 0x58, 0x20]
            + point.suffix(32)
        let data =
            head(0x40) + Array(repeating: 0, count: 16) + [0, UInt8(credentialID.count)] + credentialID + cose
        let object: [UInt8] =
            [0xA3, 0x63] + Array("fmt".utf8) + [0x64] + Array("none".utf8) + [0x67] + Array("attStmt".utf8) + [
                0xA0, 0x68,
            ]
            + Array("authData".utf8) + [0x58, UInt8(data.count)] + data
        return """
            {"name":"phone","credential":{"id":"\(Base64URL.encode(credentialID))","type":"public-key",
            "clientExtensionResults":{"credProps":{"rk":true}},"response":{
            "clientDataJSON":"\(Base64URL.encode(clientData(createType, challenge)))",
            "attestationObject":"\(Base64URL.encode(object))","transports":["internal"]}}}
            """
    }

    /// The body of `POST /auth/login/passkey`.
    func get(_ challenge: String) throws -> String {
        let clientData = clientData(getType, challenge)
        let data = head()
        let signature = try key.signature(for: data + SHA256.hash(data: clientData)).derRepresentation
        return """
            {"credential":{"id":"\(Base64URL.encode(credentialID))","type":"public-key","clientExtensionResults":{},
            "response":{"clientDataJSON":"\(Base64URL.encode(clientData))",
            "authenticatorData":"\(Base64URL.encode(data))","signature":"\(Base64URL.encode(signature))",
            "userHandle":"\(Base64URL.encode(userHandle))"}}}
            """
    }
}
