internal import Contract
internal import Crypto
internal import Domain
public import EventLog
public import Logging
internal import Postgres
internal import Projection

/// For the replay tool: the stored view compared with a fresh fold of the log, and built anew.
public struct OrdersAudit: Sendable {
    public struct Comparison: Equatable, Sendable {
        public var place: SequenceToken
        public var orders: Int
        /// Of what is stored.
        public var digest: String
        /// The first thing that differs from a fold of the log; nil: nothing does.
        public var difference: String?
    }

    private let store: OrdersStore
    private let log: any EventReader
    private static let pageEvents = 10_000

    public init(conninfo: String, log: any EventReader, logger: Logger) {
        self.log = log
        store = OrdersStore(
            client: PostgresClient(
                PostgresClient.Configuration(
                    conninfo: conninfo, applicationName: "holdfast-orders-replay", statementTimeout: .seconds(3_600),
                    sessionSetup: OrdersStore.sessionSetup),
                logger: logger))
    }

    /// Compares all rows, at the checkpoint they are of, with a fold of the log in memory.
    public func verify(progress: (Int64, Int64) -> Void = { _, _ in }) async throws -> Comparison {
        let (place, stored, tickets) = try await transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") {
            (try await store.place(), try await store.all(), try await store.tickets())
        }
        var fold = OrdersFold([:])
        try await pages(to: place.token.sequence, progress) { events in
            for event in events { try fold.apply(event) }
        }
        let fresh = fold.allRows
        // Those without a number say who lost a ticket; stored is only who has it.
        let freshTickets = fold.ticketRows.filter { $0.number > 0 }
        var difference: String?
        if let (theirs, ours) = zip(stored, fresh).first(where: { $0.row != $1.row }) {
            difference = "stored is \(theirs.row.record), the log has \(ours.row.record)"
        } else if stored.count != fresh.count {
            difference = "\(stored.count) orders are stored, the log has \(fresh.count)"
        } else if let (theirs, ours) = zip(tickets, freshTickets).first(where: { $0 != $1 }) {
            difference = "stored is \(theirs), the log has \(ours)"
        } else if tickets.count != freshTickets.count {
            difference = "\(tickets.count) tickets are stored, the log has \(freshTickets.count)"
        }
        return Comparison(
            place: place.token, orders: stored.count, digest: Self.digest(stored.map(\.row)), difference: difference)
    }

    /// Builds the view anew, in one transaction: until it ends everybody reads what was, and nobody else folds.
    ///
    /// - Returns: the place it is at then.
    public func rebuild(progress: (Int64, Int64) -> Void = { _, _ in }) async throws -> SequenceToken {
        try await transaction("BEGIN") {
            // Held from here on: the folding processes find the checkpoint locked, and come again later.
            let was = try await store.lockedPlace()
            let head = try await log.head()
            guard head.epoch >= was.token.epoch else { throw OrdersError(.unavailable, "a server of an older epoch") }
            guard try await store.clear(from: was, epoch: head.epoch) else {
                throw OrdersError(.unavailable, "the connection was lost on the way")
            }
            var place = OrdersPlace(
                token: SequenceToken(epoch: head.epoch, sequence: 0), formatVersion: OrderRecord.formatVersion)
            try await pages(to: head.position, progress) { events in
                var fold = OrdersFold(try await store.load(OrdersFold.keys(in: events)))
                for event in events { try fold.apply(event) }
                let token = SequenceToken(epoch: head.epoch, sequence: events.last?.context.position ?? 0)
                guard try await store.apply(fold, from: place, to: token) else {
                    throw OrdersError(.unavailable, "the connection was lost on the way")
                }
                place.token = token
            }
            // A page that was read after a failover would be of another log than the ones before it.
            guard try await log.head().epoch == head.epoch else {
                throw OrdersError(.unavailable, "the log entered another epoch meanwhile; try again")
            }
            return place.token
        }
    }

    private func transaction<R>(_ begin: String, _ body: () async throws -> R) async throws -> R {
        try await store.script(begin)
        do {
            let result = try await body()
            try await store.script("COMMIT")
            await store.release()
            return result
        } catch {
            await store.release()
            throw error
        }
    }

    private func pages(
        to target: Int64, _ progress: (Int64, Int64) -> Void, _ body: ([FollowedEvent]) async throws -> Void
    ) async throws {
        var position: Int64 = 0
        while position < target {
            try Task.checkCancellation()
            let limit = Int(min(Int64(Self.pageEvents), target - position))
            let events = try await log.events(after: position, limit: limit).map(FollowedEvent.init)
            guard let last = events.last?.context.position else {
                throw OrdersError(.unavailable, "the log ends at \(position), before \(target)")
            }
            try await body(events)
            position = last
            progress(position, target)
        }
    }

    private static func digest(_ rows: [OrdersFold.Row]) -> String {
        var hash = SHA256()
        for row in rows {
            let bytes = row.record.encoded
            for number in [row.started, Int64(bytes.count)] {
                withUnsafeBytes(of: number.bigEndian) { hash.update(bufferPointer: $0) }
            }
            hash.update(data: bytes)
        }
        return hash.finalize().prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
