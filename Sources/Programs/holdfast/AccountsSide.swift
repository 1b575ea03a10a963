import AccountAPI
import Accounts
import Configuration
import Domain
import Foundation
import HTTPServer
import HTTPTypes
import Identity
import Logging
import Notices
import OpenID
import PostgresAccounts
import PostgresNotices
import RateLimits
import ServiceLifecycle
import WebAPI

/// Who is logged in: accounts of this instance, users of an identity provider, and the sessions of both. A node knows sessions on
/// any of its routes, and shows them and accounts to their owners, whatever its roles. Accounts and sessions are made, changed and
/// ended by nodes with the role command: others have no right to in the database.
struct AccountsSide {
    /// How requests are told whose session they belong to.
    let sessions: CookieSessions
    private let register: SessionRegister
    private let makesChanges: Bool
    private let own: SessionRoutes
    private let page: AccountPage
    /// Nil: there are no accounts, and people log in at an identity provider.
    private let accounts: AccountsOfItsOwn?
    /// Nil: nobody logs in at one.
    private let provider: ProviderSide?
    private let origin: String

    /// Nil: neither is wanted.
    init?(_ config: ConfigReader, _ shared: SharedParts) throws {
        guard let url = config.text(.accountsURL) else {
            guard config.text(.openIDClient) == nil else {
                throw SettingError(
                    "\(Setting.openIDClient.flag) needs \(Setting.accountsURL.flag): where does the provider send browsers?"
                )
            }
            return nil
        }
        guard let origin = CrossSiteRule.origin(of: url), !url.hasSuffix("/") else {
            throw SettingError("\(Setting.accountsURL.flag) must be https:// and a host, without a slash at the end.")
        }
        let isSecure = origin.hasPrefix("https://")
        let host = try config.required(.httpHost)
        guard isSecure || Self.isLoopback(host) else {
            throw SettingError(
                "\(Setting.accountsURL.flag) must be https:// unless \(Setting.httpHost.flag) is a loopback address.")
        }
        self.origin = origin
        let clock = SessionClock(
            idleSeconds: Int64(try config.number(.accountsIdleMinutes, in: 1...43_200)) * 60,
            absoluteSeconds: Int64(try config.number(.accountsSessionHours, in: 1...720)) * 3600)
        let provider = try ProviderSide(config, origin: origin, isSecure: isSecure, logger: Subsystem.accounts.logger)
        let key = try SessionKey(keyFile: config.ticketKeyFile())
        makesChanges = shared.roles.contains(.command)
        let store = PostgresAccounts(conninfo: shared.conninfo, logger: Subsystem.accounts.logger)
        let register = SessionRegister(
            store: store, deletesOld: makesChanges, key: key, clock: clock, issuer: provider?.provider.issuer,
            ownAccounts: try config.flag(.accountsOwn), now: { .now }, logger: Subsystem.accounts.logger)
        sessions = CookieSessions(
            cookie: try SessionCookie(config, isSecure: isSecure),
            rule: CrossSiteRule(origins: try config.origins(besides: origin)),
            remembered: { register.remembered($0) }, isLive: { register.isLive($0) }
        ) { value throws(Problem) in try await register.find(value) }
        own = SessionRoutes(
            store: store, register: register, cookies: sessions, key: key, provider: provider?.provider, now: { .now },
            logger: Subsystem.accounts.logger)
        accounts = try AccountsOfItsOwn(
            config, shared, own, url: url, origin: origin, logger: Subsystem.accounts.logger)
        guard accounts != nil || provider != nil else {
            throw SettingError(
                "\(Setting.accountsOwn.flag) off needs \(Setting.openIDClient.flag): how would anybody log in?")
        }
        page = try AccountPage(hasAccounts: accounts != nil, hasProvider: provider != nil)
        self.register = register
        self.provider = provider
    }

    var services: [any Service] {
        guard let accounts else { return [register] }
        return [register, accounts.outbox]
    }

    func addRoutes(to all: Routes) {
        own.addReads(to: all.closed)
        accounts?.addRoutes(to: all, withChanges: makesChanges)
        guard makesChanges else { return }
        own.addChanges(open: all.open, closed: all.closed)
        provider?.addRoutes(own, origin: origin, to: all)
        page.add(to: all.router)
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

/// Accounts with a password, passkeys and a second factor, kept by this instance.
private struct AccountsOfItsOwn {
    let outbox: Outbox
    private let makeRoutes: (AuditLog) -> AccountRoutes
    private let notices: NoticeRoutes

    /// Nil: they are not wanted.
    init?(
        _ config: ConfigReader, _ shared: SharedParts, _ sessions: SessionRoutes, url: String, origin: String,
        logger: Logger
    ) throws {
        guard try config.flag(.accountsOwn), let mail = try shared.mail.ready else { return nil }
        outbox = Outbox(mail.transport, from: mail.from, now: { .now }, logger: logger)
        notices = NoticeRoutes(
            store: PostgresNotices(conninfo: shared.conninfo, logger: logger),
            key: try UnsubscribeKey(keyFile: config.ticketKeyFile()), languages: mail.templates.languages,
            logger: logger)
        let hasher = PasswordHasher(cost: try ScryptCost(config))
        let common = try CommonPasswords(shop: url)
        let box = try SecretBox(keyFile: config.ticketKeyFile())
        let proxies = try TrustedProxies(config)
        let passkeys = try PasskeyVerifier(
            relyingParty: CrossSiteRule.host(of: origin), origins: config.origins(besides: origin),
            keyFile: config.ticketKeyFile())
        makeRoutes = { [outbox] audit in
            AccountRoutes(
                sessions, box: box, passkeys: passkeys, hasher: hasher, common: common, outbox: outbox,
                mails: AccountMails(url: url), proxies: proxies,
                did: { deed, account, request, context in
                    audit.accountChanged(
                        deed.event, of: account, request, context, status: .ok, reason: deed.rawValue)
                }
            ) { refusal, request, context in
                audit.loginRefused(request, context, status: refusal.status, reason: refusal.reason)
            }
        }
    }

    func addRoutes(to all: Routes, withChanges: Bool) {
        let routes = makeRoutes(all.audit)
        routes.addReads(to: all.closed)
        notices.addReads(open: all.open, closed: all.closed)
        guard withChanges else { return }
        routes.addChanges(open: all.open, closed: all.closed)
        notices.addChanges(open: all.open, closed: all.closed)
    }
}

extension AccountRoutes.Deed {
    fileprivate var event: AuditEntry.Event {
        switch self {
        case .logIn, .logInWithSecondFactor, .logInWithPasskey: .login
        case .passkeyAdded, .passkeyDeleted, .passwordChange, .passwordReset, .secondFactorBegun, .secondFactorEnded,
            .accountDeletion:
            .credentialsChanged
        }
    }
}

extension AccountRoutes.Refusal {
    /// Of the answer.
    fileprivate var status: HTTPResponse.Status {
        switch self {
        case .code, .newPasskey: .unprocessableContent
        case .tooManyLogins: .tooManyRequests
        case .login, .accountDeletion, .passwordChange, .secondFactor, .passkey: .unauthorized
        }
    }
}

extension SessionCookie {
    fileprivate init(_ config: ConfigReader, isSecure: Bool) throws {
        let text = config.text(.accountsSameSite) ?? ""
        guard let sameSite = SameSite.allCases.first(where: { $0.rawValue.lowercased() == text }) else {
            throw SettingError("\(Setting.accountsSameSite.flag) must be strict, lax or none.")
        }
        guard let cookie = Self(name: try config.required(.accountsCookie), sameSite: sameSite, isSecure: isSecure)
        else {
            throw SettingError(
                "\(Setting.accountsCookie.flag) must be 1 to 64 letters, digits and hyphens, and "
                    + "\(Setting.accountsSameSite.flag) can be none only with an https:// address.")
        }
        self = cookie
    }
}

extension ScryptCost {
    fileprivate init(_ config: ConfigReader) throws {
        guard let cost = Self(logN: try config.number(.accountsPasswordCost, in: 14...20)) else {
            preconditionFailure("scrypt takes N up to 2^20")
        }
        self = cost
    }
}

extension ConfigReader {
    fileprivate func origins(besides own: String) throws -> [String] {
        let others = list(.accountsOrigins)
        guard others.count < CrossSiteRule.originsMax, others.allSatisfy({ CrossSiteRule.origin(of: $0) == $0 }) else {
            throw SettingError(
                "\(Setting.accountsOrigins.flag) must be fewer than \(CrossSiteRule.originsMax) origins, such as "
                    + "https://shop.example.")
        }
        return others + [own]
    }
}
