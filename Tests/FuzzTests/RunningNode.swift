import Availability
import CommandAPI
import Domain
import EventLog
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import MyHolds
import Following
import OpenPayments
import Projection
import QueryAPI
import RateLimits
import Sequencing
import ServiceLifecycle
import TestSupport
import Testing
import Traces
import WaitingLines

@testable import HTTPServer
@testable import Identity
@testable import Prometheus
@testable import WebAPI

/// A node with every route on a log in memory, on a free port of the loopback, and a show to ask for.
struct RunningNode: Sendable {
    let port: Int
    let lanes: FastLanes
    let waiters: OrderWaiters
    private var show = ""
    /// A show whose holds need an admission.
    private var room = ""
    private var hold = ""
    /// Holds to be paid for; the last costs nothing.
    private var baskets: [(hold: String, token: Int)] = []

    private static let admissions = AdmissionTokens(SigningKey())

    /// How long an answer may take: far more than any does, and less than what counts as a hang.
    private static let answerSeconds = 120

    /// - Parameters:
    ///   - hasLanes: whether frequent commands take the fast lane.
    ///   - ordersMax: callers that may wait for orders at once.
    ///   - rules: how many requests callers may make, all at the same moment; nil: any number.
    static func run(
        hasLanes: Bool = true, ordersMax: Int = 100, rules: RateRules? = nil,
        _ body: (RunningNode) async throws -> Void
    ) async throws {
        var logger = Logger(label: "fuzz")
        logger.logLevel = .critical
        let log = InMemoryEventLog()
        let availability = View<Availability>()
        let holds = View<MyHolds>()
        let payments = View<OpenPayments>()
        let lines = View<WaitingLines>()
        let waiters = OrderWaiters(countMax: ordersMax)
        let cashier = Cashier()
        let signals = ShowSignals()
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-fuzz-\(UUID().uuidString)").path
        defer { removeIfThere(folder) }
        let replica = Replica(
            views: [availability, holds, payments, lines], reader: log,
            snapshots: SnapshotStore(directory: folder, logger: logger), logger: logger,
            listeners: [signals, waiters, cashier])
        // Whatever is traced gets the same answers.
        let traces = SpanRecorder(TraceSampler(rate: 0.5, callersPerSecond: 1_000))
        let sequencer = Sequencer(
            log: log, limits: .patient, traces: traces, logger: logger,
            now: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000) }
        ) {
            batch in
            replica.receive(batch)
            // So that whoever asks next for what it was answered with does not have to wait.
            let token = LogPosition(epoch: batch.epoch, position: batch.head)
            waiting {
                for view in [availability, holds, payments, lines] as [any FollowingView] {
                    _ = await view.wait(for: token, timeout: .seconds(60))
                }
            }
        }

        let authenticator = try Caller.authenticator()
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        HealthRoutes(replica: replica, sinks: replica.views).add(to: router, for: .operators)
        try OpenAPIRoute().add(to: router)
        let open = router.group("api/v1").add(middleware: Authentication(authenticator, requiresToken: false))
        let closed = router.group("api/v1").add(middleware: Authentication(authenticator))
        let fresh = FreshRead(replica: replica, log: log)
        ProjectionRoutes(replica: replica).add(to: closed)
        // A code is the ticket's id.
        let readTicketCode: CommandRoutes.TicketCodeReader = { code in
            TicketID(checking: code).flatMap { ticket in
                ticket.order?.show.map { TicketCodes.Claim(ticketID: ticket, generation: 1, show: $0) }
            }
        }
        CommandRoutes(
            sequencer: sequencer, log: log, limits: ServerLimits(), canCharge: { _, _ in true },
            readTicketCode: readTicketCode, readAdmission: Self.admissions.admission(_:)
        ).add(to: closed)
        let orderRoutes = OrderRoutes(
            sequencer: sequencer, view: payments, waiters: waiters, limits: ServerLimits(),
            openSecret: { String(decoding: $0, as: UTF8.self) }
        ) { id, _, _, _ in OrderRecord(of: id, in: await log.events(after: 0, limit: .max)) }
        orderRoutes.add(to: closed)
        let showRoutes = ShowRoutes(view: availability, fresh: fresh, signals: signals, now: { Fixture.now })
        showRoutes.add(to: open)
        let holdRoutes = HoldRoutes(view: holds, fresh: fresh, now: { .distantPast })
        holdRoutes.add(to: closed)
        let queueRoutes = QueueRoutes(
            view: lines, shows: availability, fresh: fresh, makeToken: Self.admissions.token(for:),
            now: { Fixture.now })
        queueRoutes.addPublic(to: open)
        queueRoutes.addOwn(to: closed)

        let (ports, portFound) = AsyncStream<Int>.makeStream()
        let edge = EdgeHeaders(cors: try CORSPolicy(origins: ["https://shop.example"]))
        let responder = APIResponder(router, edge: edge, traces: traces)
        let lanes = FastLanes(
            CommandLane(
                sequencer: sequencer, readTicketCode: readTicketCode, readAdmission: Self.admissions.admission(_:),
                orders: orderRoutes
            ).routes
                + showRoutes.laneRoutes + holdRoutes.laneRoutes + queueRoutes.laneRoutes,
            authenticator: authenticator,
            metrics: responder.metrics, edge: edge, traces: traces, logger: logger)
        let requestLimits = rules.map {
            RequestLimits(
                $0, limiter: RateLimiter(keysMax: 100), authenticator: authenticator, edge: edge, now: { 0 })
        }
        let application = Application(
            responder: responder,
            server: try ServerLimits().server(edge: edge) {
                (requestLimits.map { [$0.makeHandler()] } ?? []) + (hasLanes ? [lanes.makeHandler()] : [])
            },
            configuration: ServerLimits().configuration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { portFound.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [sequencer, replica, application, cashier.till(sequencer), waiters], logger: logger))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            do {
                let port = try #require(await iterator.next())
                let node = try await onQuietThread { try RunningNode(port: port, lanes: lanes, waiters) }
                let id = CommandID(high: 1, low: 2)
                _ = await sequencer.submit(
                    CommandRequest(
                        id: id, principal: "admission", fingerprint: id.bytes + id.bytes, show: ShowID(node.room),
                        command: .requireAdmission(true)))
                for (number, command) in try node.queue().enumerated() {
                    let id = CommandID(high: 1, low: UInt64(3 + number))
                    _ = await sequencer.submit(
                        CommandRequest(
                            id: id, principal: "queue", fingerprint: id.bytes + id.bytes,
                            stream: ShowID(node.room).roomStream, command: command))
                }
                try await body(node)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Makes the show and a hold, as any caller would.
    private init(port: Int, lanes: FastLanes, _ waiters: OrderWaiters) throws {
        self.port = port
        self.lanes = lanes
        self.waiters = waiters
        let created = try post(
            "/api/v1/shows", by: "@ADMIN@",
            #"""
            {"name":"Night","artist":"Band","venue":{"name":"Hall","city":"Gent"},"startsAt":"2030-01-01T20:00:00Z",
            "currency":"EUR","prices":{"A":100,"free":0},"maxSeatsPerUser":1000000,"seatingPlan":{"name":"Plan","categories":[{"name":"A","color":"red"}],
            "zones":[{"name":"Z","rows":[{"row_number":"1","seats":[\#((1...40).map {
            "{\"seat_guid\":\"A-\($0)\",\"category\":\"A\"}" }.joined(separator: ","))]}]}]},
            "areas":[{"areaId":"floor","name":"Floor","capacity":100000,"category":"A"},
            {"areaId":"yard","name":"Yard","capacity":100,"category":"free"}]}
            """#)
        show = try #require(created["showId"] as? String)
        room = try #require(
            try post(
                "/api/v1/shows", by: "@ADMIN@",
                #"""
                {"name":"Rush","artist":"Band","venue":{"name":"Hall","city":"Gent"},"startsAt":"2030-01-01T20:00:00Z",
                "currency":"EUR","prices":{"A":100},"areas":[{"areaId":"floor","name":"Floor","capacity":1000,"category":"A"}]}
                """#, key: "room")["showId"] as? String)
        hold = try #require(
            try post("/api/v1/shows/\(show)/holds", by: "@USER@", #"{"seats":["A-40"]}"#)["holdId"] as? String)
        for (index, places) in [
            #"{"seats":["A-31"]}"#, #"{"seats":["A-32"]}"#, #"{"seats":["A-33"]}"#, #"{"seats":["A-34"]}"#,
            #"{"areas":{"yard":2}}"#, #"{"seats":["A-35"]}"#, #"{"seats":["A-36"]}"#, #"{"areas":{"yard":1}}"#,
            #"{"areas":{"yard":1}}"#,
        ].enumerated() {
            let placed = try post("/api/v1/shows/\(show)/holds", by: "@USER@", places, key: "basket-\(index)")
            baskets.append(
                (try #require(placed["holdId"] as? String), try #require(placed["fencingToken"] as? Int)))
        }
    }

    /// Two people join the room of the show that needs admissions.
    private func queue() throws -> [RoomCommand] {
        let settings = RoomSettings(opensAt: Timestamp(microseconds: 0), admitPerMinute: 60, maxActive: 10)
        return [
            .configure(try ValidRoomSettings(settings), showID: ShowID(room), instanceCommitment: []),
            .join(EntryID("\(room)-bob"), UserID("bob")), .join(EntryID("\(room)-ann"), UserID("ann")),
        ]
    }

    private func post(_ path: String, by token: String, _ body: String, key: String = "first") throws -> [String: Any] {
        let request =
            "POST \(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nIdempotency-Key: \(key)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let answer = try #require(try Answers(of: exchange(filledIn(Array(request.utf8)))).all.first)
        try #require(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    /// With tokens, ids and places of this very node where an input names them, and with the length of the body in place of
    /// `@LENGTH@` where the body ends with `@END@`.
    func filledIn(_ input: [UInt8]) -> [UInt8] {
        var values: [(String, () -> String)] = [
            ("@USER@", { Caller.token(#"{"sub":"ann","exp":1800000600}"#) }),
            ("@ADMIN@", { Caller.token(#"{"sub":"root","role":"admin","exp":1800000600}"#) }),
            (
                "@SCANNER@",
                { Caller.token(#"{"sub":"door","role":"scanner","exp":1800000600,"shows":["\#(show)"],"gate":"n"}"#) }
            ),
            ("@ELSEWHERE@", { Caller.token(#"{"sub":"door","role":"scanner","exp":1800000600,"shows":["x"]}"#) }),
            ("@SHOW@", { show }), ("@ROOM@", { room }), ("@ADMITTED@", { admission(of: "ann", to: room) }),
            ("@ANOTHERS@", { admission(of: "bob", to: room) }), ("@OTHER-SHOWS@", { admission(of: "ann", to: show) }),
            ("@EXPIRED@", { admission(of: "ann", to: room, untilSeconds: 1) }), ("@HOLD@", { hold }),
            ("@TOKEN@", { "1.2" }),
        ]
        for (index, basket) in baskets.enumerated() {
            values.append(("@HOLD\(index + 1)@", { basket.hold }))
            values.append(("@FENCE\(index + 1)@", { "\(basket.token)" }))
        }
        var filled = input
        for (name, value) in values {
            while let range = filled.firstRange(of: Array(name.utf8)) {
                filled.replaceSubrange(range, with: Array(value().utf8))
            }
        }
        while let length = filled.firstRange(of: Array("@LENGTH@".utf8)),
            let start = filled[length.upperBound...].firstRange(of: Array("\r\n\r\n".utf8))?.upperBound,
            let end = filled[start...].firstRange(of: Array("@END@".utf8))
        {
            filled.removeSubrange(end)
            filled.replaceSubrange(length, with: Array("\(end.lowerBound - start)".utf8))
        }
        return filled
    }

    private func admission(of user: String, to show: String, untilSeconds: Int64 = 4_102_444_800) -> String {
        Self.admissions.token(
            for: Admission(
                entryID: EntryID("\(show)-\(user)"), userID: UserID(user),
                sessionUntil: Timestamp(microseconds: untilSeconds * 1_000_000)))
    }

    /// Sends a request again and again without reading an answer, until the server takes no more for two seconds. Returns how
    /// many bytes it took, `limit` at most.
    func flood(_ request: [UInt8], limit: Int) throws -> Int {
        let socket = try connected()
        defer { close(socket) }
        guard fcntl(socket, F_SETFL, O_NONBLOCK) == 0 else { throw Violation("no fcntl: \(errno)") }
        let bytes = Array(repeatElement(request, count: 1_000).joined())
        var sent = 0
        while sent < limit {
            let start = sent % bytes.count
            let count = bytes[start...].withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                sent += count
                continue
            }
            guard errno == EAGAIN else { throw Violation("the server closed: \(errno)") }
            var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            if poll(&entry, 1, 2_000) == 0 { break }
        }
        return sent
    }

    /// Sends the bytes; returns what drops the connection, which tells the server so at once.
    func begin(_ bytes: [UInt8]) throws -> @Sendable () -> Void {
        let socket = try connected()
        let count = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count == bytes.count else {
            close(socket)
            throw Violation("the server takes no request: \(errno)")
        }
        return {
            var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
            close(socket)
        }
    }

    /// Sends the bytes and the end of them, and returns all that comes back until the server closes. Of a stream that does
    /// not end, the start.
    ///
    /// - Parameter cut: where the bytes are cut into two segments; nil: nowhere.
    func exchange(_ bytes: [UInt8], cut: Int? = nil) throws -> [UInt8] {
        let socket = try connected()
        defer { close(socket) }
        var patience = timeval(tv_sec: Self.answerSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        // A server that has seen enough may close before it has all.
        var sent = 0
        var noDelay: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
        while sent < bytes.count {
            let part = bytes[sent..<(cut.map { sent < $0 ? $0 : bytes.count } ?? bytes.count)]
            let count = part.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { break }
            sent += count
        }
        shutdown(socket, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN { throw Violation("no answer within \(Self.answerSeconds) s") }
            guard count > 0 else { return answer }
            answer += buffer[..<count]
            // A header's line; it stands in other answers' bodies as well.
            if answer.firstRange(of: Array("text/event-stream\r\n".utf8)) != nil { return answer }
        }
    }

    private func connected() throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Violation("no socket: \(errno)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(socket)
            throw Violation("the server takes no connection: \(errno)")
        }
        return socket
    }
}

/// Pays for orders as their payment method says: `pm_ok` and `pm_declined` at once, any other never.
private final class Cashier: LogListener {
    private let orders: AsyncStream<(ShowID, PurchaseStarted)>
    private let order: AsyncStream<(ShowID, PurchaseStarted)>.Continuation

    init() { (orders, order) = AsyncStream.makeStream() }

    func applied(_ events: [FollowedEvent], at position: LogPosition) {
        for followed in events {
            guard case .success(let event as ShowEvent) = followed.event, case .order(.started(let started)) = event
            else { continue }
            order.yield((followed.context.show, started))
        }
    }

    func entered(epoch: Int64) {}

    /// What pays.
    func till(_ sequencer: Sequencer) -> any Service { Till(orders: orders, sequencer: sequencer) }

    private struct Till: Service {
        let orders: AsyncStream<(ShowID, PurchaseStarted)>
        let sequencer: Sequencer

        func run() async {
            var number: UInt64 = 0
            for await (show, started) in orders.cancelOnGracefulShutdown() {
                let steps: [PaymentStep]
                switch started.paymentMethod {
                case "pm_ok": steps = [.authorized("pay-\(started.orderID)"), .captured]
                case "pm_declined": steps = [.declined("no_funds")]
                default: steps = []
                }
                for step in steps {
                    number += 1
                    let id = CommandID(high: number, low: 1)
                    _ = await sequencer.submit(
                        CommandRequest(
                            id: id, principal: "payments", fingerprint: id.bytes + id.bytes, show: show,
                            command: .payment(step, of: started.orderID)))
                }
            }
        }
    }
}

extension OrderRecord {
    /// What the events of a log make of an order; nil: they have none.
    fileprivate init?(of id: OrderID, in events: [RecordedEvent]) {
        var record: OrderRecord?
        for followed in events.map(FollowedEvent.init) {
            guard case .success(let event as ShowEvent) = followed.event, OrderRecord.ids(in: event).contains(id) else {
                continue
            }
            if case .order(.started(let started)) = event {
                record = OrderRecord(started, show: followed.context.show, at: followed.context.position)
            } else {
                record?.apply(event, at: followed.context.position)
            }
        }
        guard let record else { return nil }
        self = record
    }
}

private func removeIfThere(_ folder: String) {
    guard FileManager.default.fileExists(atPath: folder) else { return }
    do { try FileManager.default.removeItem(atPath: folder) } catch { print("left behind: \(folder): \(error)") }
}
