internal import Crypto
public import EventLog
internal import Following
public import Logging
internal import Projection
internal import Text

/// For the replay tool: a stored view compared with a fresh fold of the log, and built anew.
public protocol StoredViewAudit: Sendable {
    var name: String { get }

    /// Compares all rows, at the checkpoint they are of, with a fold of the log in memory.
    func verify(progress: (Int64, Int64) -> Void) async throws -> StoredViewComparison

    /// Builds the view anew, in one transaction: until it ends everybody reads what was, and nobody else folds.
    ///
    /// - Returns: the place it is at then.
    func rebuild(progress: (Int64, Int64) -> Void) async throws -> LogPosition
}

public struct StoredViewComparison: Equatable, Sendable {
    public var place: LogPosition
    public var rows: Int
    /// Of what is stored.
    public var digest: String
    /// The first thing that differs from a fold of the log; nil: nothing does.
    public var difference: String?
}

public struct PostgresViewAudit<View: PostgresView>: StoredViewAudit {
    private let storage: PostgresViewStorage<View>
    private let log: any EventReader

    /// - Parameter conninfo: a libpq connection string; the role needs what `holdfast_reader` has.
    public init(conninfo: String, log: any EventReader, logger: Logger) {
        self.log = log
        storage = PostgresViewStorage(conninfo: conninfo, statementTimeout: .seconds(3_600), logger: logger)
    }

    public var name: String { View.Fold.name }

    public func verify(progress: (Int64, Int64) -> Void = { _, _ in }) async throws -> StoredViewComparison {
        let (checkpoint, stored) = try await transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") {
            (try await storage.checkpoint(), try await storage.storedRows())
        }
        var fold = View.Fold([:])
        try await pages(to: checkpoint.token.position, progress) { events in
            for event in events { try fold.apply(event) }
        }
        let fresh = View.rows(of: fold)
        var difference: String?
        if let (theirs, ours) = zip(stored, fresh).first(where: { $0 != $1 }) {
            difference = "stored is \(theirs.text), the log has \(ours.text)"
        } else if stored.count != fresh.count {
            difference = "\(stored.count) rows are stored, the log has \(fresh.count)"
        }
        return StoredViewComparison(
            place: checkpoint.token, rows: stored.count, digest: Self.digest(stored), difference: difference)
    }

    public func rebuild(progress: (Int64, Int64) -> Void = { _, _ in }) async throws -> LogPosition {
        try await transaction("BEGIN") {
            // Held from here on: the folding processes find the checkpoint locked, and come again later.
            let was = try await storage.lockedCheckpoint()
            let head = try await log.head()
            guard head.epoch >= was.token.epoch else {
                throw StoredViewError(.unavailable, "a server of an older epoch")
            }
            let start = StoredCheckpoint(
                token: LogPosition(epoch: head.epoch, position: 0), formatVersion: View.Fold.formatVersion)
            guard try await storage.clearWithin(was, to: start) else {
                throw StoredViewError(.unavailable, "the connection was lost on the way")
            }
            var place = start
            try await pages(to: head.position, progress) { events in
                var fold = View.Fold(try await storage.load(View.Fold.keys(in: events)))
                for event in events { try fold.apply(event) }
                let token = LogPosition(epoch: head.epoch, position: events.last?.context.position ?? 0)
                guard try await storage.commit(fold, from: place, to: token) else {
                    throw StoredViewError(.unavailable, "the connection was lost on the way")
                }
                place.token = token
            }
            // A page that was read after a failover would be of another log than the ones before it.
            guard try await log.head().epoch == head.epoch else {
                throw StoredViewError(.unavailable, "the log entered another epoch meanwhile; try again")
            }
            return place.token
        }
    }

    private func transaction<R>(_ begin: String, _ body: () async throws -> R) async throws -> R {
        try await storage.script(begin)
        do {
            let result = try await body()
            try await storage.script("COMMIT")
            await storage.disconnect()
            return result
        } catch {
            await storage.disconnect()
            throw error
        }
    }

    private func pages(
        to target: Int64, _ progress: (Int64, Int64) -> Void, _ body: ([FollowedEvent]) async throws -> Void
    ) async throws {
        let pageEvents: Int64 = 10_000
        var position: Int64 = 0
        while position < target {
            try Task.checkCancellation()
            let limit = Int(min(pageEvents, target - position))
            let events = try await log.events(after: position, limit: limit).map(FollowedEvent.init)
            guard let last = events.last?.context.position else {
                throw StoredViewError(.unavailable, "the log ends at \(position), before \(target)")
            }
            try await body(events)
            position = last
            progress(position, target)
        }
    }

    private static func digest(_ rows: [AuditedRow]) -> String {
        var hash = SHA256()
        for row in rows where !row.digested.isEmpty { hash.update(data: row.digested) }
        return hash.finalize().prefix(8).hex
    }
}
