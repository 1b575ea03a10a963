/// Why a log-in at an identity provider came to nothing.
public enum ProviderLoginFault: Error, Equatable, Sendable {
    /// The browser has no cookie of a log-in at this provider, or one that no node sealed.
    case notBegun
    /// The log-in took longer than ``LoginAttempt/seconds``.
    case expired
    /// The answer is to another log-in than the browser's, or to none.
    case state
    /// The answer is another provider's (RFC 9207), or does not say whose it is though the provider always does.
    case issuer
    /// The answer has neither a code nor an error.
    case noCode
    /// The provider did not log anybody in, with its reason.
    case declined(ProviderError)
    /// The provider gave nothing for the code, with its reason: it was used, is old, or was given to somebody else.
    case codeRefused(ProviderError)
    /// The ID token does not prove who logged in, and why.
    case idToken(String)
    /// The answer has logged somebody in before.
    case replayed

    /// For the audit log; without anything that the caller sent.
    public var reason: String {
        switch self {
        case .notBegun: "cookie"
        case .expired: "expired"
        case .state: "state"
        case .issuer: "issuer"
        case .noCode: "code"
        case .declined(let error): "declined: \(error)"
        case .codeRefused(let error): "code refused: \(error)"
        case .idToken(let reason): "ID token: \(reason)"
        case .replayed: "replayed"
        }
    }
}

/// The `error` of a provider's answer (RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core 1.0, section 3.1.2.6). Anybody
/// can write one into a URL, so only those with a meaning keep their name.
public enum ProviderError: String, Sendable, CustomStringConvertible {
    case accessDenied = "access_denied"
    case accountSelectionRequired = "account_selection_required"
    case consentRequired = "consent_required"
    case interactionRequired = "interaction_required"
    case invalidClient = "invalid_client"
    case invalidGrant = "invalid_grant"
    case invalidRequest = "invalid_request"
    case invalidScope = "invalid_scope"
    case loginRequired = "login_required"
    case serverError = "server_error"
    case temporarilyUnavailable = "temporarily_unavailable"
    case unauthorizedClient = "unauthorized_client"
    case unsupportedGrantType = "unsupported_grant_type"
    case unsupportedResponseType = "unsupported_response_type"
    case other = "other"

    public init(named name: String) { self = ProviderError(rawValue: name) ?? .other }

    public var description: String { rawValue }

    /// Whether the same log-in may succeed a little later.
    public var isTemporary: Bool { self == .serverError || self == .temporarilyUnavailable }
}
