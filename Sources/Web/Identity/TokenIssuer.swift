import Accounts
import Crypto
import Domain
import Text

/// Who issues tokens, and which of them count here.
public struct TokenIssuer: Equatable, Sendable {
    /// Seconds that a token may be valid from now on, where nothing else is said: a day.
    public static let lifetimeSecondsMaxDefault: Int64 = 86_400
    /// Characters of a subject (OpenID Connect Core 1.0, section 2).
    public static let subjectLengthMax = 255

    /// What a token's `iss` has to be; nil: anything, or nothing.
    public var name: String?
    /// A token's `aud` has to have one of these; empty: it may be anything.
    public var audiences: Set<String>
    /// Seconds that a token may be valid from now on.
    public var lifetimeSecondsMax: Int64
    /// Whether `role` and `channels` of its tokens count; otherwise everybody it names is a fan.
    public var grantsRoles: Bool

    public init(
        name: String? = nil, audiences: Set<String> = [], lifetimeSecondsMax: Int64 = lifetimeSecondsMaxDefault,
        grantsRoles: Bool = true
    ) {
        self.name = name
        self.audiences = audiences
        self.lifetimeSecondsMax = lifetimeSecondsMax
        self.grantsRoles = grantsRoles
    }
}

extension UserID {
    /// In front of the ids of users that are digests: no subject is taken as it is that begins so.
    private static let digestMark = "~"
    /// Whom the log has as the sender of its own commands.
    private static let system = "system"

    /// The user that an issuer's subject is. Two issuers' equal subjects are two users.
    ///
    /// A subject of the first issuer is the user's id as it is, where it can be. All others are `~` and the SHA-256, in
    /// base 64, of the issuer's name, a line feed and the subject.
    ///
    /// - Returns: nil where the subject is empty, longer than ``TokenIssuer/subjectLengthMax`` or not of visible ASCII.
    init?(subject: String, of issuer: TokenIssuer, isFirst: Bool) {
        let bytes = subject.utf8
        guard (1...TokenIssuer.subjectLengthMax).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        if isFirst, bytes.count <= Self.lengthMax, !subject.hasPrefix(Self.digestMark), subject != Self.system,
            // Nobody but this instance names its accounts.
            !subject.hasPrefix(AccountID.prefix)
        {
            self.init(subject)
        } else {
            let digest = SHA256.hash(data: Array("\(issuer.name ?? "")\n\(subject)".utf8))
            self.init(Self.digestMark + Base64URL.encode(digest))
        }
    }
}
