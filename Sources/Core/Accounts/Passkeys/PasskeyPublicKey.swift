import Crypto
import CryptoExtras

/// A passkey's public key: a COSE key (RFC 9053) for ES256, EdDSA or RS256.
struct PasskeyPublicKey: Sendable {
    /// Bytes of a COSE key; an RSA key of 4,096 bits has 530.
    static let bytesMax = 1024
    /// Bits of an RSA key.
    private static let rsaBits = 2048...4096
    /// The algorithms as COSE numbers them, the best first.
    static let algorithms = [-8, -7, -257]

    private enum Key: Sendable {
        case es256(P256.Signing.PublicKey)
        case edDSA(Curve25519.Signing.PublicKey)
        case rs256(_RSA.Signing.PublicKey)
    }

    private let key: Key

    /// Reads a COSE key; nil for anything else, and for other kinds of keys.
    init?(cose bytes: [UInt8]) {
        var rest = bytes[...]
        guard bytes.count <= Self.bytesMax, let value = CBORValue(takingFrom: &rest), rest.isEmpty else { return nil }
        self.init(value)
    }

    init?(_ cose: CBORValue) {
        do {
            switch (cose[1]?.integer, cose[3]?.integer, cose[-1]?.integer) {
            case (2, -7, 1):
                guard let x = cose[-2]?.byteString, let y = cose[-3]?.byteString, x.count == 32, y.count == 32 else {
                    return nil
                }
                key = .es256(try P256.Signing.PublicKey(x963Representation: [0x04] + x + y))
            case (1, -8, 6):
                guard let x = cose[-2]?.byteString, x.count == 32 else { return nil }
                key = .edDSA(try Curve25519.Signing.PublicKey(rawRepresentation: x))
            case (3, -257, nil):
                guard let n = cose[-1]?.byteString, let e = cose[-2]?.byteString,
                    n.count <= Self.rsaBits.upperBound / 8, e.count <= 4
                else { return nil }
                let rsa = try _RSA.Signing.PublicKey(n: n, e: e)
                guard Self.rsaBits.contains(rsa.keySizeInBits) else { return nil }
                key = .rs256(rsa)
            default: return nil
            }
        } catch {
            // A point that is on no curve, and the like.
            return nil
        }
    }

    func isValid(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
        switch key {
        case .es256(let key):
            do {
                return key.isValidSignature(try P256.Signing.ECDSASignature(derRepresentation: signature), for: signed)
            } catch {
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
