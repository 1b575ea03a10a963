public import Domain
public import HTTPTypes
public import Hummingbird
public import Identity

/// Who may call what: one row for every route of the API. A route without a row is not served.
public enum AccessTable {
    public enum Access: Equatable, Sendable {
        /// Anybody; a token is checked where there is one.
        case everybody
        /// Whoever has a token, a session, or an API key that acts for somebody.
        case callers
        /// Whoever has this role, or one that covers it, for the show or organisation that the path names.
        case role(Principal.Role)
    }

    /// Who may call a route; nil: there is no such route.
    ///
    /// - Parameter template: the path as the router writes it, such as `/api/v1/shows/{id}`.
    public static func access(to method: HTTPRequest.Method, _ template: String) -> Access? {
        rows[template]?[method == .head ? .get : method]
    }

    /// Checks that every route of the API has a row: one that is forgotten is an error of the program.
    ///
    /// - Parameter router: with all its routes.
    public static func requireRows(for router: Router<APIContext>) {
        for route in RouteTable(router).routes where route.template.hasPrefix("/api/v1/") {
            precondition(
                access(to: route.method, route.template) != nil,
                "\(route.method) \(route.template) has no row in the table of who may call what")
        }
    }

    /// All rows, each as `GET /api/v1/shows`.
    public static var all: [(route: String, access: Access)] {
        rows.flatMap { path, methods in methods.map { ("\($0.key.rawValue) \(path)", $0.value) } }
            .sorted { $0.0 < $1.0 }
    }

    private static let rows: [String: [HTTPRequest.Method: Access]] = Dictionary(
        uniqueKeysWithValues: table.map { ("/api/v1/\($0.key)", $0.value) })

    private static let table: [String: [HTTPRequest.Method: Access]] = [
        // Shows and venues.
        "shows": [.get: .everybody, .post: .role(.organiser)],
        "shows/{id}": [.get: .everybody, .patch: .role(.organiser)],
        "shows/{id}/seating-plan": [.get: .everybody],
        "shows/{id}/availability": [.get: .everybody],
        "shows/{id}/availability/stream": [.get: .everybody],
        "shows/{id}/allocations": [.get: .role(.support), .put: .role(.organiser)],
        "shows/{id}/cancel": [.post: .role(.organiser)],
        "venues": [.get: .everybody, .post: .role(.organiser)],
        "venues/{id}": [.get: .everybody],
        "venues/{id}/seating-plan": [.get: .everybody],
        // Holds.
        "shows/{id}/holds": [.post: .callers],
        "holds/{id}": [.get: .callers, .patch: .callers, .delete: .callers],
        "holds/{id}/extend": [.post: .callers],
        "me/holds": [.get: .callers],
        "me/stream": [.get: .everybody],
        // Waiting rooms and waiting lists.
        "shows/{id}/queue": [.get: .everybody, .put: .role(.organiser)],
        "shows/{id}/queue/pause": [.post: .role(.organiser)],
        "shows/{id}/queue/resume": [.post: .role(.organiser)],
        "shows/{id}/queue/end": [.post: .role(.organiser)],
        "shows/{id}/queue/draw": [.get: .everybody],
        "shows/{id}/queue/draw/seeds": [.post: .callers],
        "shows/{id}/queue/draw/beacon": [.post: .role(.organiser)],
        "shows/{id}/queue/draw/forfeits": [.post: .role(.organiser)],
        "shows/{id}/queue/entries": [.post: .callers],
        "shows/{id}/queue/entries/{entryId}": [.get: .callers, .delete: .callers],
        "shows/{id}/queue/entries/{entryId}/claim": [.post: .callers],
        "shows/{id}/queue/entries/{entryId}/stream": [.get: .everybody],
        "me/queue": [.get: .callers],
        "shows/{id}/waitlist": [.post: .callers],
        "shows/{id}/bots": [.get: .role(.organiser)],
        "shows/{id}/challenge-answers": [.post: .callers],
        "waitlist/{id}": [.get: .callers, .delete: .callers],
        "me/waitlist": [.get: .callers],
        // Orders and tickets.
        "orders": [.post: .callers],
        "orders/{id}": [.get: .callers],
        "orders/{id}/receipt": [.get: .callers],
        "orders/{id}/refund": [.post: .callers],
        "orders/{id}/swap": [.post: .role(.organiser)],
        "me/orders": [.get: .callers],
        "me/tickets": [.get: .callers],
        "tickets/{id}": [.get: .callers],
        "tickets/{id}/qr.svg": [.get: .callers],
        "tickets/{id}/transfer": [.post: .callers, .delete: .callers],
        "tickets/{id}/transfer/accept": [.post: .callers],
        "tickets/{id}/resale": [.post: .callers, .delete: .callers],
        "commands/{id}": [.get: .callers],
        // The door.
        "tickets/{id}/scan": [.post: .role(.scanner), .delete: .role(.supervisor)],
        "shows/{id}/scans/uploads": [.post: .role(.scanner)],
        "shows/{id}/door-list": [.get: .role(.scanner)],
        // The back office.
        "shows/{id}/orders": [.get: .role(.support)],
        "shows/{id}/tickets": [.get: .role(.support)],
        "events": [.get: .role(.support)],
        "shows/{id}/exports/orders.csv": [.get: .role(.support)],
        "shows/{id}/exports/tickets.csv": [.get: .role(.support)],
        "shows/{id}/exports/sales.csv": [.get: .role(.support)],
        "shows/{id}/reports/sales": [.get: .role(.support)],
        "organisations/{id}/reports/sales": [.get: .role(.support)],
        "payments/webhook": [.post: .everybody],
        "payments/parked": [.get: .role(.organiser)],
        "payments/disputes": [.get: .role(.organiser)],
        "payments/{id}/retry": [.post: .role(.organiser)],
        "payments/{id}/void": [.post: .role(.organiser)],
        "payments/{id}/accept": [.post: .role(.organiser)],
        "payments/{id}/observe": [.post: .role(.organiser)],
        "payments/{id}/suspend": [.post: .role(.organiser)],
        "payments/{id}/restore": [.post: .role(.organiser)],
        "payments/{id}/end": [.post: .role(.organiser)],
        // Organisations.
        "organisations": [.get: .callers, .post: .role(.admin)],
        "organisations/{id}": [.get: .role(.organiser)],
        "organisations/{id}/members/{userId}": [.put: .role(.organiser), .delete: .role(.organiser)],
        "organisations/{id}/webhooks": [.get: .role(.organiser), .post: .role(.organiser)],
        "organisations/{id}/webhooks/{webhookId}": [
            .get: .role(.organiser), .patch: .role(.organiser), .delete: .role(.organiser),
        ],
        "organisations/{id}/webhooks/{webhookId}/secret": [.post: .role(.organiser)],
        "organisations/{id}/webhooks/{webhookId}/replay": [.post: .role(.organiser)],
        "organisations/{id}/webhooks/{webhookId}/test": [.post: .role(.organiser)],
        "organisations/{id}/keys": [.post: .role(.organiser)],
        "organisations/{id}/keys/{keyId}": [.delete: .role(.organiser)],
        "me/roles": [.get: .callers],
        // The log and the views.
        "log/head": [.get: .everybody],
        "log-levels": [.get: .role(.operator)],
        "log-levels/{subsystem}": [.put: .role(.operator)],
        "projections": [.get: .role(.operator)],
        "projections/{name}/snapshot": [.get: .role(.operator)],
        "projections/{name}/rebuild": [.post: .role(.operator)],
        // Notices by mail.
        "me/notices": [.get: .callers, .patch: .callers],
        "notices/unsubscribe": [.get: .everybody, .post: .everybody],
        // Accounts. Those that need a session say so themselves.
        "auth/register": [.post: .everybody],
        "auth/verify-email": [.post: .everybody],
        "auth/login": [.post: .everybody],
        "auth/logout": [.post: .everybody],
        "auth/logout-all": [.post: .callers],
        "auth/password-reset": [.post: .everybody],
        "auth/password-reset/confirm": [.post: .everybody],
        "auth/password": [.post: .callers],
        "auth/second-factor": [.post: .callers, .delete: .callers],
        "auth/second-factor/confirm": [.post: .callers],
        "auth/login/passkey/options": [.post: .everybody],
        "auth/login/passkey": [.post: .everybody],
        "auth/passkey-options": [.post: .callers],
        "auth/passkeys": [.get: .callers, .post: .callers],
        "auth/passkeys/{passkeyId}": [.patch: .callers, .delete: .callers],
        "auth/openid/login": [.get: .everybody],
        "auth/openid/callback": [.get: .everybody],
        "auth/me": [.get: .callers, .delete: .callers],
        "auth/sessions": [.get: .callers],
        "auth/sessions/{sessionId}": [.delete: .callers],
    ]
}
