import Domain
public import HTTPServer
public import HTTPTypes
public import Identity

extension Authenticator {
    /// The caller that sent the headers; nil without an `Authorization` header.
    ///
    /// - Throws: ``Problem/Code/unauthenticated`` where the header holds no valid token.
    public func principal(_ headers: HTTPFields) throws(Problem) -> Principal? {
        guard let token = try Self.token(in: headers) else { return try Self.nobody(headers) }
        return try checked(token).acting(headers)
    }

    /// The same, and where the token names a key that its issuer may have brought in meanwhile, the issuer's keys are read
    /// again first.
    ///
    /// - Throws: besides, ``Problem/Code/notReady`` where the issuer's keys could never be read.
    public func caller(_ headers: HTTPFields) async throws(Problem) -> Principal? {
        guard let token = try Self.token(in: headers) else { return try Self.nobody(headers) }
        let known: Principal
        do throws(InvalidToken) {
            known = try principal(token: token)
        } catch {
            guard let issuer = error.unknownKeyOfIssuer else { throw Problem(error) }
            await askForKeys(ofIssuer: issuer)
            guard hasKeys(ofIssuer: issuer) else {
                throw Problem(.notReady, detail: "The keys of the token's issuer can't be read.", retryAfterSeconds: 5)
            }
            return try checked(token).acting(headers)
        }
        return try known.acting(headers)
    }

    private static func nobody(_ headers: HTTPFields) throws(Problem) -> Principal? {
        guard !headers.contains(.onBehalfOf) else { throw .onlyKeysActForOthers }
        return nil
    }

    private static func token(in headers: HTTPFields) throws(Problem) -> String? {
        guard let authorization = headers[.authorization] else { return nil }
        guard let token = Self.bearerToken(authorization) else {
            throw .unauthenticated("The Authorization header is not of the form `Bearer <token>`.")
        }
        return token
    }

    /// The caller that sent the headers, where their token was checked before; nil: look closer.
    func remembered(_ headers: HTTPFields) -> Principal? {
        let known = headers[.authorization].flatMap(Self.bearerToken).flatMap { remembered(token: $0) }
        guard headers.contains(.onBehalfOf) else { return known }
        do { return try known?.acting(headers) } catch { return nil }
    }

    /// Tells later whether the token in the headers is still good, with the roles that it has now.
    func watch(_ headers: HTTPFields) -> @Sendable () -> Bool {
        guard let token = headers[.authorization].flatMap(Self.bearerToken) else { return { false } }
        let grants = grants(token: token)
        return { grants != nil && self.grants(token: token) == grants }
    }

    /// Tells later whether the token in the cookie `Access-Token` is still good.
    public func watch(cookieOf headers: HTTPFields) -> @Sendable () -> Bool {
        guard let token = headers.cookie("Access-Token").map(String.init) else { return { false } }
        return { self.isGood(token: token) }
    }

    /// `headers[…]` joins several into one with a comma, which no token has.
    private static func bearerToken(_ authorization: String) -> String? {
        let text = authorization.utf8
        guard text.count > 7, text.prefix(7).elementsEqual("Bearer ".utf8, by: { $0 | 0x20 == $1 | 0x20 }) else {
            return nil
        }
        return String(authorization[text.index(text.startIndex, offsetBy: 7)...])
    }

    /// The caller that the cookie `Access-Token` names; nil without one.
    ///
    /// Only for reads of streams: a browser sends cookies along with what other sites make it send, so no cookie may ever
    /// stand for a command.
    ///
    /// - Throws: ``Problem/Code/unauthenticated`` where the cookie holds no valid token.
    public func principal(cookieOf headers: HTTPFields) throws(Problem) -> Principal? {
        try headers.cookie("Access-Token").map { token throws(Problem) in try checked(String(token)) }
    }

    private func checked(_ token: String) throws(Problem) -> Principal {
        do throws(InvalidToken) {
            return try principal(token: token)
        } catch {
            throw Problem(error)
        }
    }
}

extension Principal {
    /// The one whom the request is for: the caller, or a customer for whom an API key acts.
    fileprivate func acting(_ headers: HTTPFields) throws(Problem) -> Principal {
        let names = headers[values: .onBehalfOf]
        guard !names.isEmpty else { return self }
        guard var key else { throw .onlyKeysActForOthers }
        guard key.sells else {
            throw Problem(.forbidden, detail: "The API key may not act for customers: it was not issued to sell.")
        }
        guard names.count == 1, let customer = UserID(customer: names[0], of: key.organisation) else {
            throw Problem(
                .invalidRequest, detail: "On-Behalf-Of must name one customer in 1 to 255 visible ASCII characters.")
        }
        key.isOnBehalf = true
        var acting = self
        acting.userID = customer
        acting.grants = []
        acting.key = key
        return acting
    }
}

extension Problem {
    fileprivate init(_ token: InvalidToken) {
        self = token.isUnknownYet ? .unknownRoles : .unauthenticated(token.reason)
    }

    /// Who may do what is being read from the log.
    static let unknownRoles = Problem(
        .notReady, detail: "This node does not know the callers' roles yet.", retryAfterSeconds: 1)

    fileprivate static let onlyKeysActForOthers = Problem(
        .forbidden, detail: "Only an API key acts for others: On-Behalf-Of.")

    /// 401, with the challenge that RFC 6750, section 3, asks for.
    ///
    /// - Parameter detail: what is wrong with the token, without quotation marks; nil where there was none.
    public static func unauthenticated(_ detail: String?) -> Problem {
        var challenge = "Bearer realm=\"holdfast\""
        if let detail {
            challenge += ", error=\"invalid_token\", error_description=\"\(detail)\""
        }
        return Problem(
            .unauthenticated, detail: detail ?? "This needs an Authorization header with a bearer token.",
            headers: [.wwwAuthenticate: challenge])
    }
}
