import Domain
import EventLog
import Following
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Projection
import Synchronization
import Testing

@testable import HTTPServer
@testable import QueryAPI

@Suite("The stream of what belongs to the caller", .timeLimit(.minutes(2)))
struct OwnStreamTests {
    private static let show = ShowID("show")

    /// A node whose log has a show and these events, of which nothing but the show is applied.
    private func node(_ events: [ShowEvent], limits: OwnStreams.Limits = OwnStreams.Limits()) async throws -> QueryNode
    {
        let log = InMemoryEventLog()
        try await log.append([.created(.sample(seats: 100))])
        for event in events { try await log.append([event]) }
        let node = QueryNode(log: log, ownStreams: limits)
        node.enter(epoch: 1)
        await node.apply(upTo: 1)
        return node
    }

    private func session(_ node: QueryNode, of user: String = "ann") -> PersonSession {
        PersonSession(
            holds: node.holds,
            queue: QueueTeller(
                user: UserID(user), epoch: 1, lines: node.lines, makeToken: QueryNode.token,
                now: { [clock = node.clock] in clock.value }), waitlists: node.waitlists)
    }

    private struct Message: Equatable {
        var id = ""
        var event = ""
        var data = ""

        func member(_ name: String) -> Substring? {
            guard let start = data.range(of: "\"\(name)\":\"") else { return nil }
            return data[start.upperBound...].prefix { $0 != "\"" }
        }
    }

    private func messages(_ buffer: ByteBuffer?) throws -> [Message] {
        try String(buffer: #require(buffer)).split(separator: "\n\n").filter { $0 != ":" }.map { block in
            var message = Message()
            for line in block.split(separator: "\n") {
                let parts = line.split(separator: ": ", maxSplits: 1)
                switch parts[0] {
                case "id": message.id = String(parts[1])
                case "event": message.event = String(parts[1])
                default: message.data = String(parts[1])
                }
            }
            return message
        }
    }

    @Test("First all that the caller has, then every change of it, and nothing of anybody else's")
    func follows() async throws {
        let node = try await node([.placed(1), .placed(3), .released(1), .started(3), .sold(3), .captured(3)])
        await node.apply(upTo: 2)
        let subscription = try node.ownStreams.open(for: UserID("ann"))
        let other = try node.ownStreams.open(for: UserID("eve"))
        var session = session(node)
        let first = try messages(session.snapshot())
        #expect(first.map(\.event) == ["snapshot"])
        #expect(first[0].id == "1.2")
        #expect(first[0].member("holdId") == "hold-1")

        await node.apply(upTo: 4)
        let told = try messages(session.message(for: subscription.take()))
        // The first of these is in the snapshot already.
        #expect(told.map(\.id) == ["1.3", "1.4"])
        #expect(told.map { $0.member("holdId") } == ["hold-3", "hold-1"])
        #expect(told.map { $0.member("status") } == ["active", "released"])

        await node.apply(upTo: 7)
        let paid = try messages(session.message(for: subscription.take()))
        // The hold is no more when it is looked at: that it is being paid for is told by its order alone.
        #expect(paid.map(\.event) == ["order", "hold", "order", "order"])
        #expect(paid.map { $0.member("status") } == ["pending", "sold", "confirmed", "completed"])
        #expect(paid.map(\.id) == ["1.5", "1.6", "1.6", "1.7"])
        #expect(other.take().changes.isEmpty)
        #expect(try messages(session.message(for: subscription.take())).isEmpty)
    }

    @Test("What the first message has is not told again, though it comes by later") func overlap() async throws {
        let node = try await node([.placed(1), .placed(2), .placed(3)])
        let subscription = try node.ownStreams.open(for: UserID("ann"))
        // The views are further than what the streams have heard.
        let events = await node.log.events(after: 0, limit: 3).map(FollowedEvent.init)
        for view in node.views { view.apply(events) }
        var session = session(node)
        #expect(try messages(session.snapshot()).map(\.id) == ["1.3"])
        node.ownStreams.applied(events, at: node.holds.place)
        await node.apply(upTo: 4)
        #expect(try messages(session.message(for: subscription.take())).map(\.id) == ["1.4"])
    }

    @Test("A hold whose time is over is not told as there") func expired() async throws {
        let node = try await node([.placed(1)])
        await node.apply(upTo: 2)
        node.clock.set(Timestamp(microseconds: 2))
        var session = session(node)
        #expect(try messages(session.snapshot())[0].data == #"{"holds":[],"entries":[],"waitlist":[]}"#)
    }

    @Test("A reader that is far behind is told the whole again, once") func overfull() async throws {
        let node = try await node((1...80).map { .placed($0) })
        let subscription = try node.ownStreams.open(for: UserID("ann"))
        var session = session(node)
        _ = session.snapshot()
        await node.apply(upTo: 81)
        let pending = subscription.take()
        #expect(pending.isOverfull && pending.changes.isEmpty)
        let again = try messages(session.message(for: pending))
        #expect(again.map(\.event) == ["snapshot"])
        #expect(again[0].data.contains("hold-1\"") && again[0].data.contains("hold-80\""))
        #expect(try messages(session.message(for: subscription.take())).isEmpty)
    }

    @Test("A refused payment leaves the hold; the order says why") func declined() async throws {
        let node = try await node([.placed(3), .started(3), .declined(3)])
        let subscription = try node.ownStreams.open(for: UserID("ann"))
        var session = session(node)
        _ = session.snapshot()
        await node.apply(upTo: 3)
        let paying = try messages(session.message(for: subscription.take()))
        #expect(paying.map { $0.member("status") } == ["purchasing", "purchasing", "pending"])
        await node.apply(upTo: 4)
        let told = try messages(session.message(for: subscription.take()))
        #expect(told.map { $0.member("status") } == ["active", "failed"])
        #expect(told[1].member("failure") == "payment-declined")
        #expect(told[1].member("declineCode") == "card_declined")
    }

    @Test("An entry on a waiting list: each change at once, moves of the list once a second, and its offer as a hold")
    func waitlist() async throws {
        let entry = WaitlistEntryID("show-w2")
        let offer = WaitlistOffered(
            entryID: entry, userID: UserID("ann"), holdID: HoldID(offeredTo: entry),
            offeredAt: Timestamp(microseconds: 1))
        let hold = HoldPlaced(
            holdID: offer.holdID, userID: offer.userID, seats: [HeldSeat(index: 4, guid: "s4")], areas: [], total: 1,
            currency: "EUR", placedAt: offer.offeredAt, expiresAt: Timestamp(microseconds: 9), offerOf: entry)
        let ended = HoldEnded(
            holdID: hold.holdID, userID: hold.userID, seatIndexes: [4], areas: [], endedAt: Timestamp(microseconds: 9))
        let node = try await node([
            .joined(1, by: "eve"), .joined(2, by: "ann"), .joined(3, by: "ann"), .left(1, by: "eve"),
            .waitlist(.offered(offer)), .hold(.placed(hold)), .hold(.expired(ended)),
            .waitlist(.closed(WaitlistClosed(reason: .saleEnded, closedAt: Timestamp(microseconds: 9)))),
        ])
        await node.apply(upTo: 3)
        let subscription = try node.ownStreams.open(for: UserID("ann"))
        var session = session(node)
        let first = try messages(session.snapshot())
        #expect(first.map(\.id) == ["1.3"])
        #expect(first[0].data.contains(#""waitlist":[{"entryId":"show-w2""#), "\(first[0].data)")
        #expect(session.shows == [Self.show])
        subscription.follow(session.shows)
        _ = subscription.take()

        await node.apply(upTo: 5)
        var told = try messages(session.message(for: subscription.take()))
        #expect(told.map { $0.member("entryId") } == ["show-w3"])
        #expect(told.map(\.id) == ["1.4"])
        node.ownStreams.tick()
        told = try messages(session.message(for: subscription.take()))
        #expect(told.map { $0.member("entryId") } == ["show-w2"], "show-w3 was told as it is")
        #expect(told[0].data.contains(#""place":1"#))

        await node.apply(upTo: 7)
        told = try messages(session.message(for: subscription.take()))
        #expect(told.map(\.event) == ["hold", "waitlist"])
        #expect(told.map { $0.member("status") } == ["active", "offered"])
        await node.apply(upTo: 8)
        told = try messages(session.message(for: subscription.take()))
        #expect(told.map(\.event) == ["hold", "waitlist"])
        #expect(told.map { $0.member("status") } == ["expired", "expired"])
        node.ownStreams.tick()
        told = try messages(session.message(for: subscription.take()))
        #expect(told.map { $0.member("entryId") } == ["show-w3"])

        await node.apply(upTo: 9)
        #expect(try messages(session.message(for: subscription.take())).isEmpty)
        node.ownStreams.tick()
        told = try messages(session.message(for: subscription.take()))
        #expect(told.map { $0.member("reason") } == ["sale-ended"])
        #expect(session.shows.isEmpty)
    }

    @Test("Another epoch ends it; a lost token begins it anew, one ahead of the log is refused") func epochs()
        async throws
    {
        let node = try await node([.placed(1)])
        await node.apply(upTo: 2)
        let subscription = try node.ownStreams.open(for: UserID("ann"))
        var session = session(node)
        _ = session.snapshot()
        node.enter(epoch: 2)
        #expect(session.message(for: subscription.take()) == nil)
        #expect(session.snapshot() == nil)
        node.ownStreams.entered(epoch: 2)
        for await _ in subscription.signals { Issue.record("a signal of an epoch that is over") }

        let fresh = try await self.node([.placed(1)])
        let ahead = try await fresh.get("/me/stream", [.lastEventID: "1.9", .prefer: "wait=0"])
        #expect(try await ahead.code() == "sequence-ahead-of-log")
        #expect(try await fresh.get("/me/stream", [.lastEventID: "x"]).code() == "invalid-sequence")
        #expect(try await fresh.get("/me/stream", [.lastEventID: "1.2", .prefer: "wait=0"]).code() == "replica-behind")
        #expect(fresh.ownStreams.count == 0)
    }

    @Test("Streams are bounded, per caller and in all, and give their place back") func bounded() async throws {
        var limits = OwnStreams.Limits()
        limits.streamsMax = 3
        limits.streamsPerCallerMax = 2
        let node = try await node([], limits: limits)
        var open: [Response] = []
        for _ in 0..<2 { open.append(try await node.get("/me/stream")) }
        #expect(open.allSatisfy { $0.status == .ok && $0.headers[.contentType] == "text/event-stream" })
        let third = try await node.get("/me/stream")
        #expect(third.status == .tooManyRequests)
        #expect(third.headers[.retryAfter] == "15")
        open.append(try await node.get("/me/stream", [.authorization: "eve"]))
        #expect(try await node.get("/me/stream", [.authorization: "bob"]).code() == "overloaded")
        // Nobody reads them any more.
        open = []
        #expect(node.ownStreams.count == 0)
        #expect(try await node.get("/me/stream").status == .ok)
    }

    @Test("Signs of life are spread over their interval; an old stream ends") func time() async throws {
        var limits = OwnStreams.Limits()
        limits.signSeconds = 5
        limits.ageSecondsMax = 10
        let node = try await node([], limits: limits)
        let open = try (0..<5).map { try node.ownStreams.open(for: UserID("u\($0)")) }
        var session = session(node)
        _ = session.snapshot()
        for _ in 0..<5 {
            node.ownStreams.tick()
            let due = open.map { $0.take() }.filter(\.needsSign)
            #expect(due.count == 1)
            #expect(session.message(for: due[0]) == .streamComment)
        }
        for _ in 0..<5 { node.ownStreams.tick() }
        for subscription in open {
            var signals = 0
            for await _ in subscription.signals { signals += 1 }
            #expect(signals == 1)
        }
    }

    @Test("A stream ends within a second of the end of what its caller came with") func loggedOut() async throws {
        let node = try await node([])
        let isGood = Mutex(true)
        let subscription = try node.ownStreams.open(for: UserID("ann")) { isGood.withLock { $0 } }
        let other = try node.ownStreams.open(for: UserID("ann"))
        node.ownStreams.tick()
        isGood.withLock { $0 = false }
        node.ownStreams.tick()
        for await _ in subscription.signals {}
        withExtendedLifetime(other) { #expect(node.ownStreams.count == 1) }
    }

    @Test("Over the wire: snapshot, change, end") func wire() async throws {
        let node = try await node([.placed(1), .placed(3)])
        await node.apply(upTo: 2)
        let response = try await node.get("/me/stream")
        #expect(response.token == LogPosition(epoch: 1, position: 2))
        async let text = response.text()
        await node.apply(upTo: 3)
        // What is pending when a stream ends is still written.
        node.ownStreams.entered(epoch: 1)
        let told = try messages(ByteBuffer(string: try await text))
        #expect(told.first?.event == "snapshot")
        #expect(told.last?.member("holdId") == "hold-3" || told.first?.data.contains("hold-3") == true)
    }
}

extension ShowEvent {
    fileprivate static func joined(_ number: Int, by user: String) -> ShowEvent {
        .waitlist(
            .joined(
                WaitlistJoined(
                    entryID: WaitlistEntryID("show-w\(number)"), userID: UserID(user), number: number, place: number,
                    wish: WaitlistWish(quantity: 1), joinedAt: Timestamp(microseconds: 1))))
    }

    fileprivate static func left(_ number: Int, by user: String) -> ShowEvent {
        .waitlist(
            .left(
                WaitlistLeft(
                    entryID: WaitlistEntryID("show-w\(number)"), userID: UserID(user),
                    leftAt: Timestamp(microseconds: 1))))
    }

    fileprivate static func started(_ seat: Int) -> ShowEvent {
        .order(
            .started(
                PurchaseStarted(
                    orderID: OrderID("order-\(seat)"), holdID: HoldID("hold-\(seat)"), userID: UserID("ann"),
                    paymentMethod: "card", total: 1, currency: "EUR", startedAt: Timestamp(microseconds: 1),
                    expiresAt: Timestamp(microseconds: 9), extendsHold: true)))
    }

    fileprivate static func sold(_ seat: Int) -> ShowEvent {
        .order(
            .sold(
                SeatsSold(
                    orderID: OrderID("order-\(seat)"), holdID: HoldID("hold-\(seat)"), userID: UserID("ann"),
                    seats: [HeldSeat(index: seat, guid: "s\(seat)")], areas: [], wasHeld: true, resold: [], total: 1,
                    currency: "EUR", paymentID: "pi", soldAt: Timestamp(microseconds: 1))))
    }

    fileprivate static func captured(_ seat: Int) -> ShowEvent {
        .order(
            .captured(
                PaymentCaptured(
                    orderID: OrderID("order-\(seat)"), userID: UserID("ann"), amount: 1,
                    capturedAt: Timestamp(microseconds: 1))))
    }

    fileprivate static func declined(_ seat: Int) -> ShowEvent {
        .order(
            .failed(
                PurchaseFailed(
                    orderID: OrderID("order-\(seat)"), holdID: HoldID("hold-\(seat)"), userID: UserID("ann"),
                    reason: .declined("card_declined"), payment: .none, failedAt: Timestamp(microseconds: 1))))
    }
}
