import Contract
import Domain
import EventLog
import Following
import HTTPServer
import HTTPTypes
import Hummingbird
import Projection
import Testing

@Suite("A caller's entries on waiting lists", .timeLimit(.minutes(2)))
struct WaitlistReadTests {
    private static let at = Timestamp(microseconds: 0)

    private static func joined(_ number: Int, by user: String, _ wish: WaitlistWish) -> ShowEvent {
        .waitlist(
            .joined(
                WaitlistJoined(
                    entryID: WaitlistEntryID("show-w\(number)"), userID: UserID(user), number: number, place: number,
                    wish: wish, ticketTypes: number == 2 ? ["child": 1] : [:], joinedAt: at)))
    }

    private static func offer(_ number: Int, to user: String) -> [ShowEvent] {
        let entry = WaitlistEntryID("show-w\(number)")
        return [
            .waitlist(
                .offered(
                    WaitlistOffered(
                        entryID: entry, userID: UserID(user), holdID: HoldID(offeredTo: entry), offeredAt: at))),
            .hold(
                .placed(
                    HoldPlaced(
                        holdID: HoldID(offeredTo: entry), userID: UserID(user), seats: [HeldSeat(index: 1, guid: "s1")],
                        areas: [], total: 1, currency: "EUR", placedAt: at, expiresAt: at.adding(seconds: 900),
                        offerOf: entry))),
        ]
    }

    private func node(_ events: [ShowEvent]) async throws -> QueryNode {
        let log = InMemoryEventLog()
        try await log.append([.created(.sample(seats: 10))])
        for event in events { try await log.append([event]) }
        let node = QueryNode(log: log)
        node.enter(epoch: 1)
        return node
    }

    @Test("Each with its exact place while it waits, and how it ended") func reads() async throws {
        let row = WaitlistWish(quantity: 3, scope: .row("7", zone: "Left"), isTogether: false, isAccessible: true)
        let areas = WaitlistWish(quantity: 1, scope: .areas([AreaID("a"), AreaID("b")]))
        let node = try await node(
            [
                Self.joined(1, by: "bob", WaitlistWish(quantity: 2)), Self.joined(2, by: "ann", row),
                Self.joined(3, by: "ann", areas),
            ] + Self.offer(1, to: "bob") + [
                .waitlist(
                    .left(
                        WaitlistLeft(
                            entryID: WaitlistEntryID("show-w2"), userID: UserID("ann"),
                            leftAt: Self.at.adding(seconds: 1)))),
                .waitlist(.closed(WaitlistClosed(wish: areas, reason: .noSuchPlaces, closedAt: Self.at))),
                .hold(
                    .expired(
                        HoldEnded(
                            holdID: HoldID("show-w1"), userID: UserID("bob"), seatIndexes: [1], areas: [],
                            endedAt: Self.at.adding(seconds: 900)))),
            ])
        await node.apply(upTo: 4)
        let second =
            #"{"entryId":"show-w2","showId":"show","userId":"ann","quantity":3,"row":"7","zone":"Left","#
            + #""together":false,"accessible":true,"ticketTypes":{"child":1},"joinedAt":"1970-01-01T00:00:00.000Z","#
            + #""status":"waiting","place":2}"#
        #expect(try await node.get("/waitlist/show-w2").text() == second)
        #expect(try await node.get("/waitlist/show-w1").code() == "waitlist-entry-not-found")
        #expect(try await node.get("/waitlist/nothing").code() == "waitlist-entry-not-found")
        let mine = try await node.get("/me/waitlist")
        #expect(mine.headers[.sequence] == "1.4")
        let third =
            #"{"entryId":"show-w3","showId":"show","userId":"ann","quantity":1,"areas":["a","b"],"#
            + #""together":true,"accessible":false,"joinedAt":"1970-01-01T00:00:00.000Z","status":"waiting","place":3}"#
        #expect(try await mine.text() == #"{"entries":[\#(second),\#(third)]}"#)
        #expect(try await node.get("/me/waitlist", [.authorization: "eve"]).text() == #"{"entries":[]}"#)

        await node.apply(upTo: 6)
        #expect(try await node.get("/waitlist/show-w3").text().contains(#""place":2}"#))
        let offered = try await node.get("/waitlist/show-w1", [.authorization: "bob"]).text()
        #expect(
            offered.hasSuffix(#""status":"offered","holdId":"show-w1","expiresAt":"1970-01-01T00:15:00.000Z"}"#),
            "\(offered)")
        #expect(
            try await node.get("/me/holds", [.authorization: "bob"]).text().contains(#""offerOf":"show-w1""#))

        await node.apply(upTo: 9)
        let ended = try await node.get("/me/waitlist").text()
        #expect(ended.contains(#""status":"left","endedAt":"1970-01-01T00:00:01.000Z"}"#), "\(ended)")
        #expect(ended.contains(#""status":"unfillable","reason":"no-such-places","endedAt":"1970"#), "\(ended)")
        let expired = try await node.get("/waitlist/show-w1", [.authorization: "bob"]).text()
        #expect(expired.contains(#""status":"expired""#), "\(expired)")
    }
}
