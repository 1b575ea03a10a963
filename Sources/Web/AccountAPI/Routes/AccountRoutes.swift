public import Accounts
public import Domain
import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
public import Logging
public import PostgresAccounts
public import RateLimits
import Text
public import WebAPI

/// Accounts for instances without an identity provider, under `/auth`.
///
/// Nothing here tells whether an address has an account. To register and to ask for a new password are answered before
/// anything is looked up; the mail says the rest. A log-in hashes the password that it was sent whether or not there is one to
/// compare it with, and gives one refusal for all reasons.
public struct AccountRoutes: Sendable {
    /// What refuses a caller, for the operator's records.
    public enum Refusal: Equatable, Sendable {
        case login
        case tooManyLogins
        case accountDeletion
        case passwordChange
        case secondFactor
        case code
        /// A log-in with a passkey.
        case passkey(PasskeyFault)
        /// A passkey that an account was to have.
        case newPasskey(PasskeyFault)

        public var reason: String {
            switch self {
            case .login: "login"
            case .tooManyLogins: "too-many-logins"
            case .accountDeletion: "account-deletion"
            case .passwordChange: "password-change"
            case .secondFactor: "second-factor"
            case .code: "code"
            case .passkey(let fault): "passkey: \(fault.rawValue)"
            case .newPasskey(let fault): "new passkey: \(fault.rawValue)"
            }
        }
    }

    /// What the holder of an account did with it, for the operator's records.
    public enum Deed: String, Sendable {
        case logIn = "password"
        case logInWithSecondFactor = "password-and-second-factor"
        case logInWithPasskey = "passkey"
        case passkeyAdded = "passkey-added"
        case passkeyDeleted = "passkey-deleted"
        case passwordChange = "password-change"
        case passwordReset = "password-reset"
        case secondFactorBegun = "second-factor"
        case secondFactorEnded = "second-factor-ended"
        case accountDeletion = "account-deletion"
    }

    /// Told of each deed, and whose it was.
    public typealias DeedListener = @Sendable (Deed, UserID, Request, APIContext) -> Void

    /// Told of each refusal.
    public typealias RefusalListener = @Sendable (Refusal, Request, APIContext) -> Void

    /// Bytes of a body; the longest password, escaped, has 1,536.
    static let bodyBytesMax = 4096
    /// Seconds that the code of a verification is good.
    static let verificationSeconds: Int64 = 24 * 3600
    /// Seconds that the code for a new password is good.
    static let resetSeconds: Int64 = 3600
    /// Bytes that are kept of what a browser calls itself.
    static let userAgentBytesMax = 200

    let store: PostgresAccounts
    let sessions: SessionRegister
    let cookies: CookieSessions
    let key: SessionKey
    let box: SecretBox
    let passkeys: PasskeyVerifier
    let hasher: PasswordHasher
    let common: CommonPasswords
    let outbox: Outbox
    let mails: AccountMails
    let guesses = GuessLimits()
    let proxies: TrustedProxies
    let now: @Sendable () -> Timestamp
    let refused: RefusalListener
    let did: DeedListener
    let logger: Logger

    /// - Parameters:
    ///   - sessions: has to be told of sessions that end here; the nodes' registers hear by themselves.
    ///   - key: what `sessions` opens cookies with.
    ///   - box: what seals the secrets of second factors, the same on every node.
    ///   - passkeys: the same on every node.
    ///   - proxies: whose `X-Forwarded-For` counts.
    ///   - now: the clock by which codes and sessions end.
    public init(
        store: PostgresAccounts, sessions: SessionRegister, cookies: CookieSessions, key: SessionKey, box: SecretBox,
        passkeys: PasskeyVerifier, hasher: PasswordHasher, common: CommonPasswords, outbox: Outbox, mails: AccountMails,
        proxies: TrustedProxies = TrustedProxies(), now: @escaping @Sendable () -> Timestamp, logger: Logger,
        did: @escaping DeedListener = { _, _, _, _ in }, refused: @escaping RefusalListener = { _, _, _ in }
    ) {
        self.did = did
        self.proxies = proxies
        self.store = store
        self.sessions = sessions
        self.cookies = cookies
        self.key = key
        self.box = box
        self.passkeys = passkeys
        self.hasher = hasher
        self.common = common
        self.outbox = outbox
        self.mails = mails
        self.now = now
        self.refused = refused
        self.logger = logger
    }

    /// What shows owners of accounts their own. These routes change nothing.
    ///
    /// - Parameter closed: `/api/v1`, where there has to be a caller.
    public func addReads(to closed: RouterGroup<APIContext>) {
        closed.get("auth/me") { _, context in try await me(context) }
        closed.get("auth/sessions") { _, context in try await listSessions(context) }
        closed.get("auth/passkeys") { _, context in try await listPasskeys(context) }
    }

    /// All others.
    ///
    /// - Parameters:
    ///   - open: `/api/v1`, where a caller is known if there is one.
    ///   - closed: the same, where there has to be one.
    public func addChanges(open: RouterGroup<APIContext>, closed: RouterGroup<APIContext>) {
        open.post("auth/register") { request, _ in try await register(request) }
        open.post("auth/verify-email") { request, context in try await verify(request, context) }
        open.post("auth/login") { request, context in try await logIn(request, context) }
        open.post("auth/logout") { request, context in try await logOut(request, context) }
        open.post("auth/password-reset") { request, _ in try await requestReset(request) }
        open.post("auth/password-reset/confirm") { request, context in try await confirmReset(request, context) }
        closed.post("auth/logout-all") { _, context in try await logOutEverywhere(context) }
        closed.post("auth/password") { request, context in try await changePassword(request, context) }
        closed.delete("auth/me") { request, context in try await deleteAccount(request, context) }
        closed.delete("auth/sessions/{sessionId}") { _, context in try await endSession(context) }
        addSecondFactor(to: closed)
        addPasskeys(open: open, closed: closed)
    }

    // MARK: Without an account

    private func register(_ request: Request) async throws -> Response {
        try cookies.checkSource(of: request)
        let body = try await request.json(CredentialsBody.self, bytesMax: Self.bodyBytesMax)
        let address = try EmailAddress(checking: body.email)
        let password = try Password(checking: body.password, for: address, refusing: common)
        let hash = try await hasher.hash(password)
        return try accepted { [store, mails, now] in
            let (code, now) = (Secret256(), now())
            switch try await store.register(
                address, password: hash, code: code.hash, now: now,
                expiry: now.adding(seconds: Self.verificationSeconds))
            {
            case .verification: return mails.verification(address, code: code)
            case .exists: return mails.exists(address)
            case .reset, .unknown, .nothing: return nil
            }
        }
    }

    private func requestReset(_ request: Request) async throws -> Response {
        try cookies.checkSource(of: request)
        let body = try await request.json(AddressBody.self, bytesMax: Self.bodyBytesMax)
        let address = try EmailAddress(checking: body.email)
        return try accepted { [store, mails, now] in
            let (code, now) = (Secret256(), now())
            switch try await store.beginReset(
                address, code: code.hash, now: now, expiry: now.adding(seconds: Self.resetSeconds))
            {
            case .reset: return mails.reset(address, code: code)
            case .unknown: return mails.unknown(address)
            case .verification, .exists, .nothing: return nil
            }
        }
    }

    /// The answer does not wait for what it promises.
    private func accepted(_ errand: @escaping Outbox.Errand) throws(Problem) -> Response {
        guard outbox.post(errand) else {
            throw Problem(.overloaded, detail: "Too much mail waits at this moment.", retryAfterSeconds: 60)
        }
        return .empty(.accepted)
    }

    private func verify(_ request: Request, _ context: APIContext) async throws -> Response {
        try cookies.checkSource(of: request)
        let body = try await request.json(CodeBody.self, bytesMax: Self.bodyBytesMax)
        guard let code = Secret256(body.code),
            try await available({ () async throws(AccountStoreError) in
                try await store.verify(code: code.hash, now: now())
            }) != nil
        else { throw badCode(request, context) }
        return .empty(.noContent)
    }

    private func confirmReset(_ request: Request, _ context: APIContext) async throws -> Response {
        try cookies.checkSource(of: request)
        let body = try await request.json(NewPasswordBody.self, bytesMax: Self.bodyBytesMax)
        let password = try Password(checking: body.password, for: nil, refusing: common)
        guard let code = Secret256(body.code) else { throw badCode(request, context) }
        let hash = try await hasher.hash(password)
        let account = try await available { () async throws(AccountStoreError) in
            try await store.resetPassword(code: code.hash, password: hash, now: now())
        }
        guard let account else { throw badCode(request, context) }
        await sessions.hear()
        did(.passwordReset, account, request, context)
        return .empty(.noContent)
    }

    func badCode(_ request: Request, _ context: APIContext) -> Problem {
        refused(.code, request, context)
        return Problem(.invalidCode, detail: "Codes are good once, and for a time. Ask for another one.")
    }

    // MARK: Sessions

    private func logIn(_ request: Request, _ context: APIContext) async throws -> Response {
        try cookies.checkSource(of: request)
        let body = try await request.json(LoginBody.self, bytesMax: Self.bodyBytesMax)
        let address = try EmailAddress(checking: body.email)
        let password = Password(attempt: body.password)
        do throws(Problem) {
            try guesses.begin(
                address, from: proxies.caller(context.remoteAddress, request.headers)?.group, at: now())
        } catch {
            refused(.tooManyLogins, request, context)
            throw error
        }
        let login = try await available { () async throws(AccountStoreError) in try await store.login(address) }
        guard try await hasher.check(password, against: login?.password), let login, let password else {
            throw wrongCredentials(.login, request, context)
        }
        let hasSecond = try await checkSecondFactor(of: login.account, code: body.code, request, context)
        var raised: PasswordHash?
        if login.password.cost.isWeaker(than: hasher.cost) { raised = try await hasher.hash(password) }
        let secret = Secret256()
        let now = now()
        let isOpen = try await available { [raised] () async throws(AccountStoreError) in
            try await store.openSession(
                secret.hash, of: login.account, checked: login.password, raised: raised,
                userAgent: Self.userAgent(request), now: now)
        }
        // Somebody set another password meanwhile.
        guard isOpen else { throw wrongCredentials(.login, request, context) }
        did(hasSecond ? .logInWithSecondFactor : .logIn, login.account, request, context)
        return try await loggedIn(login.account, secret, context, now: now)
    }

    /// The answer to a log-in, with the session's cookie.
    func loggedIn(_ account: UserID, _ secret: Secret256, _ context: APIContext, now: Timestamp) async throws
        -> Response
    {
        // The browser's former session is not left behind without anybody who could end it.
        if let former = context.session, let principal = context.principal {
            _ = try await end(former.bytes, of: principal.userID)
        }
        let end = now.adding(seconds: sessions.clock.absoluteSeconds)
        var response = Response.json { json in
            json.object { json in
                json.member("userId", account.rawValue)
                json.key("expiresAt")
                json.value(timeAt: end.microseconds)
            }
        }
        response.headers[.cacheControl] = Response.ownCacheControl
        response.headers.append(
            HTTPField(
                name: .setCookie,
                value: cookies.cookie.set(key.seal(secret), seconds: sessions.clock.absoluteSeconds)))
        return response
    }

    func wrongCredentials(_ refusal: Refusal, _ request: Request, _ context: APIContext) -> Problem {
        refused(refusal, request, context)
        return Problem(
            .wrongCredentials,
            detail: "There is no account with this address and password; or its address is not confirmed yet.",
            headers: [.wwwAuthenticate: Self.challenge])
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
        let account = try context.requireAccount()
        try await available { () async throws(AccountStoreError) in
            try await store.endSessions(of: account, now: now())
        }
        await sessions.hear()
        return withoutSession(.noContent)
    }

    private func listSessions(_ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        let list = try await available { () async throws(AccountStoreError) in
            try await store.sessions(of: account, by: sessions.clock, now: now())
        }
        return .own { json in
            json.object { json in
                json.array("sessions") { json in
                    for session in list {
                        json.value(session, isCurrent: session.hash == context.session, sessions.clock)
                    }
                }
            }
        }
    }

    private func endSession(_ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        guard let handle = context.parameters["sessionId"].map(String.init), let prefix = [UInt8](hex: handle),
            prefix.count == 16,
            try await end(prefix, of: account)
        else { throw Problem(.sessionNotFound) }
        if context.session?.handle == handle { return withoutSession(.noContent) }
        return .empty(.noContent)
    }

    /// Whether there was such a session.
    private func end(_ prefix: [UInt8], of account: UserID) async throws -> Bool {
        let wasThere = try await available { () async throws(AccountStoreError) in
            try await store.endSession(prefix, of: account, now: now())
        }
        await sessions.hear()
        return wasThere
    }

    // MARK: The account

    private func me(_ context: APIContext) async throws -> Response {
        let id = try context.requireAccount()
        let account = try await available { () async throws(AccountStoreError) in try await store.account(id) }
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

    private func changePassword(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        guard let session = context.session else { throw Problem.unauthenticated(nil) }
        let body = try await request.json(ChangedPasswordBody.self, bytesMax: Self.bodyBytesMax)
        let mailbox = try await available { () async throws(AccountStoreError) in try await store.account(account) }?
            .mailbox
        let password = try Password(
            checking: body.newPassword, for: mailbox.flatMap(EmailAddress.init), refusing: common)
        let login = try await available { () async throws(AccountStoreError) in try await store.login(account) }
        guard try await hasher.check(Password(attempt: body.password), against: login?.password), let login else {
            throw wrongCredentials(.passwordChange, request, context)
        }
        let hash = try await hasher.hash(password)
        let isChanged = try await available { () async throws(AccountStoreError) in
            try await store.changePassword(of: account, checked: login.password, to: hash, keeping: session, now: now())
        }
        guard isChanged else { throw wrongCredentials(.passwordChange, request, context) }
        await sessions.hear()
        did(.passwordChange, account, request, context)
        return .empty(.noContent)
    }

    private func deleteAccount(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        let body = try await request.json(PasswordBody.self, bytesMax: Self.bodyBytesMax)
        let login = try await available { () async throws(AccountStoreError) in try await store.login(account) }
        guard try await hasher.check(Password(attempt: body.password), against: login?.password), let login,
            try await available({ () async throws(AccountStoreError) in
                try await store.delete(account, checked: login.password, now: now())
            })
        else { throw wrongCredentials(.accountDeletion, request, context) }
        await sessions.hear()
        did(.accountDeletion, account, request, context)
        return withoutSession(.noContent)
    }

    // MARK: What they share

    private func withoutSession(_ status: HTTPResponse.Status) -> Response {
        var response = Response.empty(status)
        response.headers.append(HTTPField(name: .setCookie, value: cookies.cookie.drop))
        return response
    }

    /// What a 401 has to say (RFC 9110, section 15.5.2).
    static let challenge = "Bearer realm=\"holdfast\""

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

    /// Visible ASCII alone: it is shown to the account's owner.
    static func userAgent(_ request: Request) -> String {
        let bytes = (request.headers[.userAgent] ?? "").utf8.filter { (0x20...0x7E).contains($0) }
        return String(decoding: bytes.prefix(userAgentBytesMax), as: UTF8.self)
    }
}

extension APIContext {
    /// The caller's account.
    ///
    /// - Throws: ``Problem/Code/unauthenticated``; ``Problem/Code/forbidden`` for callers with a token, who have none here.
    func requireAccount() throws(Problem) -> UserID {
        let principal = try requirePrincipal()
        guard session != nil else {
            throw Problem(.forbidden, detail: "This is for who logged in here; your access token is somebody else's.")
        }
        return principal.userID
    }
}

extension Response {
    /// Nobody but its reader's browser keeps it, and not even that.
    fileprivate static var ownCacheControl: String { "private, no-store" }

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
