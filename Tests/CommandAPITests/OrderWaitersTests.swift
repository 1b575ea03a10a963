import CommandAPI
import Contract
import Domain
import EventLog
import Following
import Logging
import Projection
import ServiceLifecycle
import Synchronization
import Testing

@Suite struct `Callers that wait for an order` {
    private let waiters = OrderWaiters(countMax: 3)
    private let order = OrderID("gig-order")

    private func event(_ event: ShowEvent, at position: Int64) -> [FollowedEvent] {
        [
            FollowedEvent(
                RecordedEvent(
                    position: position, stream: StreamID("gig"), streamVersion: position, event: EncodedEvent(event),
                    commandID: CommandID(high: 0, low: 0), recordedAt: .distantPast))
        ]
    }

    private var started: ShowEvent {
        .order(
            .started(
                PurchaseStarted(
                    orderID: order, holdID: HoldID("gig-hold"), userID: UserID("ada"), paymentMethod: "card", total: 5,
                    currency: "EUR", startedAt: .distantPast, expiresAt: .distantPast, extendsHold: false)))
    }

    private var failed: ShowEvent {
        .order(
            .failed(
                PurchaseFailed(
                    orderID: order, holdID: HoldID("gig-hold"), userID: UserID("ada"), reason: .declined("no"),
                    payment: .none,
                    failedAt: .distantPast)))
    }

    @Test func `hear of its end, all of them, also who comes later`() async {
        for _ in 1...3 { #expect(waiters.register(order)) }
        async let first = waiters.end(of: order, timeout: .seconds(60))
        async let second = waiters.end(of: order, timeout: .seconds(60))
        waiters.applied(event(started, at: 4))
        waiters.applied(event(failed, at: 5))
        #expect(await first?.failure == .declined("no"))
        #expect(await second?.position == 5)
        #expect(await waiters.end(of: order, timeout: .seconds(60))?.status == .failed)
    }

    @Test func `hear how far it got when their time is over`() async {
        #expect(waiters.register(order))
        #expect(await waiters.end(of: order, timeout: .zero) == nil)
        waiters.applied(event(started, at: 4))
        #expect(await waiters.end(of: order, timeout: .milliseconds(1))?.status == .pending)
    }

    @Test func `come back at once when they wait for no time at all`() async {
        for _ in 1...200 {
            #expect(waiters.register(order))
            #expect(await waiters.end(of: order, timeout: .zero) == nil)
            waiters.unregister(order)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `come back at once when their service is told to stop`() async throws {
        #expect(waiters.register(order))
        waiters.applied(event(started, at: 4))
        let waiting = Waiting(waiters: waiters, order: order)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [waiting], logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })))
        async let end: Void = group.run()
        for await _ in waiting.begins { break }
        await group.triggerGracefulShutdown()
        try await end
        #expect(waiting.seen.withLock { $0 }?.status == .pending)
    }

    private final class Waiting: Service {
        let waiters: OrderWaiters
        let order: OrderID
        let seen = Mutex<OrderRecord?>(nil)
        let begins: AsyncStream<Void>
        private let begin: AsyncStream<Void>.Continuation

        init(waiters: OrderWaiters, order: OrderID) {
            self.waiters = waiters
            self.order = order
            (begins, begin) = AsyncStream.makeStream()
        }

        func run() async throws {
            begin.yield()
            let record = await waiters.end(of: order, timeout: .seconds(400))
            seen.withLock { $0 = record }
            try await gracefulShutdown()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `come back at once when their task is cancelled, before they wait or after`() async {
        for _ in 1...200 {
            #expect(waiters.register(order))
            let waiting = Task { await waiters.end(of: order, timeout: .seconds(400)) }
            waiting.cancel()
            #expect(await waiting.value == nil)
            waiters.unregister(order)
        }
    }

    /// What a caller without a task was told, once.
    private final class Told: Sendable {
        private let all = Mutex<[OrderRecord?]>([])
        var records: [OrderRecord?] { all.withLock { $0 } }
        func tell(_ record: OrderRecord?) { all.withLock { $0.append(record) } }
    }

    @Test func `need no task, and are told once, of its end or of how far it got`() {
        #expect(waiters.register(order))
        let told = Told(), gone = Told(), late = Told()
        let waiter = waiters.waiter(for: order), impatient = waiters.waiter(for: order)
        #expect(waiters.wait(waiter, told: told.tell))
        #expect(waiters.wait(impatient, told: gone.tell))
        waiters.applied(event(started, at: 4))
        #expect(told.records.isEmpty)
        waiters.giveUp(impatient)
        waiters.giveUp(impatient)
        #expect(gone.records.map { $0?.status } == [.pending])
        waiters.applied(event(failed, at: 5))
        waiters.giveUp(waiter)
        #expect(told.records.map { $0?.status } == [.failed])
        #expect(!waiters.wait(waiters.waiter(for: order), told: late.tell))
        #expect(late.records.map { $0?.status } == [.failed])
        #expect(gone.records.count == 1)
    }

    @Test(.timeLimit(.minutes(5)))
    func `are let go, and whoever comes later, when they are stopped themselves`() async throws {
        #expect(waiters.register(order))
        waiters.applied(event(started, at: 4))
        let before = Told(), after = Told()
        #expect(waiters.wait(waiters.waiter(for: order), told: before.tell))
        let waiting = Waiting(waiters: waiters, order: order)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [waiting, waiters],
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })))
        async let end: Void = group.run()
        for await _ in waiting.begins { break }
        await group.triggerGracefulShutdown()
        try await end
        #expect(before.records.map { $0?.status } == [.pending])
        #expect(!waiters.wait(waiters.waiter(for: order), told: after.tell))
        #expect(after.records.map { $0?.status } == [.pending])
        #expect(await waiters.end(of: order, timeout: .seconds(400))?.status == .pending)
    }

    @Test func `are refused beyond the limit, until somebody goes`() {
        for _ in 1...3 { #expect(waiters.register(order)) }
        #expect(!waiters.register(OrderID("gig-other")))
        waiters.unregister(order)
        #expect(waiters.register(OrderID("gig-other")))
    }

    @Test func `need not wait for an order that nobody registered`() async {
        #expect(await waiters.end(of: order, timeout: .seconds(60)) == nil)
    }

    @Test func `know what a view had before they came, and fold in only what is newer`() async {
        #expect(waiters.register(order))
        guard case .order(.started(let started)) = started else { return }
        waiters.note(OrderRecord(started, show: ShowID("gig"), at: 4))
        waiters.applied(event(failed, at: 3))
        #expect(await waiters.end(of: order, timeout: .zero)?.status == .pending)
        waiters.applied(event(failed, at: 5))
        #expect(await waiters.end(of: order, timeout: .seconds(60))?.status == .failed)
    }
}
