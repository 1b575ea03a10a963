/// This instance, as an identity provider knows it.
public struct ProviderClient: Sendable {
    public let clientID: String
    /// Nil: a public client, which PKCE alone protects.
    public let secret: String?
    /// `openid` is one of them.
    public let scopes: [String]
    /// Where the provider sends browsers back to.
    public let redirectURL: String
    /// Where it may send them after a log-out.
    public let afterLogoutURL: String

    /// The path of ``redirectURL``.
    public static let redirectPath = "/api/v1/auth/openid/callback"

    /// - Parameter origin: the instance's own, as browsers see it, without a slash at the end.
    public init(clientID: String, secret: String?, scopes: [String] = ["openid"], origin: String) {
        self.clientID = clientID
        self.secret = secret
        self.scopes = scopes
        redirectURL = origin + Self.redirectPath
        afterLogoutURL = origin + "/account"
    }
}
