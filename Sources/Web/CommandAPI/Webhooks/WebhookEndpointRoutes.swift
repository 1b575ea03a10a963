import Domain
import EventLog
public import HTTPServer
import HTTPTypes
public import Hummingbird
public import Identity
import PostgresWebhooks
import Text
public import WebAPI
public import WebhookDelivery
import Webhooks

/// An organisation's endpoints of webhooks: made, changed, looked at and tried by its organisers.
///
/// Not commands of the log: an endpoint has a secret, and the log keeps none.
public struct WebhookEndpointRoutes: Sendable {
    private let parts: WebhookProcess.Parts
    private let keys: WebhookKeys
    private let limits: ServerLimits
    private let tests = InFlightLimit(countMax: 4, ofCallerMax: 1)

    /// How long messages are signed with a former secret, too.
    private static let formerSecretSeconds: Int64 = 86_400
    /// How often a change is tried again that another one has overtaken.
    private static let triesMax = 5

    /// - Parameter parts: as the process has them that delivers.
    public init(parts: WebhookProcess.Parts, keys: WebhookKeys, limits: ServerLimits) {
        self.parts = parts
        self.keys = keys
        self.limits = limits
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        let path = "organisations/{id}/webhooks"
        group.command(.post, RouterPath(path), create)
        group.get(RouterPath(path)) { _, context in try await list(context) }
        group.get(RouterPath("\(path)/{webhookId}")) { _, context in try await one(context) }
        group.command(.patch, RouterPath("\(path)/{webhookId}"), change)
        group.command(.delete, RouterPath("\(path)/{webhookId}"), delete)
        group.command(.post, RouterPath("\(path)/{webhookId}/secret"), renewSecret)
        group.command(.post, RouterPath("\(path)/{webhookId}/replay"), replay)
        group.command(.post, RouterPath("\(path)/{webhookId}/test"), test)
    }

    // MARK: Reads

    private func list(_ context: APIContext) async throws -> Response {
        let organisation = try Self.checked(
            try context.pathID("id", as: OrganisationID.self, orElse: .organisationNotFound),
            for: try context.requirePrincipal())
        let endpoints = try await stored { () async throws(WebhookStoreError) in
            try await parts.store.all(of: organisation)
        }
        return Response.json { json in
            json.object { json in
                json.array("webhooks") { json in
                    for endpoint in endpoints { json.object { $0.members(of: endpoint) } }
                }
            }
        }
    }

    private func one(_ context: APIContext) async throws -> Response {
        let organisation = try Self.checked(
            try context.pathID("id", as: OrganisationID.self, orElse: .organisationNotFound),
            for: try context.requirePrincipal())
        let id = try Self.webhook(
            try context.pathID("webhookId", as: Identifier<WebhookKind>.self, orElse: .webhookNotFound))
        let endpoint = try await found(id, organisation)
        let attempts = try await stored { () async throws(WebhookStoreError) in
            try await parts.store.attempts(of: id)
        }
        return Response.json { json in
            json.object { json in
                json.members(of: endpoint)
                json.array("attempts") { json in for attempt in attempts { json.value(attempt) } }
            }
        }
    }

    // MARK: Changes

    private func create(_ call: CommandCall) async throws -> Response {
        let organisation = try organisation(call)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let wish = try body.decode(NewWebhookBody.self)
        let url = try WebhookWish.url(wish.url, allowsPrivate: parts.reach.allowsPrivate)
        let description = try WebhookWish.description(wish.description)
        let types = try WebhookWish.types(wish.types)
        let start = try await place(after: wish.after)
        try await checkExistence(of: organisation)
        let endpoint = WebhookEndpoint(
            id: WebhookID(createdBy: identity.commandID), organisation: organisation, url: url,
            description: description, types: types, secret: secret(identity),
            progress: WebhookProgress(after: start), createdAt: parts.now())
        let addition = try await stored { () async throws(WebhookStoreError) in
            try await parts.store.add(endpoint, fingerprint: identity.fingerprint)
        }
        switch addition {
        case .made(let made): return answer(made, .created, identity, showsSecret: true)
        case .wasMade(let made): return answer(made, .created, identity, wasReplayed: true, showsSecret: true)
        case .keyReused: throw Problem(.idempotencyKeyReused)
        case .tooMany:
            throw Problem(
                .tooManyWebhooks,
                detail: """
                    An organisation may have \(PostgresWebhooks.endpointsPerOrganisationMax) webhooks, and an instance \
                    \(PostgresWebhooks.endpointsMax).
                    """)
        }
    }

    private func change(_ call: CommandCall) async throws -> Response {
        let (organisation, id) = (try organisation(call), try webhook(call))
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let wish = try body.decode(WebhookChangesBody.self)
        let url = try wish.url.map { text throws(Problem) in
            try WebhookWish.url(text, allowsPrivate: parts.reach.allowsPrivate)
        }
        let description = try wish.description.map { text throws(Problem) in try WebhookWish.description(text) }
        let types = try wish.types.map { names throws(Problem) in try WebhookWish.types(names) }
        return try await changing(id, organisation, identity) { endpoint in
            endpoint.url = url ?? endpoint.url
            endpoint.description = description ?? endpoint.description
            endpoint.types = types ?? endpoint.types
            guard let enabled = wish.enabled else { return }
            endpoint.disabled = enabled ? nil : endpoint.disabled ?? .owner
            // Whoever turns it on wants to see it work now.
            if enabled { endpoint.progress.nextTry = nil }
        }
    }

    private func renewSecret(_ call: CommandCall) async throws -> Response {
        let (organisation, id) = (try organisation(call), try webhook(call))
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        let new = secret(identity)
        let until = parts.now().adding(seconds: Self.formerSecretSeconds)
        return try await changing(id, organisation, identity, showsSecret: true) { endpoint in
            endpoint.formerSecret = endpoint.secret
            endpoint.formerSecretUntil = until
            endpoint.secret = new
        }
    }

    private func replay(_ call: CommandCall) async throws -> Response {
        let (organisation, id) = (try organisation(call), try webhook(call))
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let start = try await place(after: try body.decode(ReplayBody.self).after)
        return try await changing(id, organisation, identity) { $0.progress = WebhookProgress(after: start) }
    }

    private func delete(_ call: CommandCall) async throws -> Response {
        let (organisation, id) = (try organisation(call), try webhook(call))
        _ = try await call.identity(bytesMax: limits.bodyBytesMax)
        let wasThere = try await stored { () async throws(WebhookStoreError) in
            try await parts.store.delete(id, of: organisation)
        }
        guard wasThere else { throw Problem(.webhookNotFound) }
        return Response(status: .noContent)
    }

    private func test(_ call: CommandCall) async throws -> Response {
        let (organisation, id) = (try organisation(call), try webhook(call))
        _ = try await call.identity(bytesMax: limits.bodyBytesMax)
        let endpoint = try await found(id, organisation)
        guard let turn = tests.begin(of: call.principal) else {
            throw Problem(.tooManyRequests, detail: "Another test is under way.", retryAfterSeconds: 5)
        }
        defer { turn.end() }
        let attempt = await endpoint.test(within: parts.reach, at: parts.now())
        try await stored { () async throws(WebhookStoreError) in try await parts.store.note(attempt, of: id) }
        return Response.json { $0.value(attempt) }
    }

    // MARK: Inside

    private func secret(_ identity: CommandIdentity) -> WebhookSecret {
        guard let secret = WebhookSecret(key: keys.secret(madeBy: identity.commandID)) else {
            preconditionFailure("a secret has 32 bytes")
        }
        return secret
    }

    /// Changes what is on record, once for all repetitions of a request; again, where somebody else was faster.
    private func changing(
        _ id: WebhookID, _ organisation: OrganisationID, _ identity: CommandIdentity, showsSecret: Bool = false,
        _ change: (inout WebhookEndpoint) -> Void
    ) async throws(Problem) -> Response {
        for _ in 0..<Self.triesMax {
            var endpoint = try await found(id, organisation)
            let before = try await stored { () async throws(WebhookStoreError) in
                try await parts.store.fingerprint(ofChange: identity.commandID)
            }
            if let before {
                guard before == identity.fingerprint else { throw Problem(.idempotencyKeyReused) }
                return answer(endpoint, .ok, identity, wasReplayed: true, showsSecret: showsSecret)
            }
            change(&endpoint)
            let changed = endpoint
            let counts = try await stored { () async throws(WebhookStoreError) in
                try await parts.store.change(changed, by: identity.commandID, fingerprint: identity.fingerprint)
            }
            if counts { return answer(changed, .ok, identity, showsSecret: showsSecret) }
        }
        throw Problem(.overloaded, detail: "Others change the webhook at this moment.", retryAfterSeconds: 1)
    }

    private func found(_ id: WebhookID, _ organisation: OrganisationID) async throws(Problem) -> WebhookEndpoint {
        let endpoint = try await stored { () async throws(WebhookStoreError) in
            try await parts.store.find(id, of: organisation)
        }
        guard let endpoint else { throw Problem(.webhookNotFound) }
        return endpoint
    }

    private func stored<R>(_ body: () async throws(WebhookStoreError) -> R) async throws(Problem) -> R {
        do throws(WebhookStoreError) {
            return try await body()
        } catch {
            throw Problem(.logUnavailable, detail: "The webhooks can't be reached.", retryAfterSeconds: 1)
        }
    }

    /// Where an endpoint begins: after a place that the log has, or at its head.
    private func place(after text: String?) async throws(Problem) -> LogPosition {
        let wanted = try text.map { text throws(Problem) in try WebhookWish.place(text) }
        let head: LogPosition
        let epochs: EpochHistory
        do throws(LogError) {
            head = try await parts.log.head()
            epochs = try await parts.log.epochs()
        } catch {
            throw Problem(error)
        }
        guard let wanted else { return head }
        guard wanted.position <= head.position, epochs.judge(wanted) == .valid else {
            throw epochs.judge(wanted) == .lost
                ? Problem(.sequenceLost, detail: "\(wanted) was in a part of the log that was lost.")
                : Problem(.sequenceAheadOfLog, detail: "The log has no \(wanted).")
        }
        return wanted
    }

    private func checkExistence(of organisation: OrganisationID) async throws(Problem) {
        guard organisation != .instance else { return }
        guard let stream = organisation.stream else { throw Problem(.organisationNotFound) }
        try await parts.log.requireEvents(of: stream, orElse: Problem(.organisationNotFound))
    }

    private func organisation(_ call: CommandCall) throws(Problem) -> OrganisationID {
        try Self.checked(
            try call.pathID(as: OrganisationID.self, orElse: .organisationNotFound), for: call.principal)
    }

    private func webhook(_ call: CommandCall) throws(Problem) -> WebhookID {
        try Self.webhook(try call.pathID("webhookId", as: Identifier<WebhookKind>.self, orElse: .webhookNotFound))
    }

    private static func checked(_ id: OrganisationID, for caller: Principal) throws(Problem) -> OrganisationID {
        // Its webhooks are told of every organisation.
        guard id != .instance || caller.mayAct(as: .organiser, for: nil) else {
            throw Problem(.forbidden, detail: "Only an organiser of all shows may have webhooks of the instance.")
        }
        return id
    }

    private static func webhook(_ id: Identifier<WebhookKind>) throws(Problem) -> WebhookID {
        guard let id = WebhookID(checking: id.rawValue) else { throw Problem(.webhookNotFound) }
        return id
    }

    /// - Parameter showsSecret: whether the request has made a secret, which is told again to who repeats it.
    private func answer(
        _ endpoint: WebhookEndpoint, _ status: HTTPResponse.Status, _ identity: CommandIdentity,
        wasReplayed: Bool = false, showsSecret: Bool = false
    ) -> Response {
        var response = Response.json(status) { json in
            json.object { json in
                json.members(of: endpoint)
                if showsSecret { json.member("secret", secret(identity).text) }
            }
        }
        response.headers[.commandID] = identity.commandID.description
        if wasReplayed { response.headers[.idempotentReplayed] = "true" }
        return response
    }
}

/// Keeps the ids of webhooks in paths apart from others.
enum WebhookKind {}
