public import Crypto
public import Domain
import Foundation
import Text

/// Checks passkeys as a relying party does (Web Authentication Level 3, sections 7.1 and 7.2).
///
/// It wants no attestation. It always wants the user verified, so a passkey is two factors in one.
public struct PasskeyVerifier: Sendable {
    /// Bytes of what a browser says (`clientDataJSON`).
    public static let clientDataBytesMax = 4096
    /// Seconds for which a challenge is good.
    public static var challengeSeconds: Int64 { PasskeyChallenges.seconds }
    /// The algorithms of keys, as COSE numbers them, the best first.
    public static var algorithms: [Int] { PasskeyPublicKey.algorithms }

    /// A challenge that was answered well. It must not be answered again before it ends.
    public struct Answered: Sendable {
        /// SHA-256 of the challenge.
        public var hash: SecretHash
        public var end: Timestamp
    }

    /// A passkey that an authenticator just made.
    public struct NewPasskey: Sendable {
        public var credentialID: [UInt8]
        /// A COSE key.
        public var publicKey: [UInt8]
        public var signCount: UInt32
        public var isBackupEligible: Bool
        public var isBackedUp: Bool
        public var challenge: Answered
    }

    /// A passkey as it is stored.
    public struct StoredPasskey: Sendable {
        public var account: UserID
        /// The account's address, in normal form.
        public var address: String
        public var publicKey: [UInt8]
        public var signCount: UInt32
        public var isBackupEligible: Bool

        public init(
            account: UserID, address: String, publicKey: [UInt8], signCount: UInt32, isBackupEligible: Bool
        ) {
            self.account = account
            self.address = address
            self.publicKey = publicKey
            self.signCount = signCount
            self.isBackupEligible = isBackupEligible
        }
    }

    /// What a log-in has to note of its passkey.
    public struct Use: Sendable {
        public var signCount: UInt32
        public var isBackedUp: Bool
        public var challenge: Answered
    }

    /// What an authenticator signed to log in.
    public struct Assertion: Sendable {
        public var clientData: [UInt8]
        public var authenticatorData: [UInt8]
        public var signature: [UInt8]
        /// The account's id, as it was given when the passkey was made.
        public var userHandle: [UInt8]

        public init(clientData: [UInt8], authenticatorData: [UInt8], signature: [UInt8], userHandle: [UInt8]) {
            self.clientData = clientData
            self.authenticatorData = authenticatorData
            self.signature = signature
            self.userHandle = userHandle
        }
    }

    /// The host whose passkeys these are.
    public let relyingParty: String
    private let origins: Set<String>
    private let challenges: PasskeyChallenges

    /// - Parameters:
    ///   - relyingParty: the host of the shop's pages.
    ///   - origins: the pages that may ask for passkeys, as browsers write them.
    ///   - key: what challenges are known by, the same on every node.
    public init(relyingParty: String, origins: some Sequence<String>, key: SymmetricKey) {
        self.relyingParty = relyingParty
        self.origins = Set(origins)
        challenges = PasskeyChallenges(key)
    }

    // MARK: Challenges

    /// A challenge for a passkey that is to be an account's.
    public func registrationChallenge(for account: UserID, now: Timestamp) -> [UInt8] {
        challenges.issue(for: .registration(account), now: now)
    }

    /// A challenge to log in with.
    ///
    /// - Parameter address: only its account's passkeys may answer; nil: any. Whether there is such an account is not looked
    ///   up.
    public func loginChallenge(for address: EmailAddress?, now: Timestamp) -> [UInt8] {
        challenges.issue(for: address.map { .loginTo($0.normalized) } ?? .login, now: now)
    }

    // MARK: Answers

    /// Checks a new passkey.
    ///
    /// - Throws: ``PasskeyFault``
    public func register(
        clientData: [UInt8], attestationObject: [UInt8], for account: UserID, now: Timestamp
    ) throws(PasskeyFault) -> NewPasskey {
        let challenge = try check(
            clientData, type: "webauthn.create", purposes: [.registration(account)], now: now)
        guard let data = AuthenticatorData(attestationObject: attestationObject), let credential = data.credential
        else { throw .malformed }
        try check(data)
        guard credential.key != nil else { throw .algorithm }
        return NewPasskey(
            credentialID: credential.id, publicKey: credential.publicKey, signCount: data.signCount,
            isBackupEligible: data.isBackupEligible, isBackedUp: data.isBackedUp, challenge: challenge)
    }

    /// Checks that whoever logs in has the passkey.
    ///
    /// - Throws: ``PasskeyFault``
    public func authenticate(
        _ assertion: Assertion, with passkey: StoredPasskey, now: Timestamp
    ) throws(PasskeyFault) -> Use {
        guard assertion.userHandle == Array(passkey.account.rawValue.utf8) else { throw .credential }
        let challenge = try check(
            assertion.clientData, type: "webauthn.get", purposes: [.login, .loginTo(passkey.address)], now: now)
        guard let data = AuthenticatorData(assertion.authenticatorData) else { throw .malformed }
        try check(data)
        guard data.isBackupEligible == passkey.isBackupEligible else { throw .backup }
        guard let key = PasskeyPublicKey(cose: passkey.publicKey) else { throw .algorithm }
        let signed = assertion.authenticatorData + SHA256.hash(data: assertion.clientData)
        guard key.isValid(assertion.signature, of: signed) else { throw .signature }
        guard data.signCount > passkey.signCount || data.signCount == 0 && passkey.signCount == 0 else {
            throw .counter
        }
        return Use(signCount: data.signCount, isBackedUp: data.isBackedUp, challenge: challenge)
    }

    /// What a browser says of who asked (Web Authentication, section 5.8.1). Browsers may add members.
    private struct ClientData: Decodable {
        var type: String
        var challenge: String
        var origin: String
        var crossOrigin: Bool?
        var topOrigin: String?
    }

    private func check(
        _ clientData: [UInt8], type: String, purposes: [PasskeyChallenges.Purpose], now: Timestamp
    ) throws(PasskeyFault) -> Answered {
        guard clientData.count <= Self.clientDataBytesMax else { throw .malformed }
        let said: ClientData
        do {
            said = try JSONDecoder().decode(ClientData.self, from: Data(clientData))
        } catch {
            throw .malformed
        }
        guard said.type == type else { throw .type }
        guard let challenge = Base64URL.decode(said.challenge.utf8),
            let end = challenges.end(of: challenge, for: purposes, now: now)
        else { throw .challenge }
        guard origins.contains(said.origin) else { throw .origin }
        guard said.crossOrigin != true, said.topOrigin == nil else { throw .crossOrigin }
        return Answered(hash: SecretHash(bytes: Array(SHA256.hash(data: challenge))), end: end)
    }

    private func check(_ data: AuthenticatorData) throws(PasskeyFault) {
        guard data.relyingPartyHash == Array(SHA256.hash(data: Array(relyingParty.utf8))) else { throw .relyingParty }
        guard data.isUserPresent else { throw .userPresence }
        guard data.isUserVerified else { throw .userVerification }
        guard data.isBackupEligible || !data.isBackedUp else { throw .backup }
    }
}
