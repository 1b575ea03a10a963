import Crypto
public import Domain
import Text

/// An API key as callers send it: ``prefix`` and 256 random bits in base 64.
public struct APIKeyText: Sendable {
    public static let prefix = "hf_live_"

    public let text: String

    /// A new one.
    public init() {
        let secret = SymmetricKey(size: .bits256)
        text = Self.prefix + secret.withUnsafeBytes { Base64URL.encode(Array($0)) }
    }

    /// What is kept of a key: its SHA-256.
    public var digest: [UInt8] { Self.digest(of: text) }

    public static func digest(of text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }
}

extension UserID {
    /// One of an organisation's own customers, whom nobody else acts for: `~` and the SHA-256, in base 64, of the
    /// organisation's id, a line feed and the customer's name there.
    ///
    /// - Returns: nil where the name is not 1 to 255 visible ASCII characters.
    public init?(customer: String, of organisation: OrganisationID) {
        let issuer = TokenIssuer(name: "organisation:\(organisation)")
        self.init(subject: customer, of: issuer, isFirst: false)
    }
}
