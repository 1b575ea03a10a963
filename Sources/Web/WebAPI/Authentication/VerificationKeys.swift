import Foundation
import JWTKit

/// The public keys that tokens are checked with, by key id: a JWK Set (RFC 7517) whose ES256 and EdDSA keys are used.
public struct VerificationKeys: Sendable {
    struct Key: Sendable {
        /// `ES256` or `EdDSA`; the only `alg` that a token for this key may state.
        var algorithm: String
        var verifier: any JWTAlgorithm
    }

    private let keys: [String: Key]
    /// Why keys of the set were left out, for the service's log.
    public let skipped: [String]

    /// - Throws: ``KeyError`` where the set can't be read, has no usable key, two of one id, or a private key.
    public init(jwks json: some Sequence<UInt8>) async throws {
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode(EntrySet.self, from: Data(json)).keys
        } catch {
            throw KeyError("the key set is not a JWK Set: \(error)")
        }
        var keys: [String: Key] = [:]
        var skipped: [String] = []
        for (index, entry) in entries.enumerated() {
            guard entry.d == nil else { throw KeyError("key \(index) of the set is a private key") }
            guard let jwk = entry.jwk, let kid = entry.kid, entry.use ?? "sig" == "sig" else {
                skipped.append("key \(index) (\(entry.kid ?? "no kid")) is no ES256 or EdDSA signing key with a kid")
                continue
            }
            let algorithm = jwk.keyType == .ecdsa ? "ES256" : "EdDSA"
            let verifier: any JWTAlgorithm
            do {
                // A collection of one: a larger one falls back to its default key for a key id it does not know.
                verifier = try await JWTKeyCollection().add(jwk: jwk).getKey(for: jwk.keyIdentifier, alg: algorithm)
            } catch {
                throw KeyError("key \(index) (\(kid)) of the set is damaged: \(error)")
            }
            guard keys.updateValue(Key(algorithm: algorithm, verifier: verifier), forKey: kid) == nil else {
                throw KeyError("the set has two keys with the id \(kid)")
            }
        }
        guard !keys.isEmpty else { throw KeyError("the set has no ES256 or EdDSA key with a kid") }
        self.keys = keys
        self.skipped = skipped
    }

    /// Reads the set from a file.
    public init(contentsOf path: String) async throws {
        let json: Data
        do {
            json = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw KeyError("\(path) can't be read: \(error)")
        }
        try await self.init(jwks: json)
    }

    subscript(kid: String) -> Key? { keys[kid] }
}

/// Keys can't be read or made; the service can't start.
public struct KeyError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

private struct EntrySet: Decodable {
    var keys: [Entry]
}

/// A key of any kind, as far as it takes to tell whether it is one of ours. JWTKit's own `JWKS` refuses a whole set for
/// one key of a kind it does not know.
private struct Entry: Decodable {
    var kty: String
    var kid: String?
    var use: String?
    var alg: String?
    var crv: String?
    var x: String?
    var y: String?
    var d: String?

    var jwk: JWK? {
        let identifier = kid.map { JWKIdentifier(string: $0) }
        switch (kty, crv, alg) {
        case ("EC", "P-256", nil), ("EC", "P-256", "ES256"):
            return .ecdsa(.es256, identifier: identifier, x: x, y: y, curve: .p256)
        case ("OKP", "Ed25519", nil), ("OKP", "Ed25519", "EdDSA"), ("OKP", "Ed25519", "Ed25519"):
            return .octetKeyPair(.eddsa, identifier: identifier, x: x, y: nil, curve: .ed25519)
        default: return nil
        }
    }
}
