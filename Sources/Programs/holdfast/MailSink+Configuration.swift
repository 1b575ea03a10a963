import Accounts
import Configuration
import Domain
import EventLog
import Following
import Identity
import Logging
import Mailing
import PostgresEventLog
import PostgresNotices
import PostgresViews

extension MailSink {
    /// Nil: nobody is to get notices.
    ///
    /// - Parameter log: read by sinks alone.
    init?(_ config: ConfigReader, _ shared: SharedParts, log: PostgresEventLog) throws {
        guard let (mail, settings) = shared.mail.forNotices else { return nil }
        let codes = try TicketCodes(keyFile: config.ticketKeyFile())
        let key = try UnsubscribeKey(keyFile: config.ticketKeyFile())
        let orders = shared.orders
        let sources = MailSources(
            log: log, barrier: log.readBarrier,
            store: PostgresNotices(conninfo: shared.conninfo, logger: Subsystem.sinks.logger),
            order: { id, place in
                try await orders.read(notBefore: place) { () async throws(StoredViewError) in try await orders.order(id)
                }
            },
            holders: { show, after, limit, place in
                try await orders.read(notBefore: place) { () async throws(StoredViewError) in
                    try await orders.holders(of: show, after: after, limit: limit)
                }
            },
            code: { show, ticket, generation in
                try codes.code(TicketCodes.Claim(ticketID: ticket, generation: generation, show: show))
            }, unsubscribeToken: key.token(of:), now: { .now })
        self.init(
            settings, sources, templates: mail.templates, transport: mail.transport, logger: Subsystem.sinks.logger)
    }
}

/// The stored orders do not come to an event: no node with the role query folds them, or not fast enough.
private struct OrdersBehind: Error, CustomStringConvertible {
    var description: String { "the stored orders are behind; a node with the role query has to fold them" }
}

extension OrdersReader {
    /// Reads once the view has come to a place.
    fileprivate func read<R>(
        notBefore place: LogPosition, _ body: () async throws(StoredViewError) -> (R, LogPosition)
    ) async throws -> R {
        // Where nobody looked lately, only a read tells how far the view is.
        let (found, reached) = try await body()
        if (reached.epoch, reached.position) >= (place.epoch, place.position) { return found }
        guard await position.wait(for: place, timeout: .seconds(10)) == .reached else { throw OrdersBehind() }
        return try await body().0
    }
}
