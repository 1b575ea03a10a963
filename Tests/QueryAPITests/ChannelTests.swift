import Domain
import EventLog
import HTTPServer
import HTTPTypes
import Hummingbird
import Testing

@testable import QueryAPI

/// What the back office reads of places that are not for everybody.
@Suite("Channels in the back office", .timeLimit(.minutes(5)))
struct ChannelTests {
    private static let staff: HTTPFields = [.authorization: "sue:support"]

    /// A show whose events come from its own decisions.
    private struct Sale {
        let log = InMemoryEventLog()
        private var show = ShowState()
        private var position: Int64 = 0

        init() async throws {
            var created = ShowCreated.sample(seats: 5)
            created.areas = [Area(areaID: AreaID("floor"), name: "Floor", capacity: 100, category: "A")]
            try await append([.created(created)])
        }

        private mutating func append(_ events: [ShowEvent]) async throws {
            guard !events.isEmpty else { return }
            for event in events {
                try await log.append([event])
                show.evolve(event)
                position += 1
                show.didRecord(event, at: position)
            }
        }

        mutating func run(_ command: ShowCommand, at micros: Int64 = 1) async throws {
            try await append(try show.decide(command, now: Timestamp(microseconds: micros)))
        }

        mutating func keep() async throws {
            try await run(
                .allocate([
                    AllocationWish(
                        name: "house", channel: nil, label: "House seats", seats: ["s0"], areas: [], releasesAt: nil),
                    AllocationWish(
                        name: "sponsor", channel: "acme", label: "", seats: ["s1", "s2"],
                        areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 10)],
                        releasesAt: Timestamp(microseconds: 60_000_000)),
                ]))
        }

        mutating func hold(_ id: String, _ seats: [String], units: Int = 0, _ channels: Set<String>) async throws {
            try await run(
                .placeHold(
                    PlaceHold(
                        holdID: HoldID(id), userID: UserID("ann"),
                        selection: .named(
                            seats: seats,
                            areas: units == 0 ? [] : [AreaQuantity(areaID: AreaID("floor"), quantity: units)]),
                        channels: channels)))
        }

        mutating func buy(_ hold: String, _ others: [String] = []) async throws {
            let order = OrderID("show-\(hold)")
            let tokens = show.holds.mapValues { $0.fencingToken ?? 0 }
            try await run(
                .startPurchase(
                    StartPurchase(
                        orderID: order, holdID: HoldID(hold), userID: UserID("ann"),
                        fencingToken: tokens[HoldID(hold)] ?? 0,
                        others: tokens.filter { others.contains($0.key.rawValue) }, paymentMethod: "card")))
            try await run(.payment(.authorized("pi-\(hold)"), of: order))
            try await run(.payment(.captured, of: order))
        }

        func node() async -> QueryNode {
            let node = QueryNode(log: log)
            node.enter(epoch: 1)
            await node.apply(upTo: position)
            return node
        }
    }

    @Test("Say what is kept, for whom, until when, and what of it is left") func allocations() async throws {
        var sale = try await Sale()
        #expect(
            try await sale.node().get("/shows/show/allocations", Self.staff).text()
                == #"{"showId":"show","version":"1.1","allocations":[]}"#)
        try await sale.keep()
        try await sale.hold("h", ["s1"], units: 4, ["acme"])
        try await sale.buy("h")
        try await sale.hold("g", [], units: 3, ["acme"])
        let answer = try await sale.node().get("/shows/show/allocations", Self.staff)
        #expect(answer.token == LogPosition(epoch: 1, position: 7))
        #expect(answer.headers[.cacheControl] == "private, no-store")
        #expect(
            try await answer.text()
                == #"{"showId":"show","version":"1.7","allocations":["#
                + #"{"name":"house","label":"House seats","seats":["s0"],"areas":{},"#
                + #""capacity":1,"left":1,"taken":0,"seatsLeft":["s0"],"areasLeft":{}},"#
                + #"{"name":"sponsor","channel":"acme","label":"","seats":["s1","s2"],"areas":{"floor":10},"#
                + #""releasesAt":"1970-01-01T00:01:00.000Z","capacity":12,"left":4,"taken":8,"seatsLeft":["s2"],"#
                + #""areasLeft":{"floor":3}}]}"#)
        try await sale.run(.releaseHold(HoldID("g"), by: UserID("ann")))
        let after = try await sale.node().get("/shows/show/allocations", Self.staff).text()
        #expect(after.contains(#""left":7,"taken":5,"seatsLeft":["s2"],"areasLeft":{"floor":6}"#), "\(after)")
        // What is over at its time is everybody's.
        try await sale.run(.expireHolds(limit: 9), at: 60_000_000)
        let released = try await sale.node().get("/shows/show/allocations", Self.staff).text()
        #expect(!released.contains("sponsor") && released.contains("house"))
    }

    @Test("Allocations are for the back office, as fresh as asked") func refused() async throws {
        let sale = try await Sale()
        let node = await sale.node()
        let path = "/shows/show/allocations"
        #expect(try await node.get(path, [.authorization: "ann"]).code() == "forbidden")
        #expect(try await node.get(path, [.authorization: "eve:scanner"]).code() == "forbidden")
        #expect(try await node.get(path, [.authorization: "root:admin"]).status == .ok)
        #expect(try await node.get("/shows/nowhere/allocations", Self.staff).code() == "show-not-found")
        var ahead = Self.staff
        ahead[.lastSeenSequence] = "1.99"
        #expect(try await node.get(path, ahead).code() == "sequence-ahead-of-log")
    }

    @Test("Exports say which channel each ticket was bought through, whatever came later") func exports() async throws {
        var sale = try await Sale()
        try await sale.keep()
        try await sale.hold("a", ["s1"], units: 2, ["acme"])
        try await sale.hold("b", ["s3"], [])
        try await sale.hold("c", ["s2", "s4"], ["acme"])
        try await sale.buy("b")
        try await sale.buy("a", ["c"])
        try await sale.run(.allocate([]))
        let node = await sale.node()
        let sales = try await node.get("/shows/show/exports/sales.csv", Self.staff).text()
        #expect(
            sales == "category,ticket_type,channel,currency,price,sold,returned,resold,left,gross,given_back,net\r\n"
                + "A,,,EUR,1,2,0,0,2,2,0,2\r\n" + "A,,acme,EUR,1,4,0,0,4,4,0,4\r\n")
        let tickets = try await node.get("/shows/show/exports/tickets.csv", Self.staff).text()
        let lines = tickets.split(separator: "\r\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(tickets.split(separator: "\r\n").first?.hasSuffix(",gate,channel") == true)
        #expect(
            lines.map { "\($0[6])\($0[10]) \($0.last ?? "?")" } == [
                "s3 ", "s1 acme", "s2 acme", "s4 ", "floor acme", "floor acme",
            ])
    }
}
