import Crypto
import Text

/// Proof Key for Code Exchange (RFC 7636), with its method S256: whoever exchanges a code shows that they asked for it.
public enum CodeChallenge {
    public static let method = "S256"

    /// What the request for a code tells of the verifier (section 4.2).
    ///
    /// - Parameter verifier: 43 to 128 unreserved characters; ``Secret256/text`` has 43.
    public static func challenge(of verifier: String) -> String {
        Base64URL.encode(SHA256.hash(data: Array(verifier.utf8)))
    }
}
