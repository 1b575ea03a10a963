import Availability
import Domain
import EventLog
import Foundation
import Deadlines
import Logging
import MyHolds
import ServiceLifecycle
import Synchronization
import Testing
import TestSupport
@testable import Following
@testable import Projection

/// A replica with the product's three views and a diary, on an in-memory log, with a folder of its own.
final class RunningReplica: Sendable {
    let availability = View<Availability>()
    let holds = View<MyHolds>()
    let expiries = View<Deadlines>()
    let diary = View<Diary>()
    let journal = Journal()
    let folder: String
    let replica: Replica
    let entered = EpochsEntered()

    init(
        _ reader: any EventReader, folder: String = RunningReplica.newFolder(),
        snapshotInterval: Duration = .seconds(60),
        inboxBatchesMax: Int = 4_096, limits configure: (inout FollowerMachine.Limits) -> Void = { _ in }
    ) {
        var limits = FollowerMachine.Limits()
        limits.retryDelay = .milliseconds(20)
        limits.pollInterval = .milliseconds(100)
        configure(&limits)
        self.folder = folder
        replica = Replica(
            views: [availability, holds, expiries, diary], reader: reader,
            snapshots: SnapshotStore(directory: folder, logger: journal.logger), snapshotInterval: snapshotInterval,
            inboxBatchesMax: inboxBatchesMax, limits: limits, logger: journal.logger,
            listeners: [entered])
    }

    static func newFolder() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("replica-\(UUID())").path
    }

    /// Runs it around `body`, then shuts it down gracefully.
    func run<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: replica, successTerminationBehavior: .ignore)], logger: journal.logger))
        return try await services.around(body)
    }

    func waitUntil(_ place: LogPosition) async throws {
        for view in replica.views {
            let outcome = await view.wait(for: place, timeout: .seconds(30))
            guard outcome == .reached else { throw NotThere(description: "\(view.name): \(outcome), not \(place)") }
        }
    }

    struct NotThere: Error {
        var description: String
    }

    /// Every view is the fold of the log.
    func check(against log: InMemoryEventLog, sourceLocation: SourceLocation = #_sourceLocation) async {
        let events = await log.events(after: 0, limit: .max).map(FollowedEvent.init)
        for view in replica.views {
            let fold = view.sibling()
            fold.apply(events)
            #expect(view.snapshot() == fold.snapshot(), "\(view.name)", sourceLocation: sourceLocation)
        }
    }

    func cleanUp() throws {
        if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
    }
}

/// Looks every few milliseconds until it is so; the limit is only ever used up by a test that fails.
func until(_ what: String, _ condition: () async -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while await !condition() {
        guard ContinuousClock.now < deadline else { throw RunningReplica.NotThere(description: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// What a replica told of the epochs it entered, in order.
final class EpochsEntered: LogListener {
    private let epochs = Mutex<[Int64]>([])
    private let places = Mutex<[LogPosition]>([])

    var all: [Int64] { epochs.withLock { $0 } }
    /// Up to where events were applied, each time.
    var applied: [LogPosition] { places.withLock { $0 } }

    func entered(epoch: Int64) { epochs.withLock { $0.append(epoch) } }
    func applied(_ events: [FollowedEvent], at position: LogPosition) { places.withLock { $0.append(position) } }
}
