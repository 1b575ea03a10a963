import Crypto
import Foundation
import Text

/// The public keys that tokens are checked with, by key id: a JWK Set (RFC 7517) whose ES256 and EdDSA keys are used.
public struct VerificationKeys: Sendable {
    /// A key of the set that no token can be checked with.
    public struct Skipped: Equatable, Sendable {
        /// The key's id; nil where it has none.
        public var kid: String?
        public var reason: String
    }

    private let keys: [String: VerificationKey]
    /// The keys of the set that are not used, for the service's log.
    public let skipped: [Skipped]

    /// - Throws: ``KeyError`` where the set can't be read, has no usable key, two of one id, or a private key.
    public init(jwks json: some Sequence<UInt8>) throws(KeyError) {
        let entries: [JSONWebKey]
        do {
            entries = try JSONDecoder().decode(JSONWebKeySet.self, from: Data(json)).keys
        } catch {
            throw KeyError("the key set is not a JWK Set: \(error)")
        }
        var keys: [String: VerificationKey] = [:]
        var skipped: [Skipped] = []
        for (index, entry) in entries.enumerated() {
            guard entry.d == nil else { throw KeyError("key \(index) of the set is a private key") }
            let (kid, algorithm): (String, VerificationKey.Algorithm)
            do throws(JSONWebKey.Unusable) {
                (kid, algorithm) = try entry.purpose()
            } catch {
                skipped.append(Skipped(kid: entry.kid, reason: error.reason))
                continue
            }
            guard let key = entry.key(algorithm) else { throw KeyError("key \(index) (\(kid)) of the set is damaged") }
            guard keys.updateValue(key, forKey: kid) == nil else {
                throw KeyError("the set has two keys with the id \(kid)")
            }
        }
        guard !keys.isEmpty else { throw KeyError("the set has no ES256 or EdDSA key with a kid") }
        self.keys = keys
        self.skipped = skipped
    }

    /// Reads the set from a file.
    public init(contentsOf path: String) throws(KeyError) {
        let json: Data
        do {
            json = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw KeyError("\(path) can't be read: \(error)")
        }
        try self.init(jwks: json)
    }

    subscript(kid: String) -> VerificationKey? { keys[kid] }
}

/// A public key and the one algorithm (RFC 7518, RFC 8037) that it is used with.
enum VerificationKey: Sendable {
    /// Named as in a token's `alg`.
    enum Algorithm: String, Sendable {
        case es256 = "ES256"
        case edDSA = "EdDSA"
    }

    case es256(P256.Signing.PublicKey)
    case edDSA(Curve25519.Signing.PublicKey)

    var algorithm: Algorithm {
        switch self {
        case .es256: .es256
        case .edDSA: .edDSA
        }
    }

    func isValid(_ signature: [UInt8], of signed: ArraySlice<UInt8>) -> Bool {
        switch self {
        case .es256(let key):
            do {
                return key.isValidSignature(try P256.Signing.ECDSASignature(rawRepresentation: signature), for: signed)
            } catch {
                // Not of a signature's length: not valid, no more and no less.
                return false
            }
        case .edDSA(let key): return key.isValidSignature(signature, for: signed)
        }
    }
}

/// Keys can't be read or made; the service can't start.
public struct KeyError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

private struct JSONWebKeySet: Decodable {
    var keys: [JSONWebKey]
}

/// A key of any kind, as far as it takes to tell whether it can be used.
private struct JSONWebKey: Decodable {
    struct Unusable: Error {
        var reason: String
    }

    var kty: String
    var kid: String?
    var use: String?
    var alg: String?
    var crv: String?
    var x: String?
    var y: String?
    var d: String?

    /// The id and algorithm that the key is used with.
    func purpose() throws(Unusable) -> (kid: String, algorithm: VerificationKey.Algorithm) {
        let algorithm: VerificationKey.Algorithm
        switch (kty, crv, alg) {
        case ("EC", "P-256", nil), ("EC", "P-256", "ES256"): algorithm = .es256
        case ("OKP", "Ed25519", nil), ("OKP", "Ed25519", "EdDSA"), ("OKP", "Ed25519", "Ed25519"): algorithm = .edDSA
        default:
            let kind = [kty, crv, alg].compactMap { $0 }.joined(separator: " ")
            throw Unusable(reason: "\(kind) is neither ES256 nor EdDSA")
        }
        guard use ?? "sig" == "sig" else { throw Unusable(reason: "it is not for signatures") }
        guard let kid else { throw Unusable(reason: "it has no kid, and tokens name their key by it") }
        return (kid, algorithm)
    }

    /// The key itself; nil where the text holds none.
    func key(_ algorithm: VerificationKey.Algorithm) -> VerificationKey? {
        do {
            switch algorithm {
            case .es256:
                guard let x = bytes(x), let y = bytes(y) else { return nil }
                return .es256(try P256.Signing.PublicKey(x963Representation: [0x04] + x + y))
            case .edDSA:
                guard let x = bytes(x) else { return nil }
                return .edDSA(try Curve25519.Signing.PublicKey(rawRepresentation: x))
            }
        } catch {
            return nil
        }
    }

    /// Some issuers pad their numbers, which RFC 7515 does not have.
    private func bytes(_ text: String?) -> [UInt8]? {
        text.flatMap { Base64URL.decode($0.utf8.prefix { $0 != UInt8(ascii: "=") }) }
    }
}
