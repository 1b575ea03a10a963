import Availability
import CommandAPI
import Contract
import Domain
import EventLog
import Following
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import MyHolds
import NIOCore
import NIOEmbedded
import OpenPayments
import Organisations
import Projection
import Sales
import Synchronization
import Venues
import WaitingLines
import Waitlists

@testable import HTTPServer
@testable import Identity
@testable import QueryAPI
@testable import WebAPI

/// The query routes of one node, on a log in memory. Its views are moved by hand: where the replica is, and in which
/// epoch, is the test's to say.
struct QueryNode {
    let log: InMemoryEventLog
    let availability = View<Availability>(waitersMax: 100)
    let holds = View<MyHolds>()
    let payments = View<OpenPayments>()
    let venues = View<Venues>()
    let lines = View<WaitingLines>()
    let waitlists = View<Waitlists>()
    let sales = View<Sales>()
    let organisations = View<Organisations>()
    let signals: ShowSignals
    let ownStreams: OwnStreams
    /// Where the replica says that it stands: it has caught up, and knows nothing of the log's head.
    let status = Settable(Replica.Status(hasCaughtUp: true))
    /// The time of day at the node: before the samples' holds end.
    let clock = Settable(Timestamp(microseconds: 1))
    private let responder: APIResponder<RouterResponder<APIContext>>

    /// - Parameter log: what the node asks when it wants to know for certain.
    /// - Parameter past: nil: the node reads no past.
    init(
        log: InMemoryEventLog, streamsMax: Int = 10, past: ShowHistory.Limits? = nil,
        ownStreams limits: OwnStreams.Limits = OwnStreams.Limits()
    ) {
        self.log = log
        ownStreams = OwnStreams(limits: limits)
        signals = ShowSignals(countMax: streamsMax)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        quiet[metadataKey: "hb.request.id"] = "1"
        let fresh = FreshRead(log: log) { [status] in status.value }
        let router = Router(context: APIContext.self)
        let group = router.group("api/v1").add(middleware: Everybody())
        var history: ShowHistory?
        if let past { history = ShowHistory(log: log, limits: past) { [clock] in clock.value } }
        ShowRoutes(
            view: availability, fresh: fresh, signals: signals, history: history, now: { [clock] in clock.value }
        ).add(to: group)
        HoldRoutes(view: holds, fresh: fresh) { [clock] in clock.value }.add(to: group)
        OwnStreamRoutes(
            holds: holds, lines: lines, waitlists: waitlists, fresh: fresh, streams: ownStreams,
            readCookie: { _ in nil }, makeToken: Self.token
        ) { [clock] in clock.value }.add(to: group)
        let queue = QueueRoutes(view: lines, shows: availability, fresh: fresh, makeToken: Self.token) { [clock] in
            clock.value
        }
        queue.addPublic(to: group)
        queue.addOwn(to: group)
        VenueRoutes(view: venues, fresh: fresh).add(to: group)
        WaitlistRoutes(view: waitlists, fresh: fresh).add(to: group)
        ParkedPaymentRoutes(view: payments, fresh: fresh).add(to: group)
        AllocationRoutes(view: availability, fresh: fresh).add(to: group)
        ExportRoutes(log: log, fresh: fresh).add(to: group)
        SalesReportRoutes(view: sales, organisations: organisations, fresh: fresh).add(to: group)
        FeedRoutes(log: log, follower: availability, fresh: fresh, owners: ShowOwners(log: log), logger: quiet)
            .add(to: group)
        responder = APIResponder(router)
    }

    /// Callers are who they say they are: `ann`, or with a role `root:admin`, or with one in an organisation
    /// `ann:organiser:acme`.
    private struct Everybody: RouterMiddleware {
        func handle(
            _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
        ) async throws -> Response {
            var context = context
            let caller = (request.headers[.authorization] ?? "ann").split(separator: ":")
            context.principal = Principal(
                userID: UserID(String(caller[0])),
                role: caller.count > 1 ? Principal.Role(rawValue: String(caller[1])) ?? .user : .user,
                of: caller.count > 2 ? OrganisationID(String(caller[2])) : nil)
            return try await Authorization().handle(request, context: context, next: next)
        }
    }

    /// What an admission's token says, for all to read.
    static func token(_ admission: Admission) -> String {
        "\(admission.entryID) of \(admission.userID) \(admission.claimUntil == nil ? "claimed" : "unclaimed")"
    }

    var views: [any FollowingView] { [availability, holds, payments, venues, lines, waitlists, sales, organisations] }

    func enter(epoch: Int64) { for view in views { view.enter(epoch: epoch) } }
    func reset(epoch: Int64) { for view in views { view.reset(epoch: epoch) } }

    /// Applies what the log has up to a sequence number, and tells the streams.
    func apply(upTo position: Int64) async {
        let events = await log.events(after: 0, limit: Int(position)).map(FollowedEvent.init)
        let before = availability.checkpoint
        for view in views { view.apply(events) }
        signals.applied(events, at: availability.place)
        ownStreams.applied(events.filter { $0.context.position > before }, at: availability.place)
    }

    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> Response {
        let request = Request(
            head: HTTPRequest(
                method: .get, scheme: "http", authority: "node", path: "/api/v1\(path)", headerFields: headers),
            body: RequestBody(buffer: ByteBuffer()))
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        quiet[metadataKey: "hb.request.id"] = "1"
        let context = APIContext(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: quiet))
        return try await responder.respond(to: request, context: context)
    }
}

/// What a test sets, and a node reads.
final class Settable<Value: Sendable>: Sendable {
    private let current: Mutex<Value>

    init(_ value: Value) { current = Mutex(value) }

    var value: Value { current.withLock { $0 } }

    func set(_ value: Value) { current.withLock { $0 = value } }
}

extension Response {
    func text() async throws -> String {
        let collected = Collected()
        try await body.write(Collector(collected: collected))
        return await collected.text
    }

    /// The `code` of a problem.
    func code() async throws -> String {
        let text = try await text()
        guard let start = text.range(of: "\"code\":\"") else { return text }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }

    var token: LogPosition? { headers[.sequence].flatMap { LogPosition($0) } }
    var cookies: [String] { headers[values: .setCookie] }
}

private actor Collected {
    var text = ""
    func add(_ buffer: ByteBuffer) { text += String(buffer: buffer) }
}

private struct Collector: ResponseBodyWriter {
    let collected: Collected
    mutating func write(_ buffer: ByteBuffer) async throws { await collected.add(buffer) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

extension HTTPFields {
    static func seen(_ token: String, wait: Int? = nil) -> HTTPFields {
        var fields: HTTPFields = [.lastSeenSequence: token]
        if let wait { fields[.prefer] = "wait=\(wait)" }
        return fields
    }

    static func cookie(_ token: String, wait: Int? = nil) -> HTTPFields {
        var fields: HTTPFields = [.cookie: "theme=dark; Last-Seen-Sequence=\(token)"]
        if let wait { fields[.prefer] = "wait=\(wait)" }
        return fields
    }

    /// Waits for nothing.
    static let now: HTTPFields = [.prefer: "wait=0"]
}

extension InMemoryEventLog {
    /// A log of one show, `show`, with one row of so many seats; then holds of one seat each by `ann`, and after every
    /// hold of an odd seat its release.
    static func sample(seats: Int = 40, holds: Int = 20) async throws -> InMemoryEventLog {
        let log = InMemoryEventLog()
        try await log.append([.created(.sample(seats: seats))])
        for seat in 0..<holds {
            try await log.append([.placed(seat)])
            if seat % 2 == 1 { try await log.append([.released(seat)]) }
        }
        return log
    }

    func append(_ events: [ShowEvent]) async throws {
        let head = head()
        _ = try await append(
            AppendBatch(
                epoch: head.epoch,
                streams: [
                    StreamAppend(
                        stream: StreamID("show"), expectedVersion: head.position,
                        commands: [
                            DecidedCommand(
                                id: CommandID(high: UInt64(head.epoch), low: UInt64(head.position) + 1),
                                principal: "ann",
                                fingerprint: [], outcome: [], events: events.map(EncodedEvent.init))
                        ])
                ]))
    }

    /// What is left of this log after a failover that lost everything after a sequence number.
    func failedOver(keeping position: Int64) async throws -> InMemoryEventLog {
        let next = InMemoryEventLog()
        for event in events(after: 0, limit: Int(position)) { try await next.append([try event.event.decoded()]) }
        await next.raiseEpoch()
        return next
    }
}

extension ShowCreated {
    static func sample(seats: Int) -> ShowCreated {
        ShowCreated(
            showID: ShowID("show"), name: "A night", artist: "Somebody", venue: Venue(name: "Hall", city: "Gent"),
            startsAt: Timestamp(microseconds: 1).adding(seconds: 1_000_000), onSaleAt: nil, currency: "EUR",
            prices: ["A": 1], holdSeconds: 60,
            maxSeatsPerHold: 6,
            seatingPlan: SeatingPlan(
                name: "plan", size: SeatingPlan.Size(width: 1, height: 1),
                categories: [SeatingPlan.Category(name: "A", color: "")],
                zones: [
                    SeatingPlan.Zone(
                        name: "", position: .zero,
                        rows: [
                            SeatingPlan.Row(
                                number: "1", position: .zero,
                                seats: (0..<seats).map {
                                    SeatingPlan.Seat(guid: "s\($0)", number: "\($0)", position: .zero, category: 0)
                                })
                        ], shapes: [])
                ]), areas: [Area(areaID: AreaID("floor"), name: "Floor", capacity: 9, category: "A")],
            createdAt: Timestamp(microseconds: 0))
    }
}

extension ShowEvent {
    static func placed(_ seat: Int, areas: Int = 0) -> ShowEvent {
        .hold(
            .placed(
                HoldPlaced(
                    holdID: HoldID("hold-\(seat)"), userID: UserID("ann"),
                    seats: [HeldSeat(index: seat, guid: "s\(seat)")],
                    areas: areas == 0 ? [] : [AreaQuantity(areaID: AreaID("floor"), quantity: areas)], total: 1,
                    currency: "EUR",
                    placedAt: Timestamp(microseconds: 1), expiresAt: Timestamp(microseconds: 2))))
    }

    static func released(_ seat: Int) -> ShowEvent {
        .hold(
            .released(
                HoldEnded(
                    holdID: HoldID("hold-\(seat)"), userID: UserID("ann"), seatIndexes: [seat], areas: [],
                    endedAt: Timestamp(microseconds: 1))))
    }
}
