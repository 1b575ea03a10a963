import Admission
import Domain
import EventLog
import Following
import Inlets
import Logging
import Projection
import Sequencing
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

/// A show with a waiting room, in memory: a log, a sequencer, a view, and as many admission processes as are started. Time
/// stands still until a test moves it.
final class BoxOffice: Sendable {
    static let show = ShowID("gig")
    static let opensAt = Timestamp(microseconds: 2_000_000_000_000_000)
    static let seed = [UInt8](repeating: 7, count: 32)
    private static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    let log = InMemoryEventLog()
    let view = View<Inlets>()
    let clock = Clock()
    private let sequencer: Sequencer
    private let processes = Mutex<[AdmissionProcess]>([])
    private let published: AsyncStream<Void>
    private let commandCount = Mutex(0)

    final class Clock: Sendable {
        private let time = Mutex(BoxOffice.opensAt)
        var now: Timestamp { time.withLock { $0 } }
        func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
    }

    init() {
        let (published, publish) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.published = published
        sequencer = Sequencer(log: log, limits: .patient, logger: Self.quiet, now: { [clock] in clock.now }) { _ in
            publish.yield()
        }
        view.enter(epoch: 1)
    }

    // MARK: Running

    /// Runs the box office around `body`, with a show of a hundred seats.
    static func open(_ body: @escaping @Sendable (BoxOffice) async throws -> Void) async throws {
        let office = BoxOffice()
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [office.sequencer], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            tasks.addTask { for await _ in office.published { await office.follow() } }
            let outcome = await Result { () async throws in
                try await office.createShow()
                try await body(office)
            }
            await services.triggerGracefulShutdown()
            tasks.cancelAll()
            for try await _ in tasks {}
            try outcome.get()
        }
    }

    private func follow() async {
        let events = await log.events(after: view.checkpoint, limit: .max).map(FollowedEvent.init)
        view.apply(events)
        for process in processes.withLock({ $0 }) { process.applied(events, at: view.place) }
    }

    /// Runs one more admission process around `body`, and stops it as if its node had died.
    func admitting(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let process = AdmissionProcess(
            view: view, log: log, sequencer: sequencer, lease: Held(), seed: { _ in Self.seed },
            now: { [clock] in clock.now }, logger: Self.quiet)
        processes.withLock { $0.append(process) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await process.run() }
            let outcome = await Result { () async throws in try await body() }
            tasks.cancelAll()
            try outcome.get()
        }
        processes.withLock { $0.removeAll { $0 === process } }
    }

    // MARK: Commands

    @discardableResult
    func submit(_ command: any DomainCommand, on stream: StreamID) async throws -> RecordedAnswer {
        let number = commandCount.withLock { count in
            count += 1
            return count
        }
        let id = CommandID(high: 7, low: UInt64(number))
        let request = CommandRequest(
            id: id, principal: "somebody", fingerprint: id.bytes + id.bytes, stream: stream, command: command)
        guard case .recorded(let answer, _) = await sequencer.submit(request) else { throw NotRecorded() }
        return answer
    }

    struct NotRecorded: Error {}

    @discardableResult
    func room(_ command: RoomCommand) async throws -> RecordedAnswer {
        let answer = try await submit(command, on: Self.show.roomStream)
        #expect(answer.outcome == .accepted, "\(command)")
        return answer
    }

    func configure(_ settings: RoomSettings) async throws {
        try await room(
            .configure(
                try ValidRoomSettings(settings), showID: Self.show, instanceCommitment: Draw.sha256(Self.seed)))
    }

    static func entry(_ name: String) -> EntryID { EntryID("\(show)-\(name)") }

    func join(_ names: String...) async throws {
        for name in names { try await room(.join(Self.entry(name), UserID(name))) }
    }

    /// Places a hold with an admission, and returns what the show says to it.
    func hold(_ seat: Int, by name: String) async throws -> RecordedAnswer {
        // The view may be a moment behind the log.
        try await eventually("\(name) is admitted") { self.admission(of: name) != nil }
        return try await hold(seat, by: name, with: try #require(self.admission(of: name)))
    }

    func hold(_ seat: Int, by name: String, with admission: Inlet.Admission) async throws -> RecordedAnswer {
        let command = ShowCommand.placeHold(
            PlaceHold(
                holdID: HoldID("\(Self.show)-hold\(seat)"), userID: UserID(name),
                selection: .named(seats: ["s\(seat)"], areas: []),
                admission: Admission(
                    entryID: Self.entry(name), userID: UserID(name), claimUntil: admission.claimUntil,
                    sessionUntil: admission.sessionUntil)))
        return try await submit(command, on: StreamID(Self.show))
    }

    func admission(of name: String) -> Inlet.Admission? {
        view.read { view, _ in view.rooms[Self.show]?.inlet.admissions[Self.entry(name)] }
    }

    /// Waits until the process has done what is due.
    func settled() async throws {
        try await eventually("nothing is due") {
            let head = await self.log.head().position
            let now = self.clock.now
            return self.view.read { view, place in
                place.position == head && view.steps(of: Self.show, at: now, limit: 1).isEmpty
            }
        }
    }

    func buy(_ seat: Int, by name: String) async throws {
        let held = try await hold(seat, by: name)
        #expect(held.outcome == .accepted)
        try await pay(seat, held, by: name)
    }

    /// Orders what was held.
    func pay(_ seat: Int, _ held: RecordedAnswer, by name: String) async throws {
        let order = OrderID("\(Self.show)-order\(seat)")
        try await submit(
            ShowCommand.startPurchase(
                StartPurchase(
                    orderID: order, holdID: HoldID("\(Self.show)-hold\(seat)"), userID: UserID(name),
                    fencingToken: try #require(held.events.last?.position), paymentMethod: "card")),
            on: StreamID(Self.show))
        try await submit(ShowCommand.payment(.authorized("pay-\(seat)"), of: order), on: StreamID(Self.show))
    }

    /// Whose admission the view has, by name.
    var admittedNow: [String] {
        view.read { view, _ in
            (view.rooms[Self.show]?.inlet.admissions.keys ?? [:].keys).sorted().map {
                String($0.rawValue.dropFirst(Self.show.rawValue.utf8.count + 1))
            }
        }
    }

    // MARK: What is on record

    var events: [any DomainEvent] {
        get async throws {
            try await log.events(after: 0, limit: .max).map(FollowedEvent.init).map { try $0.event.get() }
        }
    }

    var roomEvents: [RoomEvent] { get async throws { try await events.compactMap { $0 as? RoomEvent } } }

    /// Who was admitted, in order.
    var admitted: [String] {
        get async throws {
            try await roomEvents.flatMap { event -> [String] in
                if case .admitted(let admitted) = event { admitted.entries.map(\.userID.rawValue) } else { [] }
            }
        }
    }

    /// How the entries ended, by person.
    var ended: [String: EntriesEnded.How] {
        get async throws {
            try await roomEvents.reduce(into: [:]) { ended, event in
                guard case .ended(let event) = event else { return }
                for entry in event.entries { ended[entry.userID.rawValue] = event.how }
            }
        }
    }

    func eventuallyAdmitted(_ names: [String]) async throws {
        try await eventually("\(names) are admitted") { try await self.admitted == names }
    }

    private func createShow() async throws {
        let row = SeatingPlan.Row(
            number: "1", position: .zero,
            seats: (1...100).map { SeatingPlan.Seat(guid: "s\($0)", number: "\($0)", position: .zero, category: 0) })
        let plan = SeatingPlan(
            name: "plan", size: SeatingPlan.Size(width: 1, height: 1),
            categories: [SeatingPlan.Category(name: "A", color: "")],
            zones: [SeatingPlan.Zone(name: "zone", position: .zero, rows: [row], shapes: [])])
        try await submit(
            ShowCommand.create(
                ValidShow(
                    unchecked: ShowCreated(
                        showID: Self.show, name: "A night", artist: "Somebody",
                        venue: Venue(name: "Hall", city: "Ghent"), startsAt: Self.opensAt.adding(seconds: 1_000_000),
                        onSaleAt: nil, currency: "EUR", prices: ["A": 5_000], holdSeconds: 300, maxSeatsPerHold: 6,
                        seatingPlan: plan, areas: [], createdAt: .distantPast))), on: StreamID(Self.show))
    }
}

/// A lease that is held until its holder is stopped.
private struct Held: Lease {
    func whileHeld(_ body: @escaping @Sendable () async -> Void) async { await body() }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
