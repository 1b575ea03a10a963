import Foundation
import TestSupport
import Testing

@testable import CommandAPI

/// Callers who wait on the fast lane for what becomes of an order.
@Suite("An order on the fast lane", .timeLimit(.minutes(5)))
struct LaneOrderTests {
    private static let map = "GET /api/v1/shows/@SHOW@/availability HTTP/1.1\r\nHost: x\r\n\r\n"

    private static func order(_ basket: Int, _ method: String, key: String = "order", wait: Int) -> String {
        let body = #"{"holdId":"@HOLD\#(basket)@","fencingToken":@FENCE\#(basket)@,"paymentMethod":"\#(method)"}@END@"#
        return [
            "POST /api/v1/orders HTTP/1.1", "Host: x", "Authorization: Bearer @USER@", "Idempotency-Key: \(key)",
            "Prefer: wait=\(wait)", "Content-Length: @LENGTH@", "", body,
        ].joined(separator: "\r\n")
    }

    private static func statuses(_ requests: [String], on node: RunningNode) async throws -> [Int] {
        let bytes = requests.flatMap { node.filledIn(Array($0.utf8)) }
        return try await onQuietThread { try Answers(of: node.exchange(bytes)).all.map(\.status) }
    }

    /// Returns when so many callers follow orders.
    private static func followed(_ count: Int, on node: RunningNode) async throws {
        while node.waiters.callerCount != count { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("is not overtaken by what comes behind it on its connection")
    func overtaking() async throws {
        try await RunningNode.run { node in
            let requests =
                [Self.map, Self.order(3, "pm_never", wait: 1)] + Array(repeating: Self.map, count: 3)
                + [Self.order(1, "pm_ok", key: "paid", wait: 30), Self.map]
            let statuses = try await Self.statuses(requests, on: node)
            #expect(statuses == [200, 202, 200, 200, 200, 201, 200])
            #expect(node.waiters.callerCount == 0)
        }
    }

    @Test("holds nobody up who has another connection, and is refused where too many wait")
    func others() async throws {
        try await RunningNode.run(ordersMax: 1) { node in
            async let waiting = Self.statuses([Self.order(3, "pm_never", wait: 2)], on: node)
            try await Self.followed(1, on: node)
            #expect(try await Self.statuses([Self.map], on: node) == [200])
            #expect(try await Self.statuses([Self.order(1, "pm_ok", key: "paid", wait: 30)], on: node) == [503])
            #expect(try await waiting == [202])
            #expect(try await Self.statuses([Self.order(1, "pm_ok", key: "paid", wait: 30)], on: node) == [201])
        }
    }

    @Test("is followed no longer when its caller is gone")
    func gone() async throws {
        try await RunningNode.run { node in
            let bytes = node.filledIn(Array(Self.order(3, "pm_never", wait: 30).utf8))
            let began = ContinuousClock.now
            let hangUp = try await onQuietThread { try node.begin(bytes) }
            try await Self.followed(1, on: node)
            hangUp()
            try await Self.followed(0, on: node)
            #expect(ContinuousClock.now - began < .seconds(25), "not for as long as it would have waited")
        }
    }

    @Test("is answered with what is known of it when the service stops")
    func stopping() async throws {
        let began = ContinuousClock.now
        var answers: Task<[Int], any Error>?
        try await RunningNode.run { node in
            let bytes = node.filledIn(Array(Self.order(3, "pm_never", wait: 30).utf8))
            answers = Task { try await onQuietThread { try Answers(of: node.exchange(bytes)).all.map(\.status) } }
            try await Self.followed(1, on: node)
        }
        #expect(try await answers?.value == [202])
        #expect(ContinuousClock.now - began < .seconds(25), "not for as long as it would have waited")
    }
}
