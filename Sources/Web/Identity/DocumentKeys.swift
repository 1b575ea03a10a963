import Crypto
import Foundation
import Text

/// A private key that an operator signs documents with, such as the log's head: Ed25519, or ECDSA on P-256 with SHA-256.
public struct DocumentSigningKey: Sendable {
    private enum Key {
        case edDSA(SigningKey)
        case es256(P256.Signing.PrivateKey)
    }
    private let key: Key

    /// The key in a PEM file, as OpenSSL writes it.
    ///
    /// - Throws: ``KeyError`` where the file can't be read or holds anything else.
    public init(pemFile path: String) throws(KeyError) {
        let pem = try PEM.read(path)
        do throws(KeyError) {
            key = .edDSA(try SigningKey(pem: pem))
        } catch {
            do {
                key = .es256(try P256.Signing.PrivateKey(pemRepresentation: pem))
            } catch {
                throw KeyError("\(path): there is no private key of Ed25519 or P-256 in PEM")
            }
        }
    }

    /// `EdDSA` or `ES256`, as JSON Web Signatures name them.
    public var algorithm: String { publicKey.algorithm }

    /// Tells keys apart: the start of the SHA-256 of the public key.
    public var keyID: String { publicKey.keyID }

    /// The public half.
    public var publicKey: DocumentVerificationKey {
        switch key {
        case .edDSA(let key): DocumentVerificationKey(key: .edDSA(key.publicKey))
        case .es256(let key): DocumentVerificationKey(key: .es256(key.publicKey))
        }
    }

    /// The signature of `text` in UTF-8, 64 bytes.
    public func signature(for text: String) throws -> [UInt8] {
        switch key {
        case .edDSA(let key): try key.signature(for: text.utf8)
        case .es256(let key): Array(try key.signature(for: Array(text.utf8)).rawRepresentation)
        }
    }
}

/// The public half of a ``DocumentSigningKey``.
public struct DocumentVerificationKey: Sendable {
    fileprivate enum Key {
        case edDSA(Curve25519.Signing.PublicKey)
        case es256(P256.Signing.PublicKey)
    }
    private let key: Key

    /// A public key of Ed25519 (RFC 8410, section 4) is these bytes and then the key's own 32.
    private static let derStart: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    fileprivate init(key: Key) { self.key = key }

    /// The public key in a PEM file, as `openssl pkey -pubout` writes it.
    ///
    /// - Throws: ``KeyError`` where the file can't be read or holds anything else.
    public init(pemFile path: String) throws(KeyError) {
        let pem = try PEM.read(path)
        do {
            if let der = PEM.decode(pem, label: "PUBLIC KEY"), der.starts(with: Self.derStart) {
                let raw = der.dropFirst(Self.derStart.count)
                key = .edDSA(try Curve25519.Signing.PublicKey(rawRepresentation: raw))
            } else {
                key = .es256(try P256.Signing.PublicKey(pemRepresentation: pem))
            }
        } catch {
            throw KeyError("\(path): there is no public key of Ed25519 or P-256 in PEM")
        }
    }

    /// `EdDSA` or `ES256`, as JSON Web Signatures name them.
    public var algorithm: String {
        switch key {
        case .edDSA: "EdDSA"
        case .es256: "ES256"
        }
    }

    /// Nil: it is a key of another kind.
    var edDSA: Curve25519.Signing.PublicKey? {
        guard case .edDSA(let key) = key else { return nil }
        return key
    }

    /// Tells keys apart: the start of the SHA-256 of the public key.
    public var keyID: String {
        let raw =
            switch key {
            case .edDSA(let key): key.rawRepresentation
            case .es256(let key): key.x963Representation
            }
        return SHA256.hash(data: raw).prefix(8).hex
    }

    /// Whether `signature` is this key's of `text` in UTF-8.
    public func isValid(_ signature: [UInt8], for text: String) -> Bool {
        switch key {
        case .edDSA(let key): return key.isValidSignature(signature, for: Array(text.utf8))
        case .es256(let key):
            do {
                let signature = try P256.Signing.ECDSASignature(rawRepresentation: signature)
                return key.isValidSignature(signature, for: Array(text.utf8))
            } catch {
                return false
            }
        }
    }
}
