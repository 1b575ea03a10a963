import Domain
import EventLog
import Following
import Foundation
@testable import HTTPServer
import HTTPTypes
import Hummingbird
@testable import Identity
import Logging
import NIOCore
import NIOEmbedded
import OpenPayments
import Payments
import Projection
import Sequencing
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
@testable import CommandAPI
@testable import WebAPI

/// The command routes of one node, on a log in memory. Time stands still until a test moves it.
struct CommandNode: Sendable {
    let log = InMemoryEventLog()
    let clock = Clock()
    static let webhookSecret = "whsec_test"
    let follower: Follower
    let history: History
    private let hints = Hints()
    private let sequencer: Sequencer
    private let responder: APIResponder<RouterResponder<APIContext>>
    private let keys = Numbers()
    let admissions = AdmissionTokens(SigningKey())

    /// The wall clock of the node.
    final class Clock: Sendable {
        private let time = Mutex(Timestamp(microseconds: 2_000_000_000_000_000))
        var now: Timestamp { time.withLock { $0 } }
        func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
    }

    /// Numbers that nobody got before.
    final class Numbers: Sendable {
        private let last = Mutex(UInt64(0))
        func next() -> UInt64 {
            last.withLock {
                $0 += 1; return $0
            }
        }
    }

    /// The orders that the payment process was asked to look at.
    private final class Hints: Sendable {
        private let orders = Mutex<[OrderID]>([])
        func add(_ order: OrderID) { orders.withLock { $0.append(order) } }
        var all: [OrderID] { orders.withLock { $0 } }
    }

    var hinted: [OrderID] { hints.all }

    /// What the node's replica does: it keeps the view of open payments, and tells the orders' waiters.
    final class Follower: Sendable {
        let view = View<OpenPayments>()
        let waiters: OrderWaiters
        private let log: InMemoryEventLog
        private let starts: AsyncStream<OrderID>
        private let start: AsyncStream<OrderID>.Continuation
        private let stands = Mutex(false)

        init(_ log: InMemoryEventLog, waitersMax: Int) {
            self.log = log
            waiters = OrderWaiters(countMax: waitersMax)
            (starts, start) = AsyncStream.makeStream()
            view.enter(epoch: 1)
        }

        /// It hears of nothing any more, until it goes on.
        func stand() { stands.withLock { $0 = true } }

        func goOn() async {
            stands.withLock { $0 = false }
            await follow()
        }

        func follow() async {
            guard !stands.withLock({ $0 }) else { return }
            let events = await log.events(after: view.checkpoint, limit: .max).map(FollowedEvent.init)
            view.apply(events)
            waiters.applied(events)
            for followed in events {
                guard case .success(let event as ShowEvent) = followed.event else { continue }
                if case .order(.started(let started)) = event { start.yield(started.orderID) }
            }
        }

        /// The next order that somebody began to pay for.
        func nextOrder() async throws -> OrderID {
            for await order in starts { return order }
            throw Violation()
        }

        func known(_ order: OrderID) -> OrderRecord? { view.read { view, _ in view.orders[order] } }
    }

    /// The stored orders, which are up to date or away.
    final class History: Sendable {
        let log: InMemoryEventLog
        private let isAway = Mutex(false)
        private let asked = Mutex<[Duration]>([])

        init(_ log: InMemoryEventLog) { self.log = log }

        func goAway() { isAway.withLock { $0 = true } }
        func comeBack() { isAway.withLock { $0 = false } }
        /// How long each look-up was ready to wait.
        var patience: [Duration] { asked.withLock { $0 } }

        func order(_ id: OrderID, timeout: Duration) async -> OrderRecord? {
            asked.withLock { $0.append(timeout) }
            guard !isAway.withLock({ $0 }) else { return nil }
            var record: OrderRecord?
            for followed in await log.events(after: 0, limit: .max).map(FollowedEvent.init) {
                guard case .success(let event as ShowEvent) = followed.event, OrderRecord.ids(in: event).contains(id)
                else {
                    continue
                }
                if case .order(.started(let started)) = event {
                    record = OrderRecord(started, show: followed.context.show, at: followed.context.position)
                } else {
                    record?.apply(event, at: followed.context.position)
                }
            }
            return record
        }
    }

    /// - Parameter readsCodes: a node without a key to check codes with has no call to scan.
    private init(readsCodes: Bool, waitersMax: Int) {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let follower = Follower(log, waitersMax: waitersMax)
        self.follower = follower
        let history = History(log)
        self.history = history
        sequencer = Sequencer(log: log, limits: .patient, logger: logger, now: { [clock] in clock.now }) { _ in
            waiting { await follower.follow() }
        }
        let router = Router(context: APIContext.self)
        // A code is `ticket id/generation`, or `ticket id/generation/show`; everything else is not signed.
        let reader: CommandRoutes.TicketCodeReader = { code in
            let parts = code.split(separator: "/")
            guard (2...3).contains(parts.count), let generation = Int(parts[1]) else { return nil }
            let ticketID = TicketID(String(parts[0]))
            guard let show = parts.count > 2 ? ShowID(String(parts[2])) : ticketID.order?.show else { return nil }
            return TicketCodes.Claim(ticketID: ticketID, generation: generation, show: show)
        }
        let callers = router.group("api/v1").add(middleware: Everybody())
        CommandRoutes(
            sequencer: sequencer, log: log, limits: ServerLimits(), canCharge: StripeProvider.canCharge,
            readTicketCode: readsCodes ? reader : nil,
            readAdmission: { [admissions] in admissions.admission($0) }
        ).add(to: callers)
        QueueRoutes(
            sequencer: sequencer, log: log, limits: ServerLimits(), admissions: admissions,
            secrets: RoomSecrets(SigningKey())
        ).add(to: callers)
        OrderRoutes(
            sequencer: sequencer, view: follower.view, waiters: follower.waiters, limits: ServerLimits(),
            openSecret: { String(decoding: $0, as: UTF8.self) }
        ) { id, _, _, timeout in await history.order(id, timeout: timeout) }.add(to: callers)
        WebhookRoutes(
            limits: ServerLimits(),
            read: { [clock] header, body in
                guard let signature = WebhookSignature(header: header),
                    signature.verifies(
                        body, with: Secret(Self.webhookSecret), now: clock.now.microseconds / 1_000_000)
                else { return .forged }
                return WebhookEvent(body: body).map { .event($0.orderID) } ?? .unreadable
            }, hint: { [hints] in hints.add($0) }
        ).add(to: router.group("api/v1"))
        responder = APIResponder(router)
    }

    static func run(
        readsCodes: Bool = true, waitersMax: Int = 100, _ body: @escaping @Sendable (CommandNode) async throws -> Void
    ) async throws {
        let node = CommandNode(readsCodes: readsCodes, waitersMax: waitersMax)
        let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [node.sequencer], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                try await body(node)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Callers are who they say they are: `ann`, or with a role `eve:admin`, or with a door
    /// `eve:scanner:show,show:gate:area,area`.
    private struct Everybody: RouterMiddleware {
        func handle(
            _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
        ) async throws -> Response {
            var context = context
            if let caller = request.headers[.authorization]?.split(separator: ":", omittingEmptySubsequences: false) {
                let areas = caller.count > 4 ? Set(caller[4].split(separator: ",").map(String.init)) : nil
                let gate = caller.count > 3 && !caller[3].isEmpty ? String(caller[3]) : nil
                let shows = caller.count > 2 ? caller[2].split(separator: ",").map { ShowID(String($0)) } : []
                context.principal = Principal(
                    userID: UserID(String(caller[0])),
                    role: caller.count > 1 ? Principal.Role(rawValue: String(caller[1])) ?? .user : .user,
                    door: shows.isEmpty ? nil : DoorScope(shows: Set(shows), gate: gate, areas: areas))
            }
            return try await Authorization().handle(request, context: context, next: next)
        }
    }

    // MARK: Asking

    /// - Parameters:
    ///   - key: nil: a new one.
    ///   - wait: seconds; nil: it does not say.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, by caller: String?, _ body: String = "", key: String? = nil,
        wait: Int? = nil, admission: String? = nil, type: String? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [.idempotencyKey: key ?? "key-\(keys.next())"]
        headers[.authorization] = caller
        headers[.admission] = admission
        headers[.contentType] = type
        if let wait { headers[.prefer] = "wait=\(wait)" }
        return try await answer(method, path, headers, body)
    }

    private func answer(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields, _ body: String
    ) async throws -> Answer {
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "node", path: "/api/v1\(path)", headerFields: headers),
            body: RequestBody(buffer: ByteBuffer(string: body)))
        // The framework reads the request's id back from its logger, so this one must keep it.
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        quiet[metadataKey: "hb.request.id"] = "1"
        let context = APIContext(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: quiet))
        return try await Answer(try await responder.respond(to: request, context: context))
    }

    func post(_ path: String, by caller: String?, _ body: String = "", key: String? = nil) async throws -> Answer {
        try await ask(.post, path, by: caller, body, key: key)
    }

    func webhook(_ body: String, signature: String?) async throws -> Answer {
        let name = try #require(HTTPField.Name("Stripe-Signature"))
        return try await answer(.post, "/payments/webhook", signature.map { [name: $0] } ?? [:], body)
    }

    // MARK: What the payment process does

    /// Submits what no route does.
    @discardableResult
    func submit(_ command: ShowCommand, on show: ShowID) async throws -> RecordedAnswer {
        try await submit(command, on: StreamID(show))
    }

    @discardableResult
    func submit(_ command: any DomainCommand, on stream: StreamID) async throws -> RecordedAnswer {
        let number = keys.next()
        let answer = await sequencer.submit(
            CommandRequest(
                id: CommandID(high: number, low: 1), principal: "payments",
                fingerprint: CommandID(high: number, low: 1).bytes,
                stream: stream, command: command))
        guard case .recorded(let recorded, _) = answer else {
            Issue.record("\(command): \(answer)")
            throw Violation()
        }
        return recorded
    }

    struct Violation: Error {}

    /// A show of ten seats, s1 to s10 at 50.00, and a floor at 0.00 for a hundred.
    func show() async throws -> ShowID {
        let seats = (1...10).map { "{\"seat_guid\":\"s\($0)\",\"category\":\"A\"}" }.joined(separator: ",")
        let answer = try await post(
            "/shows", by: "root:admin",
            """
            {"name":"Night","artist":"Band","venue":{"name":"Hall","city":"Gent"},"startsAt":"2040-01-01T20:00:00Z",
            "currency":"EUR","prices":{"A":5000,"B":0},"maxSeatsPerUser":1000000,"seatingPlan":{"name":"Plan","categories":[{"name":"A"}],
            "zones":[{"rows":[{"seats":[\(seats)]}]}]},
            "areas":[{"areaId":"floor","name":"Floor","capacity":100,"category":"B"}]}
            """)
        return ShowID(try #require(answer.text("showId")))
    }

    /// A user's hold, and how they would pay for it.
    struct Basket: Sendable {
        var user: String
        var hold: String
        var fencingToken: Int
        var key: String
    }

    func basket(_ show: ShowID, by user: String, _ wanted: String) async throws -> Basket {
        let held = try await post("/shows/\(show)/holds", by: user, wanted)
        return Basket(
            user: user, hold: try #require(held.text("holdId"), "\(held.body)"),
            fencingToken: try #require(held.number("fencingToken")), key: "order-\(keys.next())")
    }

    /// Pays for a hold. Another time it is the same command again.
    func buy(_ basket: Basket, wait: Int? = nil) async throws -> Answer {
        try await ask(
            .post, "/orders", by: basket.user,
            #"{"holdId":"\#(basket.hold)","fencingToken":\#(basket.fencingToken),"paymentMethod":"pm_card"}"#,
            key: basket.key, wait: wait)
    }

    /// Begins to pay for places, as `POST /orders` does.
    func startOrder(_ show: ShowID, by user: String, _ wanted: String) async throws -> OrderID {
        let held = try await post("/shows/\(show)/holds", by: user, wanted)
        let hold = HoldID(try #require(held.text("holdId"), "\(held.body)"))
        let order = OrderID("\(show)-o\(keys.next())")
        let started = try await submit(
            .startPurchase(
                StartPurchase(
                    orderID: order, holdID: hold, userID: UserID(user),
                    fencingToken: Int64(try #require(held.number("fencingToken"))), paymentMethod: "pm_card")), on: show
        )
        #expect(started.outcome == .accepted)
        return order
    }

    /// An order that is paid.
    func order(_ show: ShowID, by user: String, _ wanted: String) async throws -> OrderID {
        let order = try await startOrder(show, by: user, wanted)
        try await submit(.payment(.authorized("pay-\(order)"), of: order), on: show)
        try await submit(.payment(.captured, of: order), on: show)
        return order
    }

    var eventCount: Int64 { get async { await log.head().position } }
}

/// What a caller got.
struct Answer: Sendable {
    var status: Int
    var headers: HTTPFields
    var body: String

    init(_ response: Response) async throws {
        status = response.status.code
        headers = response.headers
        let collected = Collected()
        try await response.body.write(Collector(collected: collected))
        body = await collected.text
    }

    private func member(_ name: String) -> Any? {
        do {
            return (try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])?[name]
        } catch {
            return nil
        }
    }

    func text(_ name: String) -> String? { member(name) as? String }
    func number(_ name: String) -> Int? { member(name) as? Int }
    func texts(_ name: String) -> [String]? { member(name) as? [String] }
    func has(_ name: String) -> Bool { member(name) != nil }

    /// Status, code and outcome of a problem, in a line.
    var problem: String {
        "\(status) \(text("code") ?? "-") \(text("outcome") ?? "-")" + (text("reason").map { " \($0)" } ?? "")
    }
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
