import Domain
import EventLog
import Following
import PaymentContract
import Synchronization
import TestSupport
import Testing

@testable import Payments

@Suite struct `Before money moves, the payment process` {
    @Test func `waits until what another process sold is durable`() async throws {
        try await Shop().open { shop in
            // It sells, and stands still on its way to the provider.
            await shop.provider.stop(next: .capture, .before)
            let order = try await shop.order(seat: 1)
            try await shop.paying { _ in
                try await eventually("it is sold") { await shop.provider.isSomebodyStopped }
                let log = UnreplicatedLog(shop.log)
                try await shop.paying(by: log) { _ in
                    try await eventually("another one waits for the log") { log.attempts > 2 }
                    #expect(await shop.account(order)?.captured == 0)
                    log.isAway.withLock { $0 = false }
                    #expect(try await shop.end(of: order).status == .completed)
                }
            }
            #expect(await shop.account(order)?.timesCharged == 1)
        }
    }

    @Test func `passes no barrier for what it sold itself`() async throws {
        try await Shop().open { shop in
            let log = UnreplicatedLog(shop.log)
            try await shop.paying(by: log) { _ in
                let order = try await shop.order(seat: 1)
                #expect(try await shop.end(of: order).status == .completed)
            }
            #expect(log.attempts == 0)
        }
    }
}

@Suite struct `The durability barrier` {
    @Test func `is passed once for all who wait for it`() async throws {
        try await Shop().open { shop in
            try await eventually("the show is seen") { shop.view.place.position == 1 }
            let log = UnreplicatedLog(shop.log)
            log.isAway.withLock { $0 = false }
            let barrier = DurabilityBarrier(log, shop.view, epoch: 1)
            try await withThrowingTaskGroup { tasks in
                for _ in 1...50 { tasks.addTask { try await barrier.wait(for: 1) } }
                try await tasks.waitForAll()
            }
            #expect(log.attempts == 1)
        }
    }

    @Test func `is of one epoch, and is not passed for what was acknowledged in it`() async throws {
        try await Shop().open { shop in
            try await eventually("the show is seen") { shop.view.place.position == 1 }
            let barrier = DurabilityBarrier(shop.log, shop.view, epoch: 1)
            _ = await shop.log.raiseEpoch()
            await barrier.acknowledged(LogPosition(epoch: 2, position: 9))
            await #expect(throws: LogError.self) { try await barrier.wait(for: 1) }
            await barrier.acknowledged(LogPosition(epoch: 1, position: 1))
            try await barrier.wait(for: 1)
        }
    }
}

/// A log whose standby is away: what is read of it may be lost yet.
private final class UnreplicatedLog: EventLog {
    private let log: InMemoryEventLog
    let isAway = Mutex(true)
    private let attempted = Mutex(0)

    init(_ log: InMemoryEventLog) { self.log = log }

    var attempts: Int { attempted.withLock { $0 } }

    func barrier() async throws(LogError) -> LogPosition {
        attempted.withLock { $0 += 1 }
        guard !isAway.withLock({ $0 }) else { throw LogError(code: .unavailable, message: "the standby is away") }
        return await log.barrier()
    }

    func look(at positions: ClosedRange<Int64>) async -> LogLook { await log.look(at: positions) }
    func head() async -> LogPosition { await log.head() }
    func events(after position: Int64, limit: Int) async -> [RecordedEvent] {
        await log.events(after: position, limit: limit)
    }
    func events(of stream: StreamID, after version: Int64, limit: Int) async -> [RecordedEvent] {
        await log.events(of: stream, after: version, limit: limit)
    }
    func commands(_ ids: [CommandID]) async -> [RecordedCommand] { await log.commands(ids) }
    func epochs() async -> EpochHistory { await log.epochs() }
    func lastRecordedAt() async -> Timestamp { await log.lastRecordedAt() }
    func append(_ batch: AppendBatch) async throws(AppendFailure) -> AppendResult { try await log.append(batch) }
}
