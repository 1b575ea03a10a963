import AccountAPI
import Accounts
import Configuration
import HTTPTypes
import Identity
import Logging
import OpenID
import WebAPI

/// Log-ins of browsers at the identity provider that issues the access tokens.
struct ProviderSide {
    let provider: OpenIDProvider
    private let cookie: SessionCookie
    private let box: SecretBox

    /// Nil: they are not wanted.
    ///
    /// - Parameter origin: this instance's own, as browsers see it.
    init?(_ config: ConfigReader, origin: String, isSecure: Bool, logger: Logger) throws {
        guard let clientID = config.text(.openIDClient) else { return nil }
        guard let issuer = config.text(.issuer) else {
            throw SettingError(
                "\(Setting.openIDClient.flag) needs \(Setting.issuer.flag), the provider where people log in.")
        }
        guard (1...255).contains(clientID.utf8.count), clientID.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw SettingError("\(Setting.openIDClient.flag) must be 1 to 255 characters of ASCII.")
        }
        let scopes = config.list(.openIDScopes)
        // RFC 6749, section 3.3, has these characters.
        let isScope = { (scope: String) in
            scope.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        }
        guard scopes.contains("openid"), scopes.count <= 20, scopes.allSatisfy(isScope) else {
            throw SettingError("\(Setting.openIDScopes.flag) must be at most 20 scopes, openid among them.")
        }
        provider = try OpenIDProvider(
            issuer: issuer,
            client: ProviderClient(
                clientID: clientID, secret: try config.text(.openIDSecret).map { try config.secret(in: $0) },
                scopes: scopes, origin: origin),
            logger: logger)
        let name = try config.required(.accountsCookie)
        // Whatever the sessions' cookies say: the provider's site sends browsers back here with it.
        guard let cookie = SessionCookie(name: "\(name)-Login", sameSite: .lax, isSecure: isSecure) else {
            throw SettingError("\(Setting.accountsCookie.flag) must be at most 58 letters, digits and hyphens.")
        }
        self.cookie = cookie
        box = try SecretBox(loginKeyFile: config.ticketKeyFile())
    }

    func addRoutes(_ sessions: SessionRoutes, origin: String, to all: Routes) {
        ProviderLoginRoutes(
            sessions, provider: provider, authenticator: all.authenticator, cookie: cookie, box: box, origin: origin,
            did: { [audit = all.audit] user, request, context in
                audit.accountChanged(.login, of: user, request, context, status: .seeOther, reason: "provider")
            },
            refused: { [audit = all.audit] fault, status, request, context in
                audit.loginRefused(request, context, status: status, reason: "provider: \(fault.reason)")
            }
        ).add(open: all.open)
    }
}
