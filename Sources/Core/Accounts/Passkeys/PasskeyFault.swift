/// Why what a browser sent of a passkey is refused.
public enum PasskeyFault: String, Error, Sendable, CaseIterable {
    /// It is not what browsers and authenticators write.
    case malformed
    /// It was made for the other of the two: registration and log-in.
    case type
    /// The challenge is none of this instance's, is too old, or was made for another account.
    case challenge
    /// The challenge was answered before.
    case replayed
    /// A page of another origin asked for it.
    case origin
    /// A frame within a page of another origin asked for it.
    case crossOrigin = "cross-origin"
    /// The authenticator answered for another relying party.
    case relyingParty = "relying-party"
    /// Nobody touched the authenticator.
    case userPresence = "user-presence"
    /// The authenticator did not check who uses it.
    case userVerification = "user-verification"
    /// What it says of copies contradicts itself, or what it said before.
    case backup
    /// The key is of a kind that is not taken.
    case algorithm
    case signature
    /// The authenticator has signed more often already: somebody may have copied it.
    case counter
    /// No account has the passkey, or another one than the answer says.
    case credential
    /// The passkey is registered already.
    case registered
    /// The account has as many as it may have.
    case tooMany = "too-many"
}
