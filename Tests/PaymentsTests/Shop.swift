import CommandAPI
import Domain
import EventLog
import Following
import Logging
import OpenPayments
import PaymentContract
import Payments
import Projection
import Sequencing
import ServiceLifecycle
import Synchronization
import Testing
import TestSupport

/// A shop in memory: a log, a sequencer, a view of the open payments, and as many payment processes as are started.
final class Shop: Sendable {
    static let showID = ShowID("gig")
    static let seats = 40
    private static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    let log = InMemoryEventLog()
    let provider = WatchedProvider()
    let view = View<OpenPayments>()
    let waiters = OrderWaiters()
    private let sequencer: Sequencer
    private let followers = Mutex<[PaymentProcess]>([])
    private let published: AsyncStream<Void>
    private let commandCount = Mutex(0)
    /// Nobody follows the log while this is so.
    let isBlind = Mutex(false)

    init() {
        let (published, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.published = published
        let clock = Clock()
        self.movable = clock
        sequencer = Sequencer(log: log, limits: .patient, logger: Self.quiet, now: { clock.now }) { _ in
            continuation.yield()
        }
        view.enter(epoch: 1)
    }

    private final class Clock: Sendable {
        private let time = Mutex(Timestamp(microseconds: 1_000_000))
        var now: Timestamp { time.withLock { $0 } }
        func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
    }

    private let movable: Clock

    func advance(seconds: Int64) { movable.advance(seconds: seconds) }

    // MARK: Running

    /// Runs the shop around `body`, with a show that is on sale.
    func open(regrants: Bool = false, _ body: @escaping @Sendable (Shop) async throws -> Void) async throws {
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [sequencer], logger: Self.quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            tasks.addTask { await self.follow() }
            try await self.createShow(regrants: regrants)
            try await body(self)
            await services.triggerGracefulShutdown()
            tasks.cancelAll()
            for try await _ in tasks {}
        }
    }

    private func follow() async {
        for await _ in published {
            guard !isBlind.withLock({ $0 }) else { continue }
            await followOn()
        }
    }

    func followOn() async {
        let events = await log.events(after: view.checkpoint, limit: .max).map(FollowedEvent.init)
        view.apply(events)
        waiters.applied(events)
        for process in followers.withLock({ $0 }) { process.applied(events, at: view.place) }
    }

    /// Runs one more payment process around `body`, and stops it as if it had lost its lease.
    func paying(
        limits: PaymentLimits = .brisk, by log: (any EventLog)? = nil,
        _ body: @escaping @Sendable (PaymentProcess) async throws -> Void
    ) async throws {
        let process = PaymentProcess(
            view: view, log: log ?? self.log, sequencer: sequencer, provider: provider, lease: Held(), limits: limits,
            logger: Self.quiet)
        followers.withLock { $0.append(process) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await process.run() }
            let outcome = await Result { () async throws in try await body(process) }
            tasks.cancelAll()
            // It ends when its calls have come back.
            await self.provider.letGo()
            try outcome.get()
        }
        followers.withLock { $0.removeAll { $0 === process } }
    }

    // MARK: Commands

    @discardableResult
    func submit(_ command: ShowCommand, by user: String = "ada") async throws -> RecordedAnswer {
        let number = commandCount.withLock { count in
            count += 1
            return count
        }
        let id = CommandID(high: 7, low: UInt64(number))
        let request = CommandRequest(
            id: id, principal: user, fingerprint: id.bytes + id.bytes, show: Self.showID, command: command)
        guard case .recorded(let answer, _) = await sequencer.submit(request) else { throw NotRecorded() }
        return answer
    }

    struct NotRecorded: Error {}

    /// Holds a seat and begins to pay for it.
    func order(seat: Int, card: String = "pm_card_visa", user: String = "ada") async throws -> OrderID {
        let (hold, token) = try await hold(seat: seat, user: user)
        return try await pay(hold, token, card: card, user: user)
    }

    func hold(seat: Int, user: String = "ada") async throws -> (HoldID, Int64) {
        let id = HoldID("\(Self.showID)-hold\(UInt64.random(in: 0 ... .max))")
        let answer = try await submit(
            .placeHold(
                PlaceHold(holdID: id, userID: UserID(user), selection: .named(seats: ["s\(seat)"], areas: []))),
            by: user)
        return (id, try #require(answer.events.last?.position))
    }

    func pay(_ hold: HoldID, _ token: Int64, card: String, user: String = "ada") async throws -> OrderID {
        let id = OrderID("\(Self.showID)-order\(UInt64.random(in: 0 ... .max))")
        #expect(waiters.register(id))
        let answer = try await submit(
            .startPurchase(
                StartPurchase(
                    orderID: id, holdID: hold, userID: UserID(user), fencingToken: token, paymentMethod: card)),
            by: user)
        #expect(answer.outcome == .accepted)
        return id
    }

    func end(of order: OrderID) async throws -> OrderRecord {
        try #require(await waiters.end(of: order, timeout: .seconds(60)))
    }

    func account(_ order: OrderID) async -> InMemoryPaymentProvider.Account? { await provider.books.accounts[order] }

    /// Waits until the view has all that is in the log now, and nothing of it is left to be settled.
    func settled() async throws {
        try await eventually("every payment is settled", within: .seconds(60)) {
            let head = await self.log.head().position
            return self.view.read { view, place in
                place.position >= head && view.orders.isEmpty && view.cancellations.isEmpty
            }
        }
    }

    private func createShow(regrants: Bool) async throws {
        let row = SeatingPlan.Row(
            number: "1", position: .zero,
            seats: (1...Self.seats).map {
                SeatingPlan.Seat(guid: "s\($0)", number: "\($0)", position: .zero, category: 0)
            })
        let plan = SeatingPlan(
            name: "plan", size: SeatingPlan.Size(width: 1, height: 1),
            categories: [SeatingPlan.Category(name: "A", color: "")],
            zones: [SeatingPlan.Zone(name: "zone", position: .zero, rows: [row], shapes: [])])
        try await submit(
            .create(
                ValidShow(
                    unchecked: ShowCreated(
                        showID: Self.showID, name: "A night", artist: "Somebody",
                        venue: Venue(name: "Hall", city: "Ghent"),
                        startsAt: Timestamp(microseconds: 1).adding(seconds: 100_000), onSaleAt: nil, currency: "EUR",
                        prices: ["A": 5_000], holdSeconds: 300, maxSeatsPerHold: 6, seatingPlan: plan, areas: [],
                        regrantsLatePayments: regrants, createdAt: .distantPast))))
    }
}

/// A lease that is held until its holder is stopped.
private struct Held: Lease {
    func whileHeld(_ body: @escaping @Sendable () async -> Void) async { await body() }
}

extension PaymentLimits {
    /// Short pauses, and patience with them.
    static var brisk: PaymentLimits {
        var limits = PaymentLimits()
        limits.retryMin = .milliseconds(2)
        limits.retryMax = .milliseconds(20)
        limits.attemptsMax = 1_000
        limits.buyerLookMin = .milliseconds(2)
        limits.buyerLookMax = .milliseconds(20)
        limits.changesLookInterval = .milliseconds(50)
        limits.disputesLookInterval = .milliseconds(50)
        return limits
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
