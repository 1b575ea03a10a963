import Contract
import Domain
import EventLog
import HTTPServer
import HTTPTypes
import Hummingbird
import Testing

@testable import QueryAPI

@Suite("A show as it was", .timeLimit(.minutes(2)))
struct ShowHistoryTests {
    private static let admin: HTTPFields = [.authorization: "root:admin"]

    private func node(eventsMax: Int = 1_000, foldsMax: Int = 2) async throws -> QueryNode {
        var limits = ShowHistory.Limits()
        limits.eventsMax = eventsMax
        limits.foldsMax = foldsMax
        limits.pageEvents = 3
        // Show, and after it a hold of seat 0, a hold of seat 1, its release, and so on.
        let node = QueryNode(log: try await .sample(seats: 8, holds: 8), past: limits)
        node.enter(epoch: 1)
        await node.apply(upTo: 13)
        return node
    }

    private func problem(_ node: QueryNode, _ path: String, _ headers: HTTPFields = admin) async throws -> String {
        let response = try await node.get(path, headers)
        return "\(response.status.code) \(try await response.code())"
    }

    @Test("At every place in the log: what the view showed there") func everyPlace() async throws {
        let node = try await node()
        let live = QueryNode(log: node.log)
        live.enter(epoch: 1)
        for position in Int64(1)...13 {
            await live.apply(upTo: position)
            let seen = try SeatMapTests.decode(try await live.get("/shows/show/availability").text())
            let response = try await node.get("/shows/show/availability?as-of=1.\(position)", Self.admin)
            #expect(response.headers[.sequence] == nil)
            #expect(response.headers[.cacheControl] == "private, no-store")
            let text = try await response.text()
            let past = try SeatMapTests.decode(text)
            #expect(past.statuses == seen.statuses && past.version == seen.version && past.held == seen.held)
            #expect(text.hasPrefix(#"{"asOf":{"sequence":"1.\#(position)","time":""#))
            let show = try await node.get("/shows/show?as-of=1.\(position)", Self.admin).text()
            #expect(show.contains(#""held":\#(seen.held ?? -1)"#))
        }
    }

    @Test("At a time: what was recorded until then") func atTimes() async throws {
        let node = try await node()
        let last = try #require(await node.log.events(after: 12, limit: 1).first)
        node.clock.set(last.recordedAt.adding(seconds: 60))
        let time = last.recordedAt.rfc3339
        let text = try await node.get("/shows/show/availability?as-of=\(time)", Self.admin).text()
        #expect(text.contains(#""sequence":"1.13""#), "\(text)")
        #expect(
            try await problem(node, "/shows/show?as-of=\(last.recordedAt.adding(seconds: 61).rfc3339)")
                == "400 invalid-request")
        #expect(try await problem(node, "/shows/show?as-of=1969-01-01T00:00:00Z") == "404 show-not-found")
    }

    @Test(
        "What there was not is told",
        arguments: [
            ("/shows/show?as-of=1.14", "400 sequence-ahead-of-log"),
            ("/shows/show?as-of=2.1", "400 sequence-ahead-of-log"),
            ("/shows/show?as-of=1.0", "404 show-not-found"), ("/shows/none?as-of=1.5", "404 show-not-found"),
            ("/shows/show?as-of=", "400 invalid-request"), ("/shows/show?as-of=yesterday", "400 invalid-request"),
            ("/shows/show?as-of=1", "400 invalid-request"), ("/shows/show?as-of=1.1&as-of=1.2", "400 invalid-request"),
            ("/shows/show?as-of=2026-02-30T00:00:00Z", "400 invalid-request"),
            ("/shows/show/availability?as-of=1.5&since=1.2", "400 invalid-request"),
            ("/shows/show?as-of=1.99999999999999999999", "400 invalid-request"),
        ])
    func refused(path: String, problem wanted: String) async throws {
        #expect(try await problem(try await node(), path) == wanted)
    }

    @Test("By admins only") func admins() async throws {
        let node = try await node()
        for caller in ["ann", "eve:scanner"] {
            #expect(try await problem(node, "/shows/show?as-of=1.5", [.authorization: caller]) == "403 forbidden")
        }
    }

    @Test("Not of a part of the log that was lost") func lost() async throws {
        let log = try await InMemoryEventLog.sample(seats: 8, holds: 8).failedOver(keeping: 4)
        let node = QueryNode(log: log, past: ShowHistory.Limits())
        node.enter(epoch: 2)
        await node.apply(upTo: 4)
        #expect(try await problem(node, "/shows/show?as-of=1.5") == "409 sequence-lost")
        #expect(try await node.get("/shows/show?as-of=1.4", Self.admin).status == .ok)
    }

    @Test("Not too much, and not too many at once") func bounded() async throws {
        let node = try await node(eventsMax: 5)
        #expect(try await node.get("/shows/show?as-of=1.5", Self.admin).status == .ok)
        #expect(try await problem(node, "/shows/show?as-of=1.6") == "422 history-too-long")
        let busy = try await self.node(foldsMax: 0)
        #expect(try await problem(busy, "/shows/show?as-of=1.5") == "503 overloaded")
    }
}
