import Domain
import EventLog
import Following
import Foundation
import Logging
import Postgres
import PostgresViews
import Projection
import ServiceLifecycle
import Synchronization
import TestSupport

typealias OrdersFollower = StoredView<PostgresViewStorage<OrdersView>>

extension OrdersFollower {
    /// What the replica of the same process has applied, in the first epoch.
    func hear(_ events: [FollowedEvent]) {
        guard let last = events.last else { return }
        applied(events, at: LogPosition(epoch: 1, position: last.context.position))
    }
}

/// A lease that everybody has.
private struct SharedLease: Lease {
    func whileHeld(_ body: @escaping @Sendable () async -> Void) async {
        while !Task.isCancelled {
            await body()
            await pause(.milliseconds(5))
        }
    }
}

/// The Orders view of a log in memory, in a database of its own.
struct OrdersUnderTest {
    let database: TestDatabase
    let log = SwitchableLog(InMemoryEventLog())
    let reader: OrdersReader

    static func with(_ body: (OrdersUnderTest) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let orders = OrdersUnderTest(
                database: database,
                reader: OrdersReader(conninfo: database.appConninfo, statementTimeout: .seconds(30), logger: .test))
            do {
                try await body(orders)
                await orders.reader.disconnect()
            } catch {
                await orders.reader.disconnect()
                throw error
            }
        }
    }

    /// A follower as another process would have it.
    ///
    /// - Parameter lease: nil: it is always held, so that two followers fold at once.
    func follower(
        lease: (any Lease)? = nil, _ configure: (inout StoredViewMachine.Limits) -> Void = { _ in }
    ) -> (OrdersFollower, OrdersReader) {
        var limits = StoredViewMachine.Limits()
        limits.pollInterval = .milliseconds(20)
        limits.pace = .zero
        limits.stopPause = .milliseconds(50)
        configure(&limits)
        let reader = OrdersReader(conninfo: database.appConninfo, statementTimeout: .seconds(30), logger: .test)
        let follower = OrdersFollower(
            storage: PostgresViewStorage(conninfo: database.appConninfo, logger: .test), log: log,
            lease: lease ?? SharedLease(), position: reader.position, limits: limits, logger: .test)
        return (follower, reader)
    }

    /// Runs followers around `body`, then shuts them down gracefully.
    func following<R: Sendable>(
        _ followers: OrdersFollower..., body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: followers.map { .init(service: $0, successTerminationBehavior: .ignore) }, logger: .test))
        return try await services.around(body)
    }

    /// Waits until the stored view has all of the log.
    func upToDate() async throws {
        let head = await log.head()
        try await eventually("the orders are at \(head)") {
            try await reader.order(OrderID("none"), of: UserID("nobody")).1 == head
        }
    }

    /// That the stored view is a fresh fold of the log.
    func difference() async throws -> String? {
        try await PostgresViewAudit<OrdersView>(conninfo: database.appConninfo, log: log, logger: .test).verify()
            .difference
    }
}

/// A way to a log in memory that a test can lead to another log, as a failover does.
final class SwitchableLog: EventReader, EventAppender {
    private let current: Mutex<InMemoryEventLog>
    private let pages = Mutex<[Int64]>([])

    init(_ log: InMemoryEventLog) { current = Mutex(log) }

    private var log: InMemoryEventLog { current.withLock { $0 } }

    /// A failover that loses everything after `position`, and the new epoch that it makes necessary.
    func failOver(keeping position: Int64) async throws {
        let next = InMemoryEventLog()
        for event in await log.events(after: 0, limit: Int(position)) {
            let command = DecidedCommand(
                id: event.commandID, principal: "test", fingerprint: [UInt8](repeating: 0, count: 32), outcome: [],
                events: [event.event])
            let stream = StreamAppend(
                stream: event.stream, expectedVersion: event.streamVersion - 1, commands: [command])
            _ = try await next.append(AppendBatch(epoch: 1, streams: [stream]))
        }
        // As many epochs as there were, and one more.
        for _ in 1...(await log.head().epoch) { await next.raiseEpoch() }
        current.withLock { $0 = next }
    }

    /// After which sequence numbers pages were read.
    var reads: [Int64] { pages.withLock { $0 } }

    /// As a replica has them.
    func followed(after position: Int64, limit: Int) async -> [FollowedEvent] {
        await log.events(after: position, limit: limit).map(FollowedEvent.init)
    }

    func lastRecordedAt() async -> Timestamp { await log.lastRecordedAt() }
    func look(at positions: ClosedRange<Int64>) async -> LogLook { await log.look(at: positions) }
    func head() async -> LogPosition { await log.head() }
    func events(after position: Int64, limit: Int) async -> [RecordedEvent] {
        pages.withLock { $0.append(position) }
        return await log.events(after: position, limit: limit)
    }
    func events(of stream: StreamID, after version: Int64, limit: Int) async -> [RecordedEvent] {
        await log.events(of: stream, after: version, limit: limit)
    }
    func commands(_ ids: [CommandID]) async -> [RecordedCommand] { await log.commands(ids) }
    func epochs() async -> EpochHistory { await log.epochs() }
    func append(_ batch: AppendBatch) async throws(AppendFailure) -> AppendResult { try await log.append(batch) }
    func barrier() async -> LogPosition { await log.barrier() }
}
