public import Accounts
public import Domain
import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
public import Logging
public import OpenID
public import PostgresAccounts
import Text
public import WebAPI

/// What whoever is logged in may ask of their sessions, under `/auth`, however they logged in: with an account of this instance,
/// or at an identity provider.
public struct SessionRoutes: Sendable {
    /// Bytes that are kept of what a browser calls itself.
    private static let userAgentBytesMax = 200
    /// What a 401 has to say (RFC 9110, section 15.5.2).
    static let challenge = "Bearer realm=\"holdfast\""

    let store: PostgresAccounts
    let register: SessionRegister
    let cookies: CookieSessions
    let provider: OpenIDProvider?
    let now: @Sendable () -> Timestamp
    let logger: Logger
    private let key: SessionKey

    /// - Parameters:
    ///   - register: has to be told of sessions that end here; the nodes' registers hear by themselves.
    ///   - key: what `register` opens cookies with.
    ///   - provider: nil: nobody logs in at one.
    ///   - now: the clock by which sessions end.
    public init(
        store: PostgresAccounts, register: SessionRegister, cookies: CookieSessions, key: SessionKey,
        provider: OpenIDProvider? = nil, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.store = store
        self.register = register
        self.cookies = cookies
        self.key = key
        self.provider = provider
        self.now = now
        self.logger = logger
    }

    /// What shows people their own. These routes change nothing.
    ///
    /// - Parameter closed: `/api/v1`, where there has to be a caller.
    public func addReads(to closed: RouterGroup<APIContext>) {
        closed.get("auth/me") { _, context in try await me(context) }
        closed.get("auth/sessions") { _, context in try await listSessions(context) }
    }

    /// All others.
    ///
    /// - Parameters:
    ///   - open: `/api/v1`, where a caller is known if there is one.
    ///   - closed: the same, where there has to be one.
    public func addChanges(open: RouterGroup<APIContext>, closed: RouterGroup<APIContext>) {
        open.post("auth/logout") { request, context in try await logOut(request, context) }
        closed.post("auth/logout-all") { _, context in try await logOutEverywhere(context) }
        closed.delete("auth/sessions/{sessionId}") { _, context in try await endSession(context) }
    }

    /// Also without a session: then there is nothing to end. A browser leaves the cookie out of what another site's page
    /// sends, and would forget it on that page's behalf: so that is refused, too.
    private func logOut(_ request: Request, _ context: APIContext) async throws -> Response {
        try cookies.checkSource(of: request)
        if let session = context.session, let principal = context.principal {
            _ = try await end(session.bytes, of: principal.userID)
        } else if let fault = context.sessionFault {
            throw fault
        }
        return withoutSession(.noContent)
    }

    private func logOutEverywhere(_ context: APIContext) async throws -> Response {
        let user = try context.requireSession().user
        try await available { () async throws(AccountStoreError) in try await store.endSessions(of: user, now: now()) }
        await register.hear()
        return withoutSession(.noContent)
    }

    private func listSessions(_ context: APIContext) async throws -> Response {
        let (user, current) = try context.requireSession()
        let list = try await available { () async throws(AccountStoreError) in
            try await store.sessions(of: user, by: register.clock, now: now())
        }
        return .own { json in
            json.object { json in
                json.array("sessions") { json in
                    for session in list { json.value(session, isCurrent: session.hash == current, register.clock) }
                }
            }
        }
    }

    private func endSession(_ context: APIContext) async throws -> Response {
        let (user, current) = try context.requireSession()
        guard let handle = context.parameters["sessionId"].map(String.init), let prefix = [UInt8](hex: handle),
            prefix.count == 16, try await end(prefix, of: user)
        else { throw Problem(.sessionNotFound) }
        return current.handle == handle ? withoutSession(.noContent) : .empty(.noContent)
    }

    private func me(_ context: APIContext) async throws -> Response {
        let user = try context.requireSession().user
        guard AccountID.isAccount(user) else { return await me(atProvider: user) }
        let account = try await available { () async throws(AccountStoreError) in try await store.account(user) }
        guard let account else { throw Problem.unauthenticated(nil) }
        return .own { json in
            json.object { json in
                json.member("userId", account.account.rawValue)
                json.member("email", account.mailbox)
                json.key("createdAt")
                json.value(timeAt: account.createdAt.microseconds)
            }
        }
    }

    private func me(atProvider user: UserID) async -> Response {
        var logoutURL: String?
        if let provider {
            // A provider who is away ends no session either.
            do { logoutURL = try await provider.metadata().logoutURL(provider.client) } catch {}
        }
        return .own { [logoutURL] json in
            json.object { json in
                json.member("userId", user.rawValue)
                if let provider { json.member("issuer", provider.issuer) }
                if let logoutURL { json.member("providerLogoutUrl", logoutURL) }
            }
        }
    }

    // MARK: For those who open and end sessions

    /// The answer to a log-in, with the session's cookie.
    func loggedIn(
        _ user: UserID, _ secret: Secret256, _ context: APIContext, now: Timestamp
    ) async throws -> Response {
        await endFormer(of: context)
        let end = now.adding(seconds: register.clock.absoluteSeconds)
        var response = Response.own { json in
            json.object { json in
                json.member("userId", user.rawValue)
                json.key("expiresAt")
                json.value(timeAt: end.microseconds)
            }
        }
        response.headers.append(await cookie(secret))
        return response
    }

    /// What gives a browser a session that was just opened.
    func cookie(_ secret: Secret256) async -> HTTPField {
        let value = key.seal(secret)
        // From the first request on it is known whose it is: limits count by caller, and programs are told by what they did.
        do throws(Problem) {
            _ = try await register.find(value)
        } catch {
            logger.debug("a new session can't be looked up", metadata: ["code": "\(error.code)"])
        }
        return HTTPField(
            name: .setCookie, value: cookies.cookie.set(value, seconds: register.clock.absoluteSeconds))
    }

    /// Ends the session that the browser had: it is not left behind without anybody who could end it. Where that fails, it ends
    /// by itself: the new one is open, and the browser has to learn of it.
    func endFormer(of context: APIContext) async {
        guard let former = context.session, let principal = context.principal else { return }
        do throws(Problem) {
            _ = try await end(former.bytes, of: principal.userID)
        } catch {
            logger.warning("the session before a log-in can't be ended", metadata: ["code": "\(error.code)"])
        }
    }

    /// Whether there was such a session.
    private func end(_ prefix: [UInt8], of user: UserID) async throws(Problem) -> Bool {
        let wasThere = try await available { () async throws(AccountStoreError) in
            try await store.endSession(prefix, of: user, now: now())
        }
        await register.hear()
        return wasThere
    }

    func withoutSession(_ status: HTTPResponse.Status) -> Response {
        var response = Response.empty(status)
        response.headers.append(HTTPField(name: .setCookie, value: cookies.cookie.drop))
        return response
    }

    func available<R>(
        _ body: () async throws(AccountStoreError) -> R
    ) async throws(Problem) -> R {
        do throws(AccountStoreError) {
            return try await body()
        } catch {
            logger.warning("the accounts can't be asked", metadata: ["reason": "\(error)"])
            throw Problem(
                .accountsUnavailable, detail: "The accounts can't be read or changed at this moment.",
                retryAfterSeconds: 1)
        }
    }

    /// Visible ASCII alone: it is shown to the session's owner.
    static func userAgent(_ request: Request) -> String {
        let bytes = (request.headers[.userAgent] ?? "").utf8.filter { (0x20...0x7E).contains($0) }
        return String(decoding: bytes.prefix(userAgentBytesMax), as: UTF8.self)
    }
}

extension APIContext {
    /// The caller and their session.
    ///
    /// - Throws: ``Problem/Code/unauthenticated``; ``Problem/Code/forbidden`` for callers with a token, who have none here.
    func requireSession() throws(Problem) -> (user: UserID, session: SecretHash) {
        let principal = try requirePrincipal()
        guard let session else {
            throw Problem(
                .forbidden,
                detail: "This call needs a session, which begins with a log-in here. An access token has none.")
        }
        return (principal.userID, session)
    }

    /// The caller's account.
    ///
    /// - Throws: what ``requireSession()`` throws; ``Problem/Code/accountAtProvider`` for those who logged in at an identity
    ///   provider, and have none here.
    func requireAccount() throws(Problem) -> UserID {
        let user = try requireSession().user
        guard AccountID.isAccount(user) else {
            throw Problem(
                .accountAtProvider,
                detail:
                    "You logged in at an identity provider: password, second factor, passkeys and the account itself "
                    + "are changed there. Here you have sessions alone.")
        }
        return user
    }
}

extension Response {
    /// Nobody but its reader's browser keeps it, and not even that.
    static var ownCacheControl: String { "private, no-store" }

    static func empty(_ status: HTTPResponse.Status) -> Response {
        Response(status: status, headers: [.cacheControl: ownCacheControl])
    }

    static func own(_ status: HTTPResponse.Status = .ok, _ write: (inout JSONWriter) -> Void) -> Response {
        var response = Response.json(status, write)
        response.headers[.cacheControl] = ownCacheControl
        return response
    }
}

extension JSONWriter {
    fileprivate mutating func value(
        _ session: PostgresAccounts.OwnSession, isCurrent: Bool, _ clock: SessionClock
    ) {
        object { json in
            json.member("sessionId", session.hash.handle)
            json.key("createdAt")
            json.value(timeAt: session.times.createdAt.microseconds)
            json.key("lastSeenAt")
            json.value(timeAt: session.times.seenAt.microseconds)
            json.key("expiresAt")
            json.value(timeAt: clock.end(of: session.times).microseconds)
            if !session.userAgent.isEmpty { json.member("userAgent", session.userAgent) }
            json.member("isCurrent", isCurrent)
        }
    }
}
