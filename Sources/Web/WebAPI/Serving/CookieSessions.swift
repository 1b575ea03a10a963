public import Accounts
public import Domain
public import HTTPServer
import HTTPTypes
public import Hummingbird

/// How a request is told whose session it belongs to.
public struct CookieSessions: Sendable {
    public struct Session: Sendable {
        public var account: UserID
        public var hash: SecretHash

        public init(account: UserID, hash: SecretHash) {
            self.account = account
            self.hash = hash
        }
    }

    /// Finds the session that a cookie's value is of; nil: there is none, or it has ended. Throws where that can't be said
    /// now.
    public typealias Finder = @Sendable (_ value: String) async throws(Problem) -> Session?

    /// The account of a session that is remembered; nil: look closer.
    public typealias Memory = @Sendable (_ value: String) -> UserID?

    /// Whether a session that a node knew is still live, as far as is known; no sign of use of it.
    public typealias Watch = @Sendable (_ session: SecretHash) -> Bool

    enum Finding {
        /// The request has no such cookie.
        case none
        case session(Session)
        /// The cookie is of no session: the browser should forget it.
        case stale
        case unavailable(Problem)
    }

    public let cookie: SessionCookie
    public let rule: CrossSiteRule
    private let find: Finder
    private let remembered: Memory
    let isLive: Watch

    /// - Parameters:
    ///   - remembered: without it, limits count whoever has a cookie by their address alone.
    ///   - isLive: without it, a session's open streams outlive it.
    public init(
        cookie: SessionCookie, rule: CrossSiteRule, remembered: @escaping Memory = { _ in nil },
        isLive: @escaping Watch = { _ in true }, find: @escaping Finder
    ) {
        self.isLive = isLive
        self.cookie = cookie
        self.rule = rule
        self.remembered = remembered
        self.find = find
    }

    /// The account whose session the request's cookie is of, if that is known without asking anybody; for limits alone.
    func remembered(_ headers: HTTPFields) -> UserID? {
        guard let header = headers[.cookie], case .one(let value) = CookieHeader.find(cookie.name, in: header) else {
            return nil
        }
        return remembered(value)
    }

    func find(of request: Request) async -> Finding {
        guard let header = request.headers[.cookie] else { return .none }
        switch CookieHeader.find(cookie.name, in: header) {
        case .none: return .none
        case .ambiguous: return .stale
        case .one(let value):
            do throws(Problem) {
                return try await find(value).map(Finding.session) ?? .stale
            } catch {
                return .unavailable(error)
            }
        }
    }

    /// Refuses what a session's cookie must not stand for.
    ///
    /// - Throws: ``Problem/Code/crossSiteRequest``
    func check(_ request: Request) throws(Problem) {
        let headers = request.headers
        guard
            CrossSiteRule.isSafe(method: request.method.rawValue)
                || rule.allows(site: headers[.secFetchSite], origin: headers[.origin])
        else { throw .crossSite }
    }

    /// Refuses what a browser sends for another site. For calls that open a session, or mail somebody, which need no cookie.
    ///
    /// - Throws: ``Problem/Code/crossSiteRequest``
    public func checkSource(of request: Request) throws(Problem) {
        let headers = request.headers
        guard rule.tolerates(site: headers[.secFetchSite], origin: headers[.origin]) else { throw .crossSite }
    }

    /// Refuses what a browser does not open as a page of its own: an image, a frame or a script of some page. For links that set
    /// cookies, which people follow from anywhere.
    ///
    /// - Throws: ``Problem/Code/crossSiteRequest``
    public func checkNavigation(of request: Request) throws(Problem) {
        guard request.headers[.secFetchDest] ?? "document" == "document" else {
            throw Problem(
                .crossSiteRequest, detail: "A browser may open this page, but another site's page must not load it.")
        }
    }
}

extension Problem {
    fileprivate static var crossSite: Problem {
        Problem(
            .crossSiteRequest,
            detail: "With a session's cookie this needs Sec-Fetch-Site: same-origin, or an Origin of this instance.")
    }
}

extension HTTPFields {
    /// Makes a browser forget the cookie, unless the response sets it.
    mutating func drop(_ cookie: SessionCookie) {
        guard !self[values: .setCookie].contains(where: { $0.hasPrefix("\(cookie.name)=") }) else { return }
        append(HTTPField(name: .setCookie, value: cookie.drop))
    }
}
