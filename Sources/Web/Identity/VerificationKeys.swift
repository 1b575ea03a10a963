import Crypto
import CryptoExtras
import Foundation
import Text

/// The public keys that tokens are checked with, by key id: a JWK Set (RFC 7517) whose ES256, EdDSA and RS256 keys are used.
public struct VerificationKeys: Sendable {
    /// A key of the set that no token can be checked with.
    public struct Skipped: Equatable, Sendable {
        /// The key's id; nil where it has none.
        public var kid: String?
        public var reason: String
    }

    private let keys: [String: VerificationKey]
    /// Of each algorithm that one key of the set is for, named or not: a token that names none is checked with it.
    private let only: [VerificationKey.Algorithm: VerificationKey]
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
        var all: [VerificationKey] = []
        var skipped: [Skipped] = []
        for (index, entry) in entries.enumerated() {
            guard entry.d == nil else { throw KeyError("key \(index) of the set is a private key") }
            let algorithm: VerificationKey.Algorithm
            do throws(JSONWebKey.Unusable) {
                algorithm = try entry.purpose()
            } catch {
                skipped.append(Skipped(kid: entry.kid, reason: error.reason))
                continue
            }
            guard let key = entry.key(algorithm) else {
                guard algorithm == .rs256 else {
                    throw KeyError("key \(index) (\(entry.kid ?? "without a kid")) of the set is damaged")
                }
                let bits = VerificationKey.rsaBits
                skipped.append(
                    Skipped(kid: entry.kid, reason: "it is no RSA key of \(bits.lowerBound) to \(bits.upperBound) bits")
                )
                continue
            }
            all.append(key)
            if let kid = entry.kid, keys.updateValue(key, forKey: kid) != nil {
                throw KeyError("the set has two keys with the id \(kid)")
            }
        }
        only = Dictionary(grouping: all, by: \.algorithm).compactMapValues { $0.count == 1 ? $0[0] : nil }
        guard !all.isEmpty else { throw KeyError("the set has no key for \(VerificationKey.Algorithm.list)") }
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

    /// The key that a token was signed with. One that names none is of the set's only key for its algorithm (OpenID Connect
    /// Core 1.0, section 10.1).
    func key(_ kid: String?, for algorithm: VerificationKey.Algorithm) -> VerificationKey? {
        guard let kid else { return only[algorithm] }
        guard let key = keys[kid], key.algorithm == algorithm else { return nil }
        return key
    }
}

/// A public key and the one algorithm (RFC 7518, RFC 8037) that it is used with.
enum VerificationKey: Sendable {
    /// Named as in a token's `alg`.
    enum Algorithm: String, Sendable {
        case es256 = "ES256"
        case edDSA = "EdDSA"
        case rs256 = "RS256"

        /// For whoever names another.
        static let list = "ES256, EdDSA or RS256"
    }

    case es256(P256.Signing.PublicKey)
    case edDSA(Curve25519.Signing.PublicKey)
    case rs256(_RSA.Signing.PublicKey)

    /// Bits of an RSA key: fewer can be broken (RFC 7518, section 3.3), and more only cost time.
    static let rsaBits = 2_048...8_192

    var algorithm: Algorithm {
        switch self {
        case .es256: .es256
        case .edDSA: .edDSA
        case .rs256: .rs256
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
        case .rs256(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: signed),
                padding: .insecurePKCS1v1_5)
        }
    }
}

/// Keys can't be read or made; the service can't start.
public struct KeyError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
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
    var n: String?
    var e: String?
    var d: String?

    /// The algorithm that the key is used with.
    func purpose() throws(Unusable) -> VerificationKey.Algorithm {
        let algorithm: VerificationKey.Algorithm
        switch (kty, crv, alg) {
        case ("EC", "P-256", nil), ("EC", "P-256", "ES256"): algorithm = .es256
        case ("OKP", "Ed25519", nil), ("OKP", "Ed25519", "EdDSA"), ("OKP", "Ed25519", "Ed25519"): algorithm = .edDSA
        case ("RSA", nil, nil), ("RSA", nil, "RS256"): algorithm = .rs256
        default:
            let kind = [kty, crv, alg].compactMap { $0 }.joined(separator: " ")
            throw Unusable(reason: "\(kind) is not \(VerificationKey.Algorithm.list)")
        }
        guard use ?? "sig" == "sig" else { throw Unusable(reason: "it is not for signatures") }
        return algorithm
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
            case .rs256:
                guard let n = bytes(n), let e = bytes(e) else { return nil }
                let key = try _RSA.Signing.PublicKey(n: n, e: e)
                guard VerificationKey.rsaBits.contains(key.keySizeInBits) else { return nil }
                return .rs256(key)
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
