public import Accounts
public import Domain
import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
import PostgresAccounts
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

    let sessions: SessionRoutes
    let box: SecretBox
    let passkeys: PasskeyVerifier
    let hasher: PasswordHasher
    let common: CommonPasswords
    let outbox: Outbox
    let mails: AccountMails
    let guesses = GuessLimits()
    let proxies: TrustedProxies
    let refused: RefusalListener
    let did: DeedListener

    var store: PostgresAccounts { sessions.store }
    var cookies: CookieSessions { sessions.cookies }
    var now: @Sendable () -> Timestamp { sessions.now }

    /// - Parameters:
    ///   - sessions: what the holders of accounts ask of their sessions, by whose clock codes end, too.
    ///   - box: what seals the secrets of second factors, the same on every node.
    ///   - passkeys: the same on every node.
    ///   - proxies: whose `X-Forwarded-For` counts.
    public init(
        _ sessions: SessionRoutes, box: SecretBox, passkeys: PasskeyVerifier, hasher: PasswordHasher,
        common: CommonPasswords, outbox: Outbox, mails: AccountMails, proxies: TrustedProxies = TrustedProxies(),
        did: @escaping DeedListener = { _, _, _, _ in }, refused: @escaping RefusalListener = { _, _, _ in }
    ) {
        self.did = did
        self.proxies = proxies
        self.sessions = sessions
        self.box = box
        self.passkeys = passkeys
        self.hasher = hasher
        self.common = common
        self.outbox = outbox
        self.mails = mails
        self.refused = refused
    }

    /// What shows owners of accounts their own. These routes change nothing.
    ///
    /// - Parameter closed: `/api/v1`, where there has to be a caller.
    public func addReads(to closed: RouterGroup<APIContext>) {
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
        open.post("auth/password-reset") { request, _ in try await requestReset(request) }
        open.post("auth/password-reset/confirm") { request, context in try await confirmReset(request, context) }
        closed.post("auth/password") { request, context in try await changePassword(request, context) }
        closed.delete("auth/me") { request, context in try await deleteAccount(request, context) }
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
            try await sessions.available({ () async throws(AccountStoreError) in
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
        let account = try await sessions.available { () async throws(AccountStoreError) in
            try await store.resetPassword(code: code.hash, password: hash, now: now())
        }
        guard let account else { throw badCode(request, context) }
        await sessions.register.hear()
        did(.passwordReset, account, request, context)
        return .empty(.noContent)
    }

    func badCode(_ request: Request, _ context: APIContext) -> Problem {
        refused(.code, request, context)
        return Problem(.invalidCode, detail: "Codes are good once, and for a time. Ask for another one.")
    }

    // MARK: Log-ins

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
        let login = try await sessions.available { () async throws(AccountStoreError) in try await store.login(address)
        }
        guard try await hasher.check(password, against: login?.password), let login, let password else {
            throw wrongCredentials(.login, request, context)
        }
        let hasSecond = try await checkSecondFactor(of: login.account, code: body.code, request, context)
        var raised: PasswordHash?
        if login.password.cost.isWeaker(than: hasher.cost) { raised = try await hasher.hash(password) }
        let secret = Secret256()
        let now = now()
        let isOpen = try await sessions.available { [raised] () async throws(AccountStoreError) in
            try await store.openSession(
                secret.hash, of: login.account, checked: login.password, raised: raised,
                userAgent: SessionRoutes.userAgent(request), now: now)
        }
        // Somebody set another password meanwhile.
        guard isOpen else { throw wrongCredentials(.login, request, context) }
        did(hasSecond ? .logInWithSecondFactor : .logIn, login.account, request, context)
        return try await sessions.loggedIn(login.account, secret, context, now: now)
    }

    func wrongCredentials(_ refusal: Refusal, _ request: Request, _ context: APIContext) -> Problem {
        refused(refusal, request, context)
        return Problem(
            .wrongCredentials,
            detail: "There is no account with this address and password; or its address is not confirmed yet.",
            headers: [.wwwAuthenticate: SessionRoutes.challenge])
    }

    // MARK: The account

    private func changePassword(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        guard let session = context.session else { throw Problem.unauthenticated(nil) }
        let body = try await request.json(ChangedPasswordBody.self, bytesMax: Self.bodyBytesMax)
        let mailbox = try await sessions.available { () async throws(AccountStoreError) in
            try await store.account(account)
        }?
        .mailbox
        let password = try Password(
            checking: body.newPassword, for: mailbox.flatMap(EmailAddress.init), refusing: common)
        let login = try await sessions.available { () async throws(AccountStoreError) in try await store.login(account)
        }
        guard try await hasher.check(Password(attempt: body.password), against: login?.password), let login else {
            throw wrongCredentials(.passwordChange, request, context)
        }
        let hash = try await hasher.hash(password)
        let isChanged = try await sessions.available { () async throws(AccountStoreError) in
            try await store.changePassword(of: account, checked: login.password, to: hash, keeping: session, now: now())
        }
        guard isChanged else { throw wrongCredentials(.passwordChange, request, context) }
        await sessions.register.hear()
        did(.passwordChange, account, request, context)
        return .empty(.noContent)
    }

    private func deleteAccount(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        let body = try await request.json(PasswordBody.self, bytesMax: Self.bodyBytesMax)
        let login = try await sessions.available { () async throws(AccountStoreError) in try await store.login(account)
        }
        guard try await hasher.check(Password(attempt: body.password), against: login?.password), let login,
            try await sessions.available({ () async throws(AccountStoreError) in
                try await store.delete(account, checked: login.password, now: now())
            })
        else { throw wrongCredentials(.accountDeletion, request, context) }
        await sessions.register.hear()
        did(.accountDeletion, account, request, context)
        return sessions.withoutSession(.noContent)
    }

}
