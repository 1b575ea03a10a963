public import Accounts
import Domain
import HTTPServer
import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore
import Notices
public import PostgresNotices
import Text
public import WebAPI

/// What owners of accounts want of notices by mail, and the way out that such mail names (RFC 8058).
public struct NoticeRoutes: Sendable {
    private static let bodyBytesMax = 1_024

    private let store: PostgresNotices
    private let key: UnsubscribeKey
    private let languages: [String]
    private let logger: Logger

    /// - Parameters:
    ///   - key: what proves that a link to unsubscribe was mailed, the same on every node.
    ///   - languages: those that notices are written in, such as `de`.
    public init(store: PostgresNotices, key: UnsubscribeKey, languages: [String], logger: Logger) {
        self.store = store
        self.key = key
        self.languages = languages
        self.logger = logger
    }

    /// - Parameters:
    ///   - open: `/api/v1`, where a caller is known if there is one.
    ///   - closed: the same, where there has to be one.
    public func addReads(open: RouterGroup<APIContext>, closed: RouterGroup<APIContext>) {
        closed.get("me/notices") { _, context in try await show(context) }
        open.get("notices/unsubscribe") { request, _ in try page(request) }
    }

    /// - Parameters:
    ///   - open: `/api/v1`, where a caller is known if there is one.
    ///   - closed: the same, where there has to be one.
    public func addChanges(open: RouterGroup<APIContext>, closed: RouterGroup<APIContext>) {
        closed.patch("me/notices") { request, context in try await change(request, context) }
        open.post("notices/unsubscribe") { request, _ in try await unsubscribe(request) }
    }

    private func show(_ context: APIContext) async throws -> Response {
        let user = try context.requireAccount()
        return answer(try await available { try await store.preferences(of: user) })
    }

    private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requireAccount()
        let body = try await request.json(NoticesBody.self, bytesMax: Self.bodyBytesMax)
        if let language = body.language, let language, !languages.contains(language) {
            throw Problem(
                .invalidRequest, detail: "language must be null or one of \(languages.joined(separator: ", ")).")
        }
        let language = body.language.map { $0 ?? "" }
        let preferences = try await available {
            try await store.change(of: user, language: language, wantsReminders: body.reminders)
        }
        guard let preferences else { throw Problem.unauthenticated(nil) }
        return answer(preferences)
    }

    private func answer(_ preferences: PostgresNotices.Preferences) -> Response {
        .own { json in
            json.object { json in
                if let language = preferences.language { json.member("language", language) }
                json.member("reminders", preferences.wantsReminders)
                json.array("languages") { json in for language in languages { json.value(language) } }
            }
        }
    }

    // MARK: Without a log-in

    /// A page with a button. Programs that look at links before their reader does change nothing by it.
    private func page(_ request: Request) throws -> Response {
        _ = try account(request)
        return html(
            """
            <p>Do you want no more reminders by mail? Mail about what you bought or were offered still comes.</p>
            <form method="post"><button>No more reminders</button></form>
            """)
    }

    /// Mail programs post here by themselves (`List-Unsubscribe=One-Click`), and the page's button does. Whoever posts again
    /// gets the same answer, and so does who has no account any more.
    private func unsubscribe(_ request: Request) async throws -> Response {
        let user = try account(request)
        _ = try await available { try await store.change(of: user, wantsReminders: false) }
        return html("<p>You get no more reminders.</p>")
    }

    private func account(_ request: Request) throws(Problem) -> UserID {
        guard let token = try QueryParameters(request).single("token"), let user = key.account(of: token) else {
            throw Problem(.invalidCode, detail: "token must be one that a mail had.")
        }
        return user
    }

    private func html(_ body: String) -> Response {
        let page = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>Reminders</title></head><body>
            \(body)
            </body></html>

            """
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: Response.ownCacheControl,
                .contentSecurityPolicy:
                    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
    }

    private func available<R>(_ body: () async throws -> R) async throws(Problem) -> R {
        do {
            return try await body()
        } catch {
            logger.warning("what accounts want of notices can't be asked")
            throw Problem(
                .accountsUnavailable, detail: "The accounts can't be read or changed at this moment.",
                retryAfterSeconds: 1)
        }
    }
}

/// `PATCH /me/notices`.
struct NoticesBody: Decodable {
    /// Nil: as it is; nil within: the instance's.
    var language: String??
    var reminders: Bool?

    private enum Member: String, CodingKey {
        case language, reminders
    }

    init(from decoder: any Decoder) throws {
        let body = try decoder.container(keyedBy: Member.self)
        if body.contains(.language) { language = .some(try body.decodeIfPresent(String.self, forKey: .language)) }
        reminders = body.contains(.reminders) ? try body.decode(Bool.self, forKey: .reminders) : nil
    }
}
