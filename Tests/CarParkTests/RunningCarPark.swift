import Contract
import Crypto
import Deadlines
import Domain
import EventLog
import Fanout
import Following
import Foundation
import Logging
import Postgres
import PostgresEventLog
import PostgresViews
import Projection
import Sequencing
import ServiceLifecycle
import Synchronization
import TestSupport

/// A node that knows car parks: sequencer and timer, PostgreSQL, fan-out, replica with views, and a stored view. Every
/// part is the product's; only the catalogue of aggregates is another.
final class RunningCarPark: Sendable {
    static let aggregates = AggregateCatalogue([ShowState.self, CarPark.self])
    static let stream = StreamID(CarPark.category, "north")

    let log: PostgresEventLog
    let parked = View<ParkedCars>()
    let deadlines = View<Deadlines>()
    let visits: PostgresViewReader<VisitsView>
    let sequencer: Sequencer
    let stored: StoredView<PostgresViewStorage<VisitsView>>
    let replica: Replica
    /// A second socket that the node listens to, and nobody of ours publishes at.
    let otherEndpoint: FanoutEndpoint
    let alarms = Alarms()
    private let clock: ClockBox
    private let services: [any Service]

    private init(_ database: TestDatabase, folder: URL) throws {
        let conninfo = database.appConninfo
        let log = PostgresEventLog(conninfo: conninfo, logger: .test)
        let clock = ClockBox()
        let endpoint = try FanoutEndpoint("ipc://\(folder.path)/fanout")
        let publisher = try Publisher(PublisherConfiguration(endpoints: [endpoint], security: .local), logger: .test)
        otherEndpoint = try FanoutEndpoint("ipc://\(folder.path)/other")
        let subscriber = try Subscriber(
            SubscriberConfiguration(endpoints: [endpoint, otherEndpoint], security: .local), logger: .test)
        let sequencer = Sequencer(
            log: log, aggregates: Self.aggregates, logger: .test, now: { clock.now }, publish: publisher.post)
        let visits = PostgresViewReader<VisitsView>(conninfo: conninfo, connections: 1, logger: .test)
        let stored = StoredView(
            storage: PostgresViewStorage<VisitsView>(conninfo: conninfo, logger: .test), log: log,
            lease: PostgresLease(PostgresLeaseSession(conninfo: conninfo, logger: .test), key: 4_711),
            position: visits.position,
            aggregates: Self.aggregates, logger: .test)
        var limits = FollowerMachine.Limits()
        limits.pollInterval = .milliseconds(500)
        let replica = Replica(
            views: [parked, deadlines], reader: log,
            snapshots: SnapshotStore(directory: folder.appending(path: "snapshots").path, logger: .test),
            limits: limits, aggregates: Self.aggregates, logger: .test, listeners: [stored, alarms])
        self.replica = replica
        let timer = DeadlineTimer(sequencer: sequencer, now: { clock.now }) { [deadlines] now in
            deadlines.read { deadlines, _ in deadlines.overdue(at: now) }
        }
        self.log = log
        self.clock = clock
        self.sequencer = sequencer
        self.visits = visits
        self.stored = stored
        services = [publisher, sequencer, stored, timer, replica, subscriber, Feed(subscriber, replica)]
    }

    /// Runs a node on a database of its own around `body`.
    static func run<R: Sendable>(_ body: @escaping @Sendable (RunningCarPark) async throws -> R) async throws -> R {
        try await TestDatabase.with { database in
            try await database.admin().script(
                String(contentsOf: Project.root.appending(path: "Tests/CarParkTests/visits.sql"), encoding: .utf8))
            return try await withTemporaryFolder { folder in
                let node = try RunningCarPark(database, folder: folder)
                let services = ServiceGroup(
                    configuration: ServiceGroupConfiguration(
                        services: node.services.map { .init(service: $0, successTerminationBehavior: .ignore) },
                        logger: .test))
                let result = try await services.around { try await body(node) }
                await node.visits.disconnect()
                return result
            }
        }
    }

    /// Time goes on.
    func pass(seconds: Int64) { clock.advance(seconds: seconds) }

    /// Has a command decided; the same name is the same command.
    func submit(_ command: CarPark.Command, named name: String) async -> CommandAnswer {
        let fingerprint = Array(SHA256.hash(data: Array(name.utf8)))
        guard let id = CommandID(bytes: fingerprint) else { preconditionFailure("SHA-256 has 32 bytes") }
        return await sequencer.submit(
            CommandRequest(
                id: id, principal: "guard", fingerprint: fingerprint, stream: Self.stream, command: command))
    }

    /// The plates that the view in memory has, once it is as far as the log.
    func parkedPlates() async throws -> [String] {
        let head = try await log.head()
        guard await parked.wait(for: head, timeout: .seconds(20)) == .reached else {
            throw NeverHappened(what: "the view in memory is at \(head)")
        }
        return parked.read { view, _ in view.cars.keys.sorted() }
    }
}

/// A clock that a test moves by hand.
final class ClockBox: Sendable {
    private let time = Mutex(Timestamp(microseconds: 1_800_000_000_000_000))
    var now: Timestamp { time.withLock { $0 } }
    func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// Carries what the fan-out brings to the replica.
private struct Feed: Service {
    var subscriber: Subscriber
    var replica: Replica

    init(_ subscriber: Subscriber, _ replica: Replica) {
        self.subscriber = subscriber
        self.replica = replica
    }

    func run() async {
        for await batch in subscriber.batches.cancelOnGracefulShutdown() { replica.hear(batch) }
    }
}

/// What was found to be false.
final class Alarms: LogListener {
    private let reasons = Mutex<[String]>([])
    var all: [String] { reasons.withLock { $0 } }

    func applied(_ events: [FollowedEvent], at position: LogPosition) {}
    func entered(epoch: Int64) {}
    func foundFalse(_ reason: String) { reasons.withLock { $0.append(reason) } }
}
