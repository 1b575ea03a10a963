import Contract
import Domain
import EventLog
import Following
import Foundation
import Hummingbird
import Logging
import NIOCore
import Organisations
import Prometheus
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer
@testable import WebAPI

@Suite("A message of the fan-out that is not true")
struct FanoutAlarmTests {
    /// A log in memory whose pages can be kept back: then nothing is built anew from it.
    private final class Log: EventReader {
        let base = InMemoryEventLog()
        private let isDown = Mutex(false)

        func keepPagesBack(_ isDown: Bool) { self.isDown.withLock { $0 = isDown } }

        func events(after position: Int64, limit: Int) async throws(LogError) -> [RecordedEvent] {
            guard !isDown.withLock({ $0 }) else { throw LogError(code: .unavailable, message: "kept back") }
            return await base.events(after: position, limit: limit)
        }

        func head() async throws(LogError) -> LogPosition { await base.head() }
        func look(at positions: ClosedRange<Int64>) async throws(LogError) -> LogLook { await base.look(at: positions) }
        func events(of stream: StreamID, after version: Int64, limit: Int) async throws(LogError) -> [RecordedEvent] {
            await base.events(of: stream, after: version, limit: limit)
        }
        func commands(_ ids: [CommandID]) async throws(LogError) -> [RecordedCommand] { await base.commands(ids) }
        func epochs() async throws(LogError) -> EpochHistory { await base.epochs() }
        func lastRecordedAt() async throws(LogError) -> Timestamp { await base.lastRecordedAt() }
    }

    private static func forged(in stream: StreamID, _ event: EncodedEvent) -> CommittedBatch {
        CommittedBatch(
            epoch: 1,
            events: [
                RecordedEvent(
                    position: 1, stream: stream, streamVersion: 1, event: event, commandID: CommandID(high: 1, low: 1),
                    recordedAt: Timestamp(microseconds: 1))
            ], head: 1, seal: BatchSeal(number: 1, previousHash: [], hash: [1], parts: []))
    }

    private static let hold = EncodedEvent(
        .hold(
            .released(
                HoldEnded(
                    holdID: HoldID("hold"), userID: UserID("ann"), seatIndexes: [], areas: [],
                    endedAt: Timestamp(microseconds: 1)))))

    @Test("is counted and written down; until the views are built anew, reads and roles wait with 503")
    func alarm() async throws {
        _ = TestServer.metrics
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "audit.jsonl").path
            let audit = try AuditLog(.file(path), now: { Timestamp(microseconds: 1_800_000_000_000_000) })
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let (log, view) = (Log(), View<Organisations>())
            var limits = FollowerMachine.Limits()
            limits.pollInterval = .milliseconds(50)
            limits.retryDelay = .milliseconds(20)
            let replica = Replica(
                views: [view], reader: log, snapshots: SnapshotStore(directory: folder.path, logger: quiet),
                limits: limits, logger: quiet, listeners: [audit])
            let roles = RecordedRoles(view: view, hasCaughtUp: { replica.status.hasCaughtUp }, now: { .distantPast })
            let fresh = FreshRead(replica: replica, log: log)
            @Sendable func read() async throws -> LogPosition {
                let head = HTTPRequest(method: .get, scheme: "http", authority: "x", path: "/")
                return try await fresh.read(view, for: Request(head: head, body: RequestBody(buffer: ByteBuffer()))) {
                    $1
                }
            }
            let services = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: replica, successTerminationBehavior: .ignore)], logger: quiet))
            try await services.around {
                try await eventually("it has caught up") { replica.status.hasCaughtUp }
                #expect(try await read().position == 0 && roles.isCurrent)
                log.keepPagesBack(true)
                replica.hear(Self.forged(in: StreamID(ShowID("show")), Self.hold))
                try await eventually("the log is looked at") { replica.status.alarm != nil }
                #expect(!roles.isCurrent)
                await #expect {
                    _ = try await read()
                } throws: {
                    ($0 as? Problem)?.code == .notReady && ($0 as? Problem)?.status == .serviceUnavailable
                }
                log.keepPagesBack(false)
                try await eventually("the views are built anew") { replica.status.hasCaughtUp }
                #expect(try await read().position == 0 && roles.isCurrent && replica.status.alarm == nil)
            }
            await audit.flush()
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains(#""event":"fanout-false""#) && text.split(separator: "\n").count == 1)
            let metrics = TestServer.metrics.render().split(separator: "\n")
            let counts = metrics.filter { $0.hasPrefix("holdfast_fanout_alarms_total") && !$0.hasSuffix(" 0") }
            #expect(!counts.isEmpty)
        }
    }

    @Test("gives nobody a role, not even for a moment") func roles() async throws {
        let assigned = RoleAssigned(userID: UserID("eve"), role: .admin, at: Timestamp(microseconds: 1))
        let stream = try #require(OrganisationID.instance.stream)
        var machine = FollowerMachine(now: .zero)
        _ = machine.start()
        _ = machine.epochsRead(EpochHistory(epochs: [.init(epoch: 1, startsAfter: 0)]), now: .zero)
        _ = machine.fetched([], look: LogLook(head: LogPosition(epoch: 1, position: 0)), limit: 1, now: .zero)
        let actions = machine.hear(
            Self.forged(in: stream, EncodedEvent(OrganisationEvent.assigned(assigned))), now: .zero)
        #expect(machine.applied == 0 && !actions.contains { if case .apply = $0 { true } else { false } })
    }
}
