import Crypto
import Foundation
import Text

/// An Ed25519 key that signs tokens and ticket codes as compact JSON Web Signatures (RFC 7515, RFC 8037).
///
/// Ed25519: small, quick to check, and the same signature for the same token.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// A PKCS #8 key (RFC 8410, section 7) is these bytes and then the key's own 32.
    private static let derStart: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    private static let label = "PRIVATE KEY"

    /// A new key.
    public init() { key = Curve25519.Signing.PrivateKey() }

    /// The key in a PEM file, as OpenSSL and ``pem`` write it.
    ///
    /// - Throws: ``KeyError`` where the file can't be read or holds anything else.
    public init(pemFile path: String) throws(KeyError) {
        let pem = try PEM.read(path)
        do throws(KeyError) {
            try self.init(pem: pem)
        } catch {
            throw KeyError("\(path): \(error)")
        }
    }

    /// - Throws: ``KeyError`` where the text is anything but one Ed25519 private key.
    init(pem: String) throws(KeyError) {
        guard let der = PEM.decode(pem, label: Self.label), der.starts(with: Self.derStart) else {
            throw KeyError("there is no Ed25519 private key in PEM")
        }
        do {
            key = try Curve25519.Signing.PrivateKey(rawRepresentation: der.dropFirst(Self.derStart.count))
        } catch {
            throw KeyError("the Ed25519 private key is damaged: \(error)")
        }
    }

    /// The key as a PEM file holds it. Whoever has it can sign.
    var pem: String { PEM.encode(Data(Self.derStart + key.rawRepresentation), label: Self.label) }

    /// The public half (RFC 8032, section 5.1.5).
    var publicKey: Curve25519.Signing.PublicKey { key.publicKey }

    /// A key for another purpose, which whoever has this one can make, and which tells nothing of it (RFC 5869).
    func derivedKey(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.rawRepresentation), info: Array(purpose.utf8), outputByteCount: 32)
    }

    /// The signature of `bytes` alone (RFC 8032), 64 bytes.
    func signature(for bytes: some Sequence<UInt8>) throws -> [UInt8] { Array(try key.signature(for: Array(bytes))) }

    /// `header.payload.signature`, each in base 64.
    public func sign(header: some Sequence<UInt8>, payload: some Sequence<UInt8>) throws -> String {
        let signed = "\(Base64URL.encode(header)).\(Base64URL.encode(payload))"
        return "\(signed).\(Base64URL.encode(try key.signature(for: Array(signed.utf8))))"
    }
}
