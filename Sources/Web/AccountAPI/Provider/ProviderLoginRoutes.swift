public import Accounts
public import Domain
import HTTPServer
import HTTPTypes
public import Hummingbird
public import Identity
public import OpenID
import PostgresAccounts
public import WebAPI

/// Log-ins of browsers at an identity provider, under `/auth/openid`: the code flow of OpenID Connect with PKCE. Each opens a
/// session like those of accounts, whose caller is the user that the provider's access tokens name.
///
/// A node keeps nothing of a log-in that is under way (see ``LoginAttempt``), so any node may take the answer.
public struct ProviderLoginRoutes: Sendable {
    /// Told of each log-in.
    public typealias LoginListener = @Sendable (UserID, Request, APIContext) -> Void
    /// Told of each one that came to nothing through the browser's or the provider's fault, with the answer's status.
    public typealias RefusalListener = @Sendable (ProviderLoginFault, HTTPResponse.Status, Request, APIContext) -> Void

    /// Codes that a node exchanges at once; a provider that is slow keeps nobody else's requests.
    private static let exchangesMax = 32

    private let sessions: SessionRoutes
    private let provider: OpenIDProvider
    private let authenticator: Authenticator
    private let cookie: SessionCookie
    private let box: SecretBox
    private let origin: String
    private let exchanges = InFlightLimit(countMax: exchangesMax)
    private let did: LoginListener
    private let refused: RefusalListener

    /// - Parameters:
    ///   - provider: the authenticator's first issuer.
    ///   - cookie: that of log-ins that are under way, not of sessions. Browsers have to send it along when the provider sends
    ///     them here: `SameSite=Lax`.
    ///   - box: seals these cookies, the same on every node.
    ///   - origin: this instance's own, as browsers see it.
    public init(
        _ sessions: SessionRoutes, provider: OpenIDProvider, authenticator: Authenticator, cookie: SessionCookie,
        box: SecretBox, origin: String, did: @escaping LoginListener = { _, _, _ in },
        refused: @escaping RefusalListener = { _, _, _, _ in }
    ) {
        self.sessions = sessions
        self.provider = provider
        self.authenticator = authenticator
        self.cookie = cookie
        self.box = box
        self.origin = origin
        self.did = did
        self.refused = refused
    }

    /// - Parameter open: `/api/v1`, where a caller is known if there is one.
    public func add(open: RouterGroup<APIContext>) {
        open.get("auth/openid/login") { request, _ in try await begin(request) }
        open.get("auth/openid/callback") { request, context in try await finish(request, context) }
    }

    // MARK: There

    private func begin(_ request: Request) async throws -> Response {
        try sessions.cookies.checkNavigation(of: request)
        let text = try QueryParameters(request).single("return")
        guard let path = text.map({ ReturnPath($0) }) ?? .account else {
            throw Problem(
                .invalidRequest,
                detail:
                    "return must be a path of this origin, such as /account, of at most \(ReturnPath.bytesMax) bytes.")
        }
        let metadata = try await metadata()
        let attempt = LoginAttempt(returnTo: path, now: sessions.now())
        return redirection(
            .found, to: metadata.authorizationURL(for: attempt, provider.client),
            cookies: [cookie.set(attempt.sealed(for: provider.issuer, in: box), seconds: LoginAttempt.seconds)])
    }

    private func metadata() async throws(Problem) -> ProviderMetadata {
        do throws(OpenIDProvider.Unavailable) { return try await provider.metadata() } catch {
            throw .providerUnavailable
        }
    }

    private func redirection(_ status: HTTPResponse.Status, to url: String, cookies: [String]) -> Response {
        var response = Response.empty(status)
        response.headers[.location] = url
        for cookie in cookies { response.headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return response
    }

    // MARK: And back

    private func finish(_ request: Request, _ context: APIContext) async throws -> Response {
        // Whoever only looks must not use up the code.
        guard request.method == .get else { throw Problem(.methodNotAllowed, headers: [.allow: "GET"]) }
        try sessions.cookies.checkNavigation(of: request)
        do {
            return try await logIn(request, context)
        } catch let fault as ProviderLoginFault {
            let problem = Problem(fault, forgetting: cookie)
            refused(fault, problem.status, request, context)
            throw problem
        }
    }

    private func logIn(_ request: Request, _ context: APIContext) async throws -> Response {
        let parameters = QueryParameters(request)
        let answer = ProviderAnswer(
            state: try parameters.single("state"), issuer: try parameters.single("iss"),
            code: try parameters.single("code"), error: try parameters.single("error"))
        let now = sessions.now()
        guard case .one(let value) = CookieHeader.find(cookie.name, in: request.headers[.cookie] ?? "") else {
            throw ProviderLoginFault.notBegun
        }
        let attempt = try LoginAttempt(cookie: value, for: provider.issuer, in: box, now: now)
        let metadata = try await metadata()
        let code = try answer.code(for: attempt, askedOf: provider.issuer, namesIssuer: metadata.namesIssuer)
        let user = try await user(for: code, of: attempt, metadata)
        let secret = Secret256()
        let isOpen = try await sessions.available { () async throws(AccountStoreError) in
            try await sessions.store.openSession(
                secret.hash, of: user, at: provider.issuer, answering: attempt.id, until: attempt.endsAt,
                userAgent: SessionRoutes.userAgent(request), now: now)
        }
        guard isOpen else { throw ProviderLoginFault.replayed }
        did(user, request, context)
        await sessions.endFormer(of: context)
        var response = redirection(.seeOther, to: origin + attempt.returnPath.text, cookies: [cookie.drop])
        response.headers.append(await sessions.cookie(secret))
        return response
    }

    /// Whom the provider names for a code.
    private func user(for code: String, of attempt: LoginAttempt, _ metadata: ProviderMetadata) async throws -> UserID {
        guard let turn = exchanges.begin() else {
            throw Problem(.overloaded, detail: "Too many people log in at this moment.", retryAfterSeconds: 5)
        }
        defer { turn.end() }
        let tokens: OpenIDProvider.Tokens
        do throws(OpenIDProvider.ExchangeFault) {
            tokens = try await provider.exchange(code: code, of: attempt, metadata)
        } catch {
            switch error {
            case .unavailable: throw Problem.providerUnavailable
            case .refused(let reason): throw ProviderLoginFault.codeRefused(reason)
            }
        }
        let request = IDTokenRequest(
            clientID: provider.client.clientID, nonce: attempt.nonce,
            startedAt: attempt.startedAt.microseconds / 1_000_000, accessToken: tokens.accessToken)
        do throws(InvalidToken) {
            return try authenticator.user(ofIDToken: tokens.idToken, for: request)
        } catch {
            guard let issuer = error.unknownKeyOfIssuer else { throw ProviderLoginFault.idToken(error.reason) }
            // The provider may sign with a new key.
            await authenticator.askForKeys(ofIssuer: issuer)
            guard authenticator.hasKeys(ofIssuer: issuer) else { throw Problem.providerUnavailable }
        }
        do throws(InvalidToken) {
            return try authenticator.user(ofIDToken: tokens.idToken, for: request)
        } catch {
            throw ProviderLoginFault.idToken(error.reason)
        }
    }
}

extension Problem {
    fileprivate static var providerUnavailable: Problem {
        Problem(
            .providerUnavailable,
            detail: "The identity provider can't be asked at this moment. Begin the log-in again.",
            retryAfterSeconds: 5)
    }

    /// - Parameter cookie: of the log-in. The browser forgets it, unless somebody else may have sent the browser here.
    fileprivate init(_ fault: ProviderLoginFault, forgetting cookie: SessionCookie) {
        let again = "Begin the log-in again."
        switch fault {
        case .notBegun:
            self.init(.invalidLogin, detail: "This browser has no log-in under way. \(again)")
        case .state:
            self.init(.invalidLogin, detail: "The answer is to another log-in than this browser's last one. \(again)")
        case .expired:
            self.init(.invalidLogin, detail: "The log-in took more than \(LoginAttempt.seconds / 60) minutes. \(again)")
        case .issuer: self.init(.invalidLogin, detail: "The answer is another identity provider's. \(again)")
        case .noCode: self.init(.invalidLogin, detail: "The identity provider's answer has no code. \(again)")
        case .replayed: self.init(.invalidLogin, detail: "The answer has been used. \(again)")
        case .declined(let error), .codeRefused(let error):
            self.init(
                .loginDeclined, detail: "The identity provider says \(error). \(again)",
                members: [.init("error", .string(error.rawValue))],
                headers: [.wwwAuthenticate: SessionRoutes.challenge])
        case .idToken(let reason):
            self.init(.loginDeclined, detail: reason, headers: [.wwwAuthenticate: SessionRoutes.challenge])
        }
        if fault != .notBegun, fault != .state {
            headers.append(HTTPField(name: .setCookie, value: cookie.drop))
        }
    }
}
