public import Domain
import EventLog
public import Logging
public import Postgres
public import Webhooks

/// The endpoints can't be read or changed now. A change may have been made all the same; each can be asked for again.
public struct WebhookStoreError: Error, Sendable, CustomStringConvertible {
    /// What PostgreSQL says; never a value that somebody sent.
    public var reason: PostgresError

    public var description: String { "the webhooks are unavailable: \(reason.code) \(reason.sqlState ?? "")" }
}

/// The endpoints of webhooks, and what was tried, as PostgreSQL has them (`schema/webhooks`).
public final class PostgresWebhooks: Sendable {
    /// Endpoints that one organisation may have.
    public static let endpointsPerOrganisationMax: Int32 = 50
    /// Endpoints that are told, in all.
    public static let endpointsMax: Int32 = 1_000
    /// Tries of one endpoint that are kept.
    public static let attemptsMax: Int32 = 50
    /// Changes of one endpoint that are remembered, so that repetitions of their requests change nothing.
    public static let changesMax: Int32 = 1_000

    /// Seals and opens what only nodes may read.
    public struct Seal: Sendable {
        var seal: @Sendable ([UInt8]) -> [UInt8]
        var open: @Sendable ([UInt8]) -> [UInt8]?

        public init(
            seal: @escaping @Sendable ([UInt8]) -> [UInt8], open: @escaping @Sendable ([UInt8]) -> [UInt8]?
        ) {
            self.seal = seal
            self.open = open
        }
    }

    /// One try to deliver a message.
    public struct Attempt: Sendable {
        public var messageID: String
        /// Nil: there was no answer.
        public var status: Int?
        /// What went wrong; empty: nothing.
        public var detail: String
        public var milliseconds: Int
        public var triedAt: Timestamp

        public init(messageID: String, status: Int?, detail: String, milliseconds: Int, triedAt: Timestamp) {
            self.messageID = messageID
            self.status = status
            self.detail = detail
            self.milliseconds = milliseconds
            self.triedAt = triedAt
        }
    }

    private let client: PostgresClient
    private let seal: Seal

    /// - Parameter conninfo: a libpq connection string; the role needs what `holdfast_appender` has.
    public init(conninfo: String, seal: Seal, logger: Logger) {
        client = PostgresClient(
            PostgresClient.Configuration(
                conninfo: conninfo, applicationName: "holdfast-webhooks", statementTimeout: .seconds(2)),
            logger: logger)
        self.seal = seal
    }

    /// Closes the connection; the next call opens it again.
    public func disconnect() async { await client.disconnect() }

    // MARK: For owners

    /// What became of an endpoint that was to be made.
    public enum Addition: Sendable {
        case made(WebhookEndpoint)
        /// The same request has made it before; this is how it is now.
        case wasMade(WebhookEndpoint)
        /// Another request has made it.
        case keyReused
        /// The organisation has as many as it may have, or all together.
        case tooMany
    }

    /// Puts an endpoint on record, unless it is.
    ///
    /// - Parameter fingerprint: SHA-256 of the request.
    public func add(
        _ endpoint: WebhookEndpoint, fingerprint: [UInt8]
    ) async throws(WebhookStoreError) -> Addition {
        let rows = try await run(
            .add,
            PostgresParameters(
                endpoint.id.rawValue, endpoint.organisation.rawValue, endpoint.url.text, endpoint.description,
                endpoint.types.sorted().joined(separator: ","), seal.seal(endpoint.secret?.key ?? []),
                endpoint.progress.seen.description, endpoint.progress.delivered.description,
                endpoint.createdAt.postgres, Self.endpointsPerOrganisationMax, Self.endpointsMax, fingerprint,
                endpoint.revision))
        if rows.rowCount == 1 { return .made(endpoint) }
        guard let made = try await find(endpoint.id, of: endpoint.organisation) else { return .tooMany }
        let same = try await run(.isMadeBy, PostgresParameters(endpoint.id.rawValue, fingerprint))
        return same.rowCount == 1 ? .wasMade(made) : .keyReused
    }

    /// An organisation's endpoints, oldest first.
    public func all(of organisation: OrganisationID) async throws(WebhookStoreError) -> [WebhookEndpoint] {
        try endpoints(try await run(.ofOrganisation, PostgresParameters(organisation.rawValue)))
    }

    public func find(
        _ id: WebhookID, of organisation: OrganisationID
    ) async throws(WebhookStoreError) -> WebhookEndpoint? {
        try endpoints(try await run(.find, PostgresParameters(id.rawValue, organisation.rawValue))).first
    }

    /// SHA-256 of the request that has changed an endpoint under this id; nil: none has, or ``changesMax`` others since.
    public func fingerprint(ofChange command: CommandID) async throws(WebhookStoreError) -> [UInt8]? {
        let rows = try await run(.findChange, PostgresParameters(command.bytes))
        return try reading { () throws(PostgresError) in rows.rowCount == 0 ? nil : try rows.bytes(0, 0) }
    }

    /// Puts a changed endpoint on record, as its next revision; false: somebody else has changed or deleted it meanwhile.
    ///
    /// - Parameter fingerprint: SHA-256 of the request, which is remembered with the command.
    public func change(
        _ endpoint: WebhookEndpoint, by command: CommandID, fingerprint: [UInt8]
    ) async throws(WebhookStoreError) -> Bool {
        var values = PostgresParameters(
            endpoint.id.rawValue, endpoint.revision, endpoint.url.text, endpoint.description,
            endpoint.types.sorted().joined(separator: ","))
        // One that can't be read is left as it is.
        values.append(endpoint.secret.map { seal.seal($0.key) }, .bytea)
        values.append(endpoint.formerSecret.map { seal.seal($0.key) }, .bytea)
        values.append(endpoint.formerSecretUntil?.postgres, .timestamptz)
        values.append(endpoint.disabled?.rawValue, .text)
        values.append(endpoint.progress)
        values.append(command.bytes)
        values.append(fingerprint)
        values.append(Self.changesMax)
        return try await run(.change, values).rowCount == 1
    }

    /// Deletes an endpoint; false: there was none.
    public func delete(_ id: WebhookID, of organisation: OrganisationID) async throws(WebhookStoreError) -> Bool {
        try await run(.delete, PostgresParameters(id.rawValue, organisation.rawValue)).rowCount == 1
    }

    /// The latest tries of an endpoint, newest first.
    public func attempts(of id: WebhookID) async throws(WebhookStoreError) -> [Attempt] {
        let rows = try await run(.attempts, PostgresParameters(id.rawValue))
        return try reading { () throws(PostgresError) in
            var attempts: [Attempt] = []
            for row in 0..<rows.rowCount {
                attempts.append(
                    Attempt(
                        messageID: try rows.text(row, 0),
                        status: rows.isNull(row, 1) ? nil : Int(try rows.int32(row, 1)),
                        detail: try rows.text(row, 2), milliseconds: Int(try rows.int32(row, 3)),
                        triedAt: try rows.time(row, 4)))
            }
            return attempts
        }
    }

    // MARK: For who delivers

    /// The endpoints that are told.
    public func enabled() async throws(WebhookStoreError) -> [WebhookEndpoint] {
        try endpoints(try await run(.enabled, PostgresParameters(Self.endpointsMax)))
    }

    /// How far an endpoint has been told, by who delivers to it.
    public struct Note: Sendable {
        var id: WebhookID
        var revision: Int64
        var progress: WebhookProgress
        var disabled: WebhookEndpoint.Disabled?

        /// - Parameters:
        ///   - revision: of the endpoint that was told: progress on an earlier one than there is does not count.
        ///   - disabled: why nothing more is to be sent.
        public init(
            _ progress: WebhookProgress, disabled: WebhookEndpoint.Disabled? = nil, of id: WebhookID, revision: Int64
        ) {
            self.id = id
            self.revision = revision
            self.progress = progress
            self.disabled = disabled
        }
    }

    /// Notes how far endpoints have been told, at most one note of each revision.
    ///
    /// - Returns: the endpoints whose notes count; the others' owners have changed or deleted them.
    public func note(_ notes: [Note]) async throws(WebhookStoreError) -> Set<WebhookID> {
        var values = PostgresParameters()
        values.append(array: notes.map(\.id.rawValue))
        values.append(array: notes.map(\.revision))
        values.append(array: notes.map { $0.disabled?.rawValue ?? "" })
        values.append(array: notes.map(\.progress.seen.description))
        values.append(array: notes.map(\.progress.delivered.description))
        values.append(array: notes.map { Int32(clamping: $0.progress.failures) })
        values.append(array: notes.map { ($0.progress.nextTry ?? Self.never).postgres })
        values.append(array: notes.map { ($0.progress.deliveredAt ?? Self.never).postgres })
        let rows = try await run(.note, values)
        return try reading { () throws(PostgresError) in
            var ids: Set<WebhookID> = []
            for row in 0..<rows.rowCount { ids.insert(WebhookID(try rows.text(row, 0))) }
            return ids
        }
    }

    /// Stands for no time where a list of times has to have one.
    private static let never = Timestamp(microseconds: 0)

    /// Keeps a try, in place of the oldest.
    public func note(_ attempt: Attempt, of id: WebhookID) async throws(WebhookStoreError) {
        var values = PostgresParameters(id.rawValue, attempt.messageID)
        values.append(attempt.status.map(Int32.init), .int4)
        values.append(attempt.detail)
        values.append(Int32(clamping: attempt.milliseconds))
        values.append(attempt.triedAt.postgres)
        values.append(Self.attemptsMax)
        _ = try await run(.attempt, values)
    }

    // MARK: Inside

    private func run(
        _ statement: PostgresStatement, _ parameters: PostgresParameters
    ) async throws(WebhookStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await client.query(statement, parameters)
        } catch {
            throw WebhookStoreError(reason: error)
        }
    }

    private func reading<R>(_ body: () throws(PostgresError) -> R) throws(WebhookStoreError) -> R {
        do throws(PostgresError) { return try body() } catch { throw WebhookStoreError(reason: error) }
    }

    private func endpoints(_ rows: PostgresResult) throws(WebhookStoreError) -> [WebhookEndpoint] {
        try reading { () throws(PostgresError) in
            var endpoints: [WebhookEndpoint] = []
            for row in 0..<rows.rowCount { endpoints.append(try endpoint(rows, row)) }
            return endpoints
        }
    }

    private func endpoint(_ rows: PostgresResult, _ row: Int) throws(PostgresError) -> WebhookEndpoint {
        func damaged(_ what: String) -> PostgresError { PostgresError(.unreadable, .unknown, "a webhook's \(what)") }
        func secret(_ column: Int) throws(PostgresError) -> WebhookSecret? {
            seal.open(try rows.bytes(row, column)).flatMap { WebhookSecret(key: $0) }
        }
        func place(_ column: Int) throws(PostgresError) -> LogPosition {
            guard let place = LogPosition(try rows.text(row, column)) else { throw damaged("place is no token") }
            return place
        }
        func time(_ column: Int) throws(PostgresError) -> Timestamp? {
            rows.isNull(row, column) ? nil : try rows.time(row, column)
        }
        let text = try rows.text(row, 2)
        let url: WebhookURL
        do throws(WebhookURL.Refusal) {
            // One that was allowed once is kept, and not called if it is not allowed any more.
            url = try WebhookURL(text, allowsPrivate: true)
        } catch {
            throw damaged("url is none")
        }
        var endpoint = WebhookEndpoint(
            id: WebhookID(try rows.text(row, 0)), organisation: OrganisationID(try rows.text(row, 1)), url: url,
            description: try rows.text(row, 3),
            types: Set(try rows.text(row, 4).split(separator: ",").map(String.init)), secret: try secret(5),
            progress: WebhookProgress(
                seen: try place(9), delivered: try place(10), failures: Int(try rows.int32(row, 11)),
                nextTry: try time(12), deliveredAt: try time(13)),
            createdAt: try rows.time(row, 14))
        endpoint.formerSecret = rows.isNull(row, 6) ? nil : try secret(6)
        endpoint.formerSecretUntil = try time(7)
        endpoint.disabled = rows.isNull(row, 8) ? nil : WebhookEndpoint.Disabled(rawValue: try rows.text(row, 8))
        endpoint.revision = try rows.int64(row, 15)
        return endpoint
    }
}

extension PostgresParameters {
    fileprivate mutating func append<V: PostgresValue>(_ value: V?, _ type: PostgresType) {
        if let value { append(value) } else { appendNull(type) }
    }

    /// Five values: `seen`, `delivered`, `failures`, `next_try_at`, `delivered_at`.
    fileprivate mutating func append(_ progress: WebhookProgress) {
        append(progress.seen.description)
        append(progress.delivered.description)
        append(Int32(clamping: progress.failures))
        append(progress.nextTry?.postgres, .timestamptz)
        append(progress.deliveredAt?.postgres, .timestamptz)
    }
}

extension Timestamp {
    fileprivate var postgres: PostgresTimestamp { PostgresTimestamp(microsecondsSince1970: microseconds) }
}

extension PostgresResult {
    fileprivate func time(_ row: Int, _ column: Int) throws(PostgresError) -> Timestamp {
        Timestamp(microseconds: try timestamp(row, column).microsecondsSince1970)
    }
}

extension PostgresStatement {
    private static let columns = """
        webhook_id, organisation_id, url, description, types, secret, former_secret, former_until, disabled, seen,
        delivered, failures, next_try_at, delivered_at, created_at, revision
        """

    fileprivate static let add = PostgresStatement(
        name: "add_webhook",
        sql: """
            INSERT INTO holdfast_webhooks.endpoints
                (webhook_id, organisation_id, url, description, types, secret, seen, delivered, failures, created_at,
                fingerprint, revision)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $12, $13
            WHERE (SELECT count(*) FROM holdfast_webhooks.endpoints WHERE organisation_id = $2) < $10
                AND (SELECT count(*) FROM holdfast_webhooks.endpoints) < $11
            ON CONFLICT DO NOTHING RETURNING true
            """)
    fileprivate static let isMadeBy = PostgresStatement(
        name: "webhook_is_made_by",
        sql: "SELECT true FROM holdfast_webhooks.endpoints WHERE webhook_id = $1 AND fingerprint = $2")
    fileprivate static let ofOrganisation = PostgresStatement(
        name: "webhooks_of_organisation",
        sql: """
            SELECT \(columns) FROM holdfast_webhooks.endpoints WHERE organisation_id = $1 ORDER BY created_at, webhook_id
            """)
    fileprivate static let find = PostgresStatement(
        name: "webhook",
        sql: "SELECT \(columns) FROM holdfast_webhooks.endpoints WHERE webhook_id = $1 AND organisation_id = $2")
    fileprivate static let enabled = PostgresStatement(
        name: "enabled_webhooks",
        sql: """
            SELECT \(columns) FROM holdfast_webhooks.endpoints
            WHERE disabled IS NULL ORDER BY created_at, webhook_id LIMIT $1
            """)
    fileprivate static let change = PostgresStatement(
        name: "change_webhook",
        sql: """
            WITH changed AS (
                UPDATE holdfast_webhooks.endpoints SET revision = revision + 1, url = $3, description = $4, types = $5,
                    secret = coalesce($6, secret), former_secret = $7, former_until = $8, disabled = $9, seen = $10,
                    delivered = $11, failures = $12, next_try_at = $13, delivered_at = $14
                WHERE webhook_id = $1 AND revision = $2 RETURNING webhook_id
            ), forgotten AS (
                DELETE FROM holdfast_webhooks.changes USING changed
                WHERE changes.webhook_id = changed.webhook_id AND number <= (
                    SELECT number FROM holdfast_webhooks.changes WHERE webhook_id = $1 ORDER BY number DESC OFFSET $17 - 1 LIMIT 1
                )
            )
            INSERT INTO holdfast_webhooks.changes (command_id, webhook_id, fingerprint)
            SELECT $15, webhook_id, $16 FROM changed RETURNING true
            """)
    fileprivate static let findChange = PostgresStatement(
        name: "find_webhook_change",
        sql: "SELECT fingerprint FROM holdfast_webhooks.changes WHERE command_id = $1")
    fileprivate static let delete = PostgresStatement(
        name: "delete_webhook",
        sql: "DELETE FROM holdfast_webhooks.endpoints WHERE webhook_id = $1 AND organisation_id = $2 RETURNING true")
    fileprivate static let note = PostgresStatement(
        name: "note_webhooks",
        sql: """
            UPDATE holdfast_webhooks.endpoints AS e SET disabled = coalesce(nullif(n.disabled, ''), e.disabled),
                seen = n.seen, delivered = n.delivered, failures = n.failures,
                next_try_at = nullif(n.next_try_at, 'epoch'), delivered_at = nullif(n.delivered_at, 'epoch')
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
                AS n (webhook_id, revision, disabled, seen, delivered, failures, next_try_at, delivered_at)
            WHERE e.webhook_id = n.webhook_id AND e.revision = n.revision RETURNING e.webhook_id
            """)
    fileprivate static let attempt = PostgresStatement(
        name: "note_webhook_attempt",
        sql: """
            WITH added AS (
                INSERT INTO holdfast_webhooks.attempts (webhook_id, message_id, status, detail, milliseconds, tried_at)
                SELECT $1, $2, $3, $4, $5, $6
                WHERE EXISTS (SELECT FROM holdfast_webhooks.endpoints WHERE webhook_id = $1)
            )
            DELETE FROM holdfast_webhooks.attempts WHERE webhook_id = $1 AND number <= (
                SELECT number FROM holdfast_webhooks.attempts WHERE webhook_id = $1 ORDER BY number DESC OFFSET $7 - 1 LIMIT 1
            )
            """)
    fileprivate static let attempts = PostgresStatement(
        name: "webhook_attempts",
        sql: """
            SELECT message_id, status, detail, milliseconds, tried_at FROM holdfast_webhooks.attempts
            WHERE webhook_id = $1 ORDER BY number DESC
            """)
}
