import Accounts
import Crypto
import Domain
import EventLog
import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import Logging
import MailDelivery
import NIOCore
import NIOEmbedded
import Postgres
import PostgresAccounts
import ServiceLifecycle
import Synchronization
import TestSupport
import Text

@testable import AccountAPI
@testable import Identity
@testable import OpenID
@testable import WebAPI

/// The account routes of one node, on a database of its own; with a route that anybody may call, and one for callers. Mail
/// arrives in ``Mailbox``. The clock is moved by hand.
final class AccountNode: Sendable {
    static let origin = "https://shop.example"

    let clock: Clock
    let mailbox: Mailbox
    let store: PostgresAccounts
    let sessions: SessionRegister
    let outbox: Outbox
    let refusals = Refusals()
    let deeds = Deeds()
    let provider: TestProvider
    let providerRefusals = ProviderRefusals()
    let authenticator: Authenticator
    private let responder: APIResponder<RouterResponder<APIContext>>

    final class Clock: Sendable {
        private let time = Mutex(Timestamp(microseconds: 1_800_000_000_000_000))

        var now: Timestamp { time.withLock { $0 } }

        func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
    }

    /// Who was refused, in order.
    final class Refusals: Sendable {
        private let list = Mutex<[AccountRoutes.Refusal]>([])

        var all: [AccountRoutes.Refusal] { list.withLock { $0 } }

        func add(_ refusal: AccountRoutes.Refusal) { list.withLock { $0.append(refusal) } }
    }

    /// What accounts' holders did, in order.
    final class Deeds: Sendable {
        private let list = Mutex<[AccountRoutes.Deed]>([])

        var all: [AccountRoutes.Deed] { list.withLock { $0 } }

        func add(_ deed: AccountRoutes.Deed) { list.withLock { $0.append(deed) } }
    }

    /// Which log-ins at the provider came to nothing, in order.
    final class ProviderRefusals: Sendable {
        private let list = Mutex<[ProviderLoginFault]>([])

        var all: [ProviderLoginFault] { list.withLock { $0 } }

        func add(_ fault: ProviderLoginFault) { list.withLock { $0.append(fault) } }
    }

    /// Takes mail, and refuses as much as a test wants.
    final class Mailbox: MailTransport {
        private let state = Mutex<(mails: [String], refusals: Int)>(([], 0))

        var mails: [String] { state.withLock { $0.mails } }

        func refuse(_ count: Int) { state.withLock { $0.refusals = count } }

        func deliver(_ mail: OutgoingMail) async throws(UndeliveredMail) {
            let isRefused = state.withLock { state in
                guard state.refusals > 0 else {
                    state.mails.append(String(decoding: mail.message, as: UTF8.self))
                    return false
                }
                state.refusals -= 1
                return true
            }
            if isRefused { throw UndeliveredMail(.unavailable, "refused") }
        }
    }

    /// - Parameters:
    ///   - logN: the cost of passwords; small, since tests are built without optimization.
    ///   - provider: where people may log in, too; nil: one of its own.
    ///   - believed: whose users' sessions count.
    ///   - ownAccounts: whether those of its own accounts do.
    init(
        _ database: TestDatabase, clock: Clock = Clock(), mailbox: Mailbox = Mailbox(), logN: Int = 4,
        provider: TestProvider? = nil, believed: String? = TestProvider.issuer, ownAccounts: Bool = true
    ) throws {
        self.clock = clock
        self.mailbox = mailbox
        store = PostgresAccounts(conninfo: database.appConninfo, logger: .test)
        let key = SessionKey(SymmetricKey(data: Array(repeating: UInt8(7), count: 32)))
        let now: @Sendable () -> Timestamp = { clock.now }
        let sessions = SessionRegister(
            store: store, key: key, clock: SessionClock(idleSeconds: 3600, absoluteSeconds: 86_400),
            issuer: believed, ownAccounts: ownAccounts, now: now, logger: .test)
        self.sessions = sessions
        let seconds: @Sendable () -> Int64 = { clock.now.microseconds / 1_000_000 }
        let provider = provider ?? TestProvider(now: seconds)
        self.provider = provider
        guard let sender = EmailAddress("shop@shop.example"), let cost = ScryptCost(logN: logN),
            let cookie = SessionCookie(name: "S", sameSite: .lax, isSecure: true)
        else { throw NeverHappened(what: "an address is an address") }
        outbox = Outbox(mailbox, from: sender, now: now, logger: .test)
        let cookies = CookieSessions(cookie: cookie, rule: CrossSiteRule(origins: [Self.origin])) {
            value throws(Problem) in
            try await sessions.find(value)
        }
        let router = Router(context: APIContext.self)
        let authenticator = Authenticator(
            issuers: [TokenIssuer(name: TestProvider.issuer, audiences: ["api"])], now: seconds)
        authenticator.replace(keys: try VerificationKeys(jwks: provider.jwks()), ofIssuer: 0)
        self.authenticator = authenticator
        let open = router.group("api/v1").add(
            middleware: Authentication(authenticator, requiresToken: false, sessions: cookies))
        let closed = router.group("api/v1").add(middleware: Authentication(authenticator, sessions: cookies))
        let who: @Sendable (Request, APIContext) async throws -> Response = { _, context in
            Response.json { json in
                json.object { json in json.member("user", context.principal?.userID.rawValue ?? "nobody") }
            }
        }
        open.get("public", use: who)
        closed.get("own", use: who)
        closed.post("own", use: who)
        let openID = try OpenIDProvider(
            issuer: TestProvider.issuer,
            client: ProviderClient(
                clientID: TestProvider.clientID, secret: TestProvider.secret, origin: Self.origin),
            fetch: { try provider.fetch($0) }, post: { try provider.post($0, $1, $2) }, logger: .test)
        let own = SessionRoutes(
            store: store, register: sessions, cookies: cookies, key: key, provider: openID, now: now, logger: .test)
        own.addReads(to: closed)
        own.addChanges(open: open, closed: closed)
        let routes = AccountRoutes(
            own, box: SecretBox(SymmetricKey(data: Array(repeating: UInt8(9), count: 32))),
            passkeys: PasskeyVerifier(
                relyingParty: "shop.example", origins: [Self.origin],
                key: SymmetricKey(data: Array(repeating: UInt8(11), count: 32))),
            hasher: PasswordHasher(cost: cost),
            common: try CommonPasswords(), outbox: outbox, mails: AccountMails(url: Self.origin),
            did: { [deeds] deed, _, _, _ in deeds.add(deed) }
        ) { [refusals] refusal, _, _ in refusals.add(refusal) }
        routes.addReads(to: closed)
        routes.addChanges(open: open, closed: closed)
        guard let loginCookie = SessionCookie(name: "S-Login", sameSite: .lax, isSecure: true) else {
            throw NeverHappened(what: "a name is a name")
        }
        ProviderLoginRoutes(
            own, provider: openID, authenticator: authenticator, cookie: loginCookie,
            box: SecretBox(SymmetricKey(data: Array(repeating: UInt8(13), count: 32))), origin: Self.origin,
            refused: { [providerRefusals] fault, _, _, _ in providerRefusals.add(fault) }
        ).add(open: open)
        try AccountPage(hasAccounts: true, hasProvider: true).add(to: router)
        responder = APIResponder(router)
    }

    /// Runs a node with its outbox for the length of `body`. Its sessions hear when the test says so.
    static func with(
        logN: Int = 4, _ body: @escaping @Sendable (AccountNode, TestDatabase) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let node = try AccountNode(database, logN: logN)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await node.outbox.run() }
                try await body(node, database)
                group.cancelAll()
            }
        }
    }

    struct Answer {
        var status: Int
        var headers: HTTPFields
        var text: String

        var code: String? { member("code") }

        /// A member whose value is a string.
        func member(_ name: String) -> String? {
            guard let start = text.range(of: "\"\(name)\":\"") else { return nil }
            return String(text[start.upperBound...].prefix { $0 != "\"" })
        }

        /// What the response makes of the session's cookie: `__Host-S=value`; nil: it says nothing of it.
        var cookie: String? {
            headers[values: .setCookie].first { $0.hasPrefix("__Host-S=") }.map { String($0.prefix { $0 != ";" }) }
        }

        /// What it makes of the cookie of a log-in that is under way.
        var loginCookie: String? {
            headers[values: .setCookie].first { $0.hasPrefix("__Host-S-Login=") }.map {
                String($0.prefix { $0 != ";" })
            }
        }

        var dropsCookie: Bool {
            headers[values: .setCookie].contains { $0.hasPrefix("__Host-S=;") && $0.hasSuffix("Max-Age=0") }
        }
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String = "", cookie: String? = nil,
        origin: String? = AccountNode.origin, headers: HTTPFields = [:]
    ) async throws -> Answer {
        var fields = headers
        if let cookie { fields[.cookie] = cookie }
        if let origin { fields[.origin] = origin }
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "https", authority: "shop.example",
                path: path.hasPrefix("/account") ? path : "/api/v1\(path)", headerFields: fields
            ),
            body: RequestBody(buffer: ByteBuffer(string: body)))
        var logger = Logger.test
        logger[metadataKey: "hb.request.id"] = "1"
        let context = APIContext(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
        let response = try await responder.respond(to: request, context: context)
        let collected = Collected()
        try await response.body.write(Collector(collected: collected))
        return Answer(status: response.status.code, headers: response.headers, text: await collected.text)
    }

    // MARK: What people do

    static func credentials(_ email: String, _ password: String) -> String {
        "{\"email\":\"\(email)\",\"password\":\"\(password)\"}"
    }

    /// The newest mail to an address with this subject, once there is one more than `after`.
    func mail(to address: String, _ subject: String, after: Int = 0) async throws -> String {
        func mails() -> [String] {
            mailbox.mails.filter { $0.contains("To: \(address)\r\n") && $0.contains("Subject: \(subject)") }
        }
        try await eventually("a mail to \(address): \(subject)") { mails().count > after }
        return mails().last ?? ""
    }

    /// The code in a mail.
    static func code(in mail: String) -> String {
        guard let start = mail.range(of: "#code=") else { return "" }
        return String(mail[start.upperBound...].prefix { !$0.isNewline })
    }

    /// Registers and confirms an address.
    func makeAccount(_ email: String, _ password: String) async throws {
        _ = try await ask(.post, "/auth/register", Self.credentials(email, password))
        let code = Self.code(in: try await mail(to: email, "Confirm your"))
        _ = try await ask(.post, "/auth/verify-email", "{\"code\":\"\(code)\"}")
    }

    /// Logs in; the session's cookie.
    func logIn(_ email: String, _ password: String) async throws -> String {
        try await ask(.post, "/auth/login", Self.credentials(email, password)).cookie ?? "none"
    }
}

private actor Collected {
    var bytes = ByteBuffer()

    var text: String { String(buffer: bytes) }

    func add(_ part: ByteBuffer) { bytes.writeImmutableBuffer(part) }
}

private struct Collector: ResponseBodyWriter {
    let collected: Collected

    mutating func write(_ buffer: ByteBuffer) async throws { await collected.add(buffer) }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
