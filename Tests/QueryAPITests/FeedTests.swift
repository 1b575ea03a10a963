import Domain
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import HTTPServer
@testable import QueryAPI

@Suite("The feed of events", .timeLimit(.minutes(5)))
struct FeedTests {
    private let staff: HTTPFields = [.authorization: "sue:support"]

    /// `show` with its sale of one seat, three events long.
    private func node() async throws -> QueryNode {
        let log = InMemoryEventLog()
        let at = Timestamp(microseconds: 1_000_000)
        try await log.append([.created(.sample(seats: 3))])
        try await log.append([
            .hold(
                .placed(
                    HoldPlaced(
                        holdID: HoldID("show-h"), userID: UserID("ann"), seats: [HeldSeat(index: 0, guid: "s0")],
                        areas: [], total: 2, currency: "EUR", placedAt: at, expiresAt: at.adding(seconds: 300))))
        ])
        try await log.append([
            .order(
                .captured(PaymentCaptured(orderID: OrderID("show-o"), userID: UserID("ann"), amount: 2, capturedAt: at))
            )
        ])
        let node = QueryNode(log: log)
        node.enter(epoch: 1)
        await node.apply(upTo: 3)
        return node
    }

    private func lines(_ response: Response) async throws -> [[String: Any]] {
        try await response.text().split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test("Is the log as CloudEvents, one a line, each after the one before") func whole() async throws {
        let response = try await node().get("/events", staff)
        #expect(response.status == .ok && response.headers[.contentType] == "application/x-ndjson")
        #expect(response.token == LogPosition(epoch: 1, position: 3))
        let events = try await lines(response)
        #expect(events.map { $0["id"] as? String } == ["1.1", "1.2", "1.3"])
        #expect(
            events.map { $0["type"] as? String }
                == ["holdfast.ShowCreated.v1", "holdfast.HoldPlaced.v1", "holdfast.PaymentCaptured.v1"])
        for (event, next) in zip(events, events.dropFirst()) {
            #expect(next["previous"] as? String == event["sequence"] as? String)
        }
        let hold = try #require(events[1]["data"] as? [String: Any])
        #expect(hold["holdId"] as? String == "show-h" && hold["seats"] as? [String] == ["s0"])
    }

    @Test("Goes on after any event, by token or by sequence") func resumes() async throws {
        let node = try await node()
        for after in ["1.2", "0000000001.0000000000000000002"] {
            let events = try await lines(try await node.get("/events?after=\(after)", staff))
            #expect(events.map { $0["id"] as? String } == ["1.3"])
            #expect(events.first?["previous"] as? String == "0000000001.0000000000000000002")
        }
        #expect(try await lines(try await node.get("/events?after=1.3", staff)).isEmpty)
        #expect(try await lines(try await node.get("/events?limit=2", staff)).count == 2)
    }

    @Test("Passes over what is not asked for, and says how far it looked") func selects() async throws {
        let node = try await node()
        let events = try await lines(try await node.get("/events?types=HoldPlaced,SeatsSold&show=show", staff))
        #expect(events.map { $0["type"] as? String } == ["holdfast.HoldPlaced.v1", "holdfast.Checkpoint.v1"])
        #expect(events[1]["previous"] as? String == events[0]["sequence"] as? String)
        #expect(events[1]["sequence"] as? String == "0000000001.0000000000000000003")
        #expect(
            try await lines(try await node.get("/events?show=other", staff)).map { $0["type"] as? String }
                == ["holdfast.Checkpoint.v1"])
    }

    @Test("Is for those who may see an organisation's orders") func roles() async throws {
        let node = try await node()
        #expect(try await node.get("/events", [.authorization: "ann"]).code() == "forbidden")
        #expect(try await node.get("/events", [.authorization: "sam:scanner"]).code() == "forbidden")
        #expect(try await node.get("/events", [.authorization: "oz:organiser"]).status == .ok)
    }

    @Test(
        "Refuses what it does not understand",
        arguments: [
            ("after=x", "invalid-sequence"), ("after=2.1", "sequence-ahead-of-log"),
            ("after=1.4", "sequence-ahead-of-log"), ("types=Nothing", "invalid-request"),
            ("types=", "invalid-request"), ("types=SeatsSold,", "invalid-request"),
            ("show=a:b", "invalid-request"), ("follow=yes", "invalid-request"), ("limit=0", "invalid-request"),
            ("after=1.1&after=1.2", "invalid-request"),
        ]) func refusals(query: String, code: String) async throws
    {
        #expect(try await node().get("/events?\(query)", staff).code() == code)
    }

    @Test("Refuses a caller's fifth at once, and takes it when one has ended") func bounded() async throws {
        let node = try await node()
        var open: [Response] = []
        for _ in 0..<4 { open.append(try await node.get("/events", staff)) }
        #expect(try await node.get("/events", staff).code() == "too-many-requests")
        #expect(try await node.get("/events", [.authorization: "tim:support"]).status == .ok)
        _ = try await open.removeLast().text()
        #expect(try await node.get("/events", staff).status == .ok)
    }
}
