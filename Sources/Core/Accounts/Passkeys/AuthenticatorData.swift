/// What an authenticator says and signs (Web Authentication, section 6.1).
struct AuthenticatorData: Sendable {
    /// Bytes of a credential's id (Web Authentication, section 4).
    static let credentialIDBytesMax = 1023

    struct Credential: Sendable {
        var id: [UInt8]
        /// The COSE key as it was written.
        var publicKey: [UInt8]
        /// Nil: of a kind that is not taken.
        var key: PasskeyPublicKey?
    }

    /// SHA-256 of the relying party's id.
    var relyingPartyHash: [UInt8]
    /// Somebody touched the authenticator.
    var isUserPresent: Bool
    /// It checked who: by a finger, a face or a PIN.
    var isUserVerified: Bool
    /// The key may be copied to other devices of its owner.
    var isBackupEligible: Bool
    /// It has been.
    var isBackedUp: Bool
    /// Signatures so far; 0: it does not count.
    var signCount: UInt32
    /// Of a registration.
    var credential: Credential?

    /// Nil for what no authenticator writes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 37 else { return nil }
        relyingPartyHash = Array(bytes[..<32])
        let flags = bytes[32]
        isUserPresent = flags & 0x01 != 0
        isUserVerified = flags & 0x04 != 0
        isBackupEligible = flags & 0x08 != 0
        isBackedUp = flags & 0x10 != 0
        signCount = bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) }
        var rest = bytes[37...]
        if flags & 0x40 != 0 {
            // The model of the authenticator, and the length of the credential's id.
            guard rest.count >= 18 else { return nil }
            rest = rest.dropFirst(16)
            let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(2)
            guard (1...Self.credentialIDBytesMax).contains(length), rest.count >= length else { return nil }
            let id = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            let start = rest
            guard let key = CBORValue(takingFrom: &rest) else { return nil }
            let publicKey = Array(start[..<rest.startIndex])
            guard publicKey.count <= PasskeyPublicKey.bytesMax else { return nil }
            credential = Credential(id: id, publicKey: publicKey, key: PasskeyPublicKey(key))
        }
        if flags & 0x80 != 0 {
            guard case .map? = CBORValue(takingFrom: &rest) else { return nil }
        }
        guard rest.isEmpty else { return nil }
    }

    /// Reads the data of an attestation object. Who made the authenticator is not asked, so the attestation's statement is
    /// not looked at, whatever its format.
    init?(attestationObject bytes: [UInt8]) {
        var rest = bytes[...]
        guard let object = CBORValue(takingFrom: &rest), rest.isEmpty, case .text? = object["fmt"],
            case .map? = object["attStmt"], let data = object["authData"]?.byteString
        else { return nil }
        self.init(data)
    }
}
