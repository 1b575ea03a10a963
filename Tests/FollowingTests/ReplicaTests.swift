import Domain
import EventLog
import Foundation
import SeededRandom
import ServiceLifecycle
import Testing
@testable import Following
@testable import Projection

@Suite("A replica", .timeLimit(.minutes(2)))
struct ReplicaTests {
    private static func log(seed: UInt64 = 1, commands: Int = 200) async throws -> InMemoryEventLog {
        let log = InMemoryEventLog()
        try await log.append(History(seed: seed, commands: commands).recorded)
        return log
    }

    // MARK: Following

    @Test("It follows what the fan-out brings, in whatever order") func follows() async throws {
        let log = InMemoryEventLog()
        let running = RunningReplica(log)
        try await running.run {
            try await until("ready") { running.replica.status.isReady }
            try await log.append(History(seed: 2, commands: 150).recorded)
            var random = SeededGenerator(seed: 2)
            for message in await log.messages().shuffled(using: &random) where random.next() % 10 > 0 {
                running.replica.receive(message)
            }
            try await running.waitUntil(log.head())
            let head = await log.head().position
            #expect(
                running.replica.status
                    == Replica.Status(isReady: true, hasCaughtUp: true, epoch: 1, head: head, confirmed: head))
        }
        await running.check(against: log)
        try running.cleanUp()
    }

    @Test("It catches up with a log that has begun, page by page, and needs no fan-out at all") func catchesUp()
        async throws
    {
        let log = try await Self.log()
        let running = RunningReplica(log) { $0.pageEvents = 7 }
        try await running.run {
            try await running.waitUntil(log.head())
            try await until("ready") { running.replica.status.isReady }
            try await log.append([.release(0)])
            try await running.diary.wait(until: log.head())
        }
        #expect(running.diary.checkpoint == (await log.head().position))
        try running.cleanUp()
    }

    @Test("When more messages come than it keeps, it reads the log instead") func inbox() async throws {
        let log = InMemoryEventLog()
        let running = RunningReplica(log, inboxBatchesMax: 4)
        try await log.append(History(seed: 4, commands: 150).recorded)
        for message in await log.messages() { running.replica.receive(message) }
        try await running.run { try await running.waitUntil(log.head()) }
        await running.check(against: log)
        try running.cleanUp()
    }

    @Test("A view that stops says where, once, and the others go on") func stops() async throws {
        let log = InMemoryEventLog()
        try await log.append([.release(0), .release(0), .release(0, of: "nonsense"), .release(0)])
        let counter = View<Counter>()
        let diary = View<Diary>()
        let journal = Journal()
        let replica = Replica(
            views: [diary, counter], reader: log,
            snapshots: SnapshotStore(directory: RunningReplica.newFolder(), logger: journal.logger),
            logger: journal.logger)
        try await withThrowingTaskGroup { tasks in
            let services = ServiceGroup(services: [replica], logger: journal.logger)
            tasks.addTask { try await services.run() }
            try await counter.wait(until: LogPosition(1, 4))
            for message in await log.messages() { replica.receive(message) }
            #expect(diary.checkpoint == 2)
            #expect(diary.stop == ViewStop(position: 3, reason: "nonsense"))
            #expect(counter.stop == nil)
            #expect(journal.errors.count == 1)
            await services.triggerGracefulShutdown()
        }
    }

    // MARK: An unreliable log

    @Test("The log is away at the start: it says it is not ready, and recovers") func awayAtStart() async throws {
        let log = try await Self.log()
        let reader = SwitchableLog(log)
        reader.isDown = true
        let running = RunningReplica(reader)
        try await running.run {
            try await until("it complained") { !running.journal.warnings.isEmpty }
            for message in await log.messages() { running.replica.receive(message) }
            #expect(!running.replica.status.isReady)
            #expect(running.diary.place == LogPosition(0, 0), "it can't say a place it knows nothing of")
            reader.isDown = false
            try await running.waitUntil(log.head())
            try await until("ready") { running.replica.status.isReady }
        }
        await running.check(against: log)
        try running.cleanUp()
    }

    @Test("The log goes away and comes back: what the fan-out brings goes on, a hole is closed then") func goesAway()
        async throws
    {
        let log = try await Self.log(commands: 50)
        let reader = SwitchableLog(log)
        let running = RunningReplica(reader)
        try await running.run {
            try await running.waitUntil(log.head())
            reader.isDown = true
            let before = await log.head()
            try await log.append([.release(0), .release(0), .release(0)])
            let messages = await log.messages(after: before.position)
            running.replica.receive(messages[0])
            try await running.diary.wait(until: messages[0].place)
            running.replica.receive(messages[2])
            try await until("it complained") { !running.journal.warnings.isEmpty }
            #expect(running.diary.place == messages[0].place)
            reader.isDown = false
            try await running.diary.wait(until: messages[2].place)
        }
        try running.cleanUp()
    }

    // MARK: Epochs

    @Test("A failover that lost a tail: the views are built anew, and who waited is told", arguments: [false, true])
    func lostTail(hasMessage: Bool) async throws {
        let log = try await Self.log()
        let reader = SwitchableLog(log)
        let running = RunningReplica(reader)
        try await running.run {
            let lost = await log.head()
            try await running.waitUntil(lost)
            async let waiting = running.diary.wait(for: LogPosition(1, lost.position + 5), timeout: .seconds(60))
            let next = try await log.failedOver(keeping: lost.position - 20)
            try await next.append((0..<10).map { .release($0, of: "after") })
            reader.lead(to: next)
            if hasMessage { running.replica.receive(CommittedBatch(head: await next.head())) }
            #expect(await waiting == .reached)
            #expect(running.diary.place.epoch == 2)
            try await running.diary.wait(until: next.head())
            #expect(running.entered.all.last == 2, "whoever keeps answers has to hear of it")
            #expect(running.diary.positions == Array(1...(await next.head().position)))
            for message in await log.messages(after: lost.position - 30) { running.replica.receive(message) }
            let fold = View<Diary>()
            fold.apply(await next.events(after: 0, limit: .max).map(FollowedEvent.init))
            #expect(running.diary.snapshot() == fold.snapshot())
        }
        try running.cleanUp()
    }

    @Test("A new epoch that lost nothing: the views go on") func newEpoch() async throws {
        let log = try await Self.log()
        let reader = SwitchableLog(log)
        let running = RunningReplica(reader)
        try await running.run {
            let before = await log.head()
            try await running.waitUntil(before)
            await log.raiseEpoch()
            try await log.append([.release(0)])
            running.replica.receive(CommittedBatch(head: await log.head()))
            try await running.diary.wait(until: log.head())
            #expect(reader.reads.last == before.position, "it did not begin anew")
        }
        #expect(running.journal.warnings.isEmpty)
        try running.cleanUp()
    }

    @Test("Snapshots of different places, a failover between them while the process was away") func unevenSnapshots()
        async throws
    {
        let log = try await Self.log()
        let folder = RunningReplica.newFolder()
        let early = try await Self.snapshots(of: log, at: 20)
        let late = try await Self.snapshots(of: log, at: 60)
        let store = SnapshotStore(directory: folder, logger: Journal().logger)
        // Availability is further than the others.
        for snapshot in early where snapshot.projection != "availability" { try store.save(snapshot) }
        for snapshot in late where snapshot.projection == "availability" { try store.save(snapshot) }
        let next = try await log.failedOver(keeping: 40)
        let running = RunningReplica(next, folder: folder)
        try await running.run { try await running.waitUntil(next.head()) }
        await running.check(against: next)
        try running.cleanUp()
    }

    /// All views' snapshots at a sequence number.
    private static func snapshots(of log: InMemoryEventLog, at sequence: Int64) async throws -> [Snapshot] {
        let events = await log.events(after: 0, limit: Int(sequence)).map(FollowedEvent.init)
        let epoch = await log.head().epoch
        return RunningReplica(log).replica.views.map { view in
            view.apply(events)
            return Snapshot(
                projection: view.name, formatVersion: view.formatVersion, epoch: epoch, sequence: sequence,
                payload: view.snapshot().payload)
        }
    }

    // MARK: Snapshots

    @Test("It stores its views when it stops, and goes on from there") func restarts() async throws {
        let log = try await Self.log()
        let running = RunningReplica(log)
        try await running.run { try await running.waitUntil(log.head()) }
        let stored = await log.head()
        try await log.append([.release(0, of: "another")])

        let reader = SwitchableLog(log)
        let again = RunningReplica(reader, folder: running.folder)
        try await again.run { try await again.diary.wait(until: log.head()) }
        #expect(reader.reads.min() == stored.position)
        #expect(again.diary.positions == Array(1...(stored.position + 1)))
        #expect(again.journal.warnings.isEmpty)
        try again.cleanUp()
    }

    @Test("A damaged snapshot costs a rebuild of that view, not more") func damagedSnapshot() async throws {
        let log = try await Self.log()
        let running = RunningReplica(log)
        try await running.run { try await running.waitUntil(log.head()) }
        let head = await log.head()
        let file = URL(fileURLWithPath: "\(running.folder)/my-holds-1.\(head.position).snapshot")
        try Data(contentsOf: file).dropLast().write(to: file)

        let again = RunningReplica(log, folder: running.folder)
        try await again.run { try await again.waitUntil(head) }
        await again.check(against: log)
        #expect(again.journal.warnings.count == 1)
        try again.cleanUp()
    }

    @Test("Snapshots are stored while it follows, and a folder that can't be written to stops nothing") func stores()
        async throws
    {
        let log = try await Self.log()
        let running = RunningReplica(log, snapshotInterval: .milliseconds(1))
        try await running.run {
            try await running.waitUntil(log.head())
            try await until("four files") {
                (try? FileManager.default.contentsOfDirectory(atPath: running.folder).count {
                    $0.hasSuffix(".snapshot")
                }) ?? 0 >= 4
            }
        }
        #expect(running.journal.warnings.isEmpty)
        try running.cleanUp()

        let folder = RunningReplica.newFolder()
        try Data().write(to: URL(fileURLWithPath: folder))
        let unlucky = RunningReplica(log, folder: folder)
        try await unlucky.run { try await unlucky.waitUntil(log.head()) }
        #expect(unlucky.journal.warnings.count == 4)
        await unlucky.check(against: log)
        try unlucky.cleanUp()
    }
}

@Suite("Putting a rebuilt view in a live one's place", .timeLimit(.minutes(2)))
struct ChangeoverTests {
    private let log = InMemoryEventLog()
    private let journal = Journal()

    private func snapshot(_ diary: Diary, epoch: Int64 = 1, sequence: Int64) -> Snapshot {
        Snapshot(projection: "diary", formatVersion: 3, epoch: epoch, sequence: sequence, payload: diary.encoded)
    }

    private func upTo(_ sequence: Int64) -> Snapshot {
        snapshot(Diary(positions: Array(1...sequence)), sequence: sequence)
    }

    @Test("Under load: at one sequence number, identical, and nothing is lost after it") func underLoad() async throws {
        let (log, running) = (log, RunningReplica(log))
        try await log.append((0..<50).map { .release($0) })
        try await running.run {
            try await running.diary.wait(until: LogPosition(1, 50))
            try await withThrowingTaskGroup { tasks in
                tasks.addTask {
                    for _ in 0..<200 {
                        let before = await log.head().position
                        try await log.append([.release(0)])
                        for message in await log.messages(after: before) { running.replica.receive(message) }
                    }
                }
                for _ in 0..<10 {
                    let result = try await running.replica.changeOver(running.diary, to: upTo(30))
                    #expect(result.wasIdentical)
                    #expect(result.sequence >= 50)
                    #expect(result.digest == upTo(result.sequence).digest)
                }
                try await tasks.waitForAll()
            }
            try await running.diary.wait(until: log.head())
        }
        #expect(running.diary.positions == Array(1...250))
        #expect(running.journal.errors.filter { $0.contains("rebuilt") }.isEmpty)
        try running.cleanUp()
    }

    @Test("One that differs takes its place, and that is said aloud") func differs() async throws {
        let (log, running) = (log, RunningReplica(log))
        try await log.append((0..<5).map { .release($0) })
        try await running.run {
            try await running.diary.wait(until: LogPosition(1, 5))
            let other = Diary(positions: [7, 7, 7])
            let result = try await running.replica.changeOver(running.diary, to: snapshot(other, sequence: 3))
            #expect(!result.wasIdentical)
            #expect(running.diary.positions == [7, 7, 7, 4, 5])
            #expect(running.journal.errors.filter { $0.contains("rebuilt") }.count == 1)
        }
        try running.cleanUp()
    }

    @Test("What does not fit is refused, and changes nothing") func refused() async throws {
        let (log, running) = (log, RunningReplica(log))
        try await log.append((0..<5).map { .release($0) })
        try await running.run {
            try await running.diary.wait(until: LogPosition(1, 5))
            var stranger = upTo(3)
            stranger.projection = "counter"
            var newer = upTo(3)
            newer.formatVersion = 4
            var garbage = upTo(3)
            garbage.payload = [1]
            let strange = [
                stranger, newer, garbage, upTo(6), snapshot(Diary(), sequence: .max),
                snapshot(Diary(), epoch: 2, sequence: 0),
            ]
            for snapshot in strange {
                await #expect(throws: ProjectionFault.self) {
                    try await running.replica.changeOver(running.diary, to: snapshot)
                }
            }
            #expect(running.diary.positions == [1, 2, 3, 4, 5])
        }
        try running.cleanUp()
    }

    @Test("A rebuilt view that is further waits for the live one") func ahead() async throws {
        let reader = SwitchableLog(log)
        let (log, running) = (log, RunningReplica(reader))
        try await log.append((0..<5).map { .release($0) })
        try await running.run {
            try await running.diary.wait(until: LogPosition(1, 5))
            let before = await log.head().position
            reader.delay = .milliseconds(50)  // It hears of these only by its poll.
            try await log.append((0..<5).map { .release($0) })
            #expect(running.diary.checkpoint == before)
            let result = try await running.replica.changeOver(running.diary, to: upTo(10))
            #expect(result == Replica.Changeover(sequence: 10, digest: upTo(10).digest, wasIdentical: true))
        }
        try running.cleanUp()
    }

    @Test("A view that had stopped goes on with the others, and skips nothing") func stopped() async throws {
        let (log, diary, counter) = (log, View<Diary>(), View<Counter>())
        try await log.append([.release(0), .release(0, of: "nonsense"), .release(0), .release(0)])
        let replica = Replica(
            views: [diary, counter], reader: log,
            snapshots: SnapshotStore(directory: RunningReplica.newFolder(), logger: journal.logger),
            logger: journal.logger)
        try await withThrowingTaskGroup { tasks in
            let services = ServiceGroup(services: [replica], logger: journal.logger)
            tasks.addTask { try await services.run() }
            try await counter.wait(until: LogPosition(1, 4))
            #expect(diary.stop?.position == 2)

            // Its own state put back in its place: it meets the same event, and stays where it is.
            _ = try await replica.changeOver(diary, to: upTo(1))
            #expect(diary.stop?.position == 2)
            #expect(diary.checkpoint == 1)

            let result = try await replica.changeOver(diary, to: upTo(3))
            #expect(result.sequence == 4)
            #expect(diary.stop == nil)
            try await log.append([.release(0)])
            for message in await log.messages(after: 4) { replica.receive(message) }
            try await diary.wait(until: LogPosition(1, 5))
            #expect(diary.positions == [1, 2, 3, 4, 5])
            await services.triggerGracefulShutdown()
        }
    }

    @Test("The epoch changes in between: refused, or at least forgotten with the lost tail") func newEpoch()
        async throws
    {
        let reader = SwitchableLog(log)
        let (log, running) = (log, RunningReplica(reader))
        try await log.append((0..<50).map { .release($0) })
        try await running.run {
            try await running.diary.wait(until: LogPosition(1, 50))
            let next = try await log.failedOver(keeping: 20)
            try await next.append((0..<50).map { .release($0, of: "after") })
            await withDiscardingTaskGroup { tasks in
                for _ in 0..<20 {
                    tasks.addTask {
                        // Whether it is taken in time depends on who is first.
                        _ = await Result { try await running.replica.changeOver(running.diary, to: upTo(40)) }
                    }
                }
                tasks.addTask {
                    reader.lead(to: next)
                    running.replica.receive(CommittedBatch(head: await next.head()))
                }
            }
            try await running.diary.wait(until: next.head())
            let fold = View<Diary>()
            fold.apply(await next.events(after: 0, limit: .max).map(FollowedEvent.init))
            #expect(running.diary.snapshot() == fold.snapshot())
        }
        try running.cleanUp()
    }
}

@Suite("A replica stops", .timeLimit(.minutes(1)))
struct ReplicaShutdownTests {
    @Test("Quickly, though it is far from caught up; and who waits for a changeover is told") func longCatchUp()
        async throws
    {
        let log = InMemoryEventLog()
        try await log.append((0..<2_000).map { .release($0) })
        let reader = SwitchableLog(log)
        reader.delay = .milliseconds(10)
        let running = RunningReplica(reader) { $0.pageEvents = 1 }
        let asked = try await running.run {
            try await running.diary.wait(until: LogPosition(1, 5))
            // Queued behind the catch-up.
            let snapshot = Snapshot(
                projection: "diary", formatVersion: 3, epoch: 1, sequence: 1, payload: Diary(positions: [1]).encoded)
            return Task { await Result { try await running.replica.changeOver(running.diary, to: snapshot) } }
        }
        let stopped = running.diary.checkpoint
        #expect(stopped < 1_000, "2,000 pages of 10 ms would take 20 s")
        if case .success = await asked.value { Issue.record("it was changed over after the end") }
        try running.cleanUp()
    }

    @Test("Though the log never answered", arguments: [false, true]) func logAway(isCancelled: Bool) async throws {
        let reader = SwitchableLog(InMemoryEventLog())
        reader.isDown = true
        let running = RunningReplica(reader)
        if isCancelled {
            let task = Task { await running.replica.run() }
            try await until("it complained") { !running.journal.warnings.isEmpty }
            task.cancel()
            await task.value
        } else {
            try await running.run { try await until("it complained") { !running.journal.warnings.isEmpty } }
        }
        #expect(!FileManager.default.fileExists(atPath: running.folder))
    }

    @Test("When it is cancelled in the middle of a catch-up") func cancelled() async throws {
        let log = InMemoryEventLog()
        try await log.append((0..<2_000).map { .release($0) })
        let reader = SwitchableLog(log)
        reader.delay = .milliseconds(5)
        let running = RunningReplica(reader) { $0.pageEvents = 1 }
        let task = Task { await running.replica.run() }
        try await running.diary.wait(until: LogPosition(1, 5))
        task.cancel()
        await task.value
        #expect(running.diary.checkpoint < 1_000)
        try running.cleanUp()
    }

    @Test("A lost tail that it learns of while it stops is not stored as if it were of the new epoch")
    func lostTailWhileStopping() async throws {
        for _ in 0..<20 {
            let log = InMemoryEventLog()
            try await log.append((0..<30).map { .release($0) })
            let reader = SwitchableLog(log)
            let running = RunningReplica(reader)
            let next = try await log.failedOver(keeping: 10)
            try await next.append((0..<30).map { .release($0, of: "after") })
            try await running.run {
                try await running.diary.wait(until: LogPosition(1, 30))
                reader.lead(to: next)
                running.replica.receive(CommittedBatch(head: await next.head()))
            }
            let again = RunningReplica(next, folder: running.folder)
            try await again.run { try await again.diary.wait(until: next.head()) }
            #expect(again.diary.positions == Array(1...40))
            let fold = View<Diary>()
            fold.apply(await next.events(after: 0, limit: .max).map(FollowedEvent.init))
            #expect(again.diary.snapshot() == fold.snapshot())
            try again.cleanUp()
        }
    }
}

extension FollowingView {
    /// Waits longer than any test takes; throws when it is not reached.
    func wait(until place: LogPosition) async throws {
        let outcome = await wait(for: place, timeout: .seconds(30))
        guard outcome == .reached else {
            throw RunningReplica.NotThere(description: "\(name): \(outcome), not \(place)")
        }
    }
}

extension CommittedBatch {
    /// Of its last event.
    fileprivate var place: LogPosition { LogPosition(epoch: epoch, position: head) }
}

extension Result where Failure == any Error {
    /// What came of `body`.
    init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
