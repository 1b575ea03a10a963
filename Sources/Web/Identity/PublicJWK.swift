import Crypto
import Text

/// The public half of an Ed25519 key as a JSON Web Key (RFC 8037).
struct PublicJWK {
    private let x: String

    init(_ key: Curve25519.Signing.PublicKey) { x = Base64URL.encode(key.rawRepresentation) }

    /// The key's thumbprint (RFC 7638): one key, one id.
    var thumbprint: String {
        Base64URL.encode(SHA256.hash(data: Array(#"{"crv":"Ed25519","kty":"OKP","x":"\#(x)"}"#.utf8)))
    }

    /// Keys with their ids as a JWK Set (RFC 7517).
    static func set(_ keys: [(key: PublicJWK, keyID: String)]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.array("keys") { json in
                for (key, keyID) in keys {
                    json.object { json in
                        json.member("kty", "OKP")
                        json.member("crv", "Ed25519")
                        json.member("alg", "EdDSA")
                        json.member("use", "sig")
                        json.member("kid", keyID)
                        json.member("x", key.x)
                    }
                }
            }
        }
        return json.bytes + [0x0A]
    }
}
