import Domain
import EventLog
import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import Testing
import WebAPI

@Suite("The payments that wait for an operator")
struct ParkedPaymentTests {
    private struct Page: Decodable {
        struct Payment: Decodable, Equatable {
            struct Refund: Decodable, Equatable {
                var refundId: String
                var amount: Int
            }

            var orderId, userId, status, paymentId, reason: String
            var total: Int?
            var currency: String?
            var refund: Refund?
            var ways: [String]
        }

        var parked: [Payment]
        var nextCursor: String?
    }

    /// A log of orders `show-o0`, `show-o1`, …, each parked in the order of their starts.
    private func log(orders: Int) async throws -> InMemoryEventLog {
        let log = try await InMemoryEventLog.sample(holds: 0)
        for number in 0..<orders {
            try await log.append([.placed(number), started(number), parked("show-o\(number)")])
        }
        return log
    }

    private func started(_ number: Int) -> ShowEvent {
        .order(
            .started(
                PurchaseStarted(
                    orderID: OrderID("show-o\(number)"), holdID: HoldID("hold-\(number)"), userID: UserID("ann"),
                    paymentMethod: "pm", total: 5, currency: "EUR", startedAt: .distantPast, expiresAt: .distantPast,
                    extendsHold: false)))
    }

    private func parked(_ order: String) -> ShowEvent {
        .order(
            .parked(
                PaymentParked(
                    orderID: OrderID(order), userID: UserID("ann"), reason: "no answer", parkedAt: .distantPast)))
    }

    /// A node that is as far as its log.
    private func node(_ log: InMemoryEventLog) async -> QueryNode {
        let node = QueryNode(log: log)
        node.enter(epoch: 1)
        await node.apply(upTo: await log.head().position)
        return node
    }

    private func page(_ query: String, on node: QueryNode) async throws -> Page {
        let answer = try await node.get("/payments/parked\(query)", [.authorization: "root:admin"])
        #expect(answer.status == .ok)
        return try JSONDecoder().decode(Page.self, from: Data(try await answer.text().utf8))
    }

    @Test("Page by page, the longest waiting first") func pages() async throws {
        let node = await node(try await log(orders: 3))
        let first = try await page("?limit=2", on: node)
        #expect(first.parked.map(\.orderId) == ["show-o0", "show-o1"])
        #expect(first.parked[0].total == 5 && first.parked[0].currency == "EUR" && first.parked[0].refund == nil)
        #expect(first.parked[0].reason == "no answer" && first.parked[0].status == "pending")
        #expect(first.parked[0].ways == ["retry", "void"])
        let last = try await page("?limit=2&cursor=\(try #require(first.nextCursor))", on: node)
        #expect(last.parked.map(\.orderId) == ["show-o2"])
        #expect(last.nextCursor == nil)
        #expect(try await page("?limit=3", on: node).nextCursor == nil)
        #expect(try await page("", on: self.node(try await log(orders: 51))).parked.count == 50)
    }

    @Test("For admins, and by limits and cursors that are some") func refusals() async throws {
        let node = await node(try await log(orders: 1))
        #expect(try await node.get("/payments/parked").code() == "forbidden")
        for query in [
            "limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=x", "cursor=1", "cursor=0.show-o1",
            "cursor=1.",
        ] {
            let answer = try await node.get("/payments/parked?\(query)", [.authorization: "root:admin"])
            #expect(answer.status == .badRequest, "\(query)")
        }
    }

    @Test("As fresh as it was asked to be, or not at all") func freshness() async throws {
        let log = try await log(orders: 1)
        let head = await log.head().position
        let node = QueryNode(log: log)
        node.enter(epoch: 1)
        var headers = HTTPFields.seen("1.\(head)", wait: 0)
        headers[.authorization] = "root:admin"
        #expect(try await node.get("/payments/parked", headers).code() == "replica-behind")
        await node.apply(upTo: head)
        let answer = try await node.get("/payments/parked", headers)
        #expect(answer.token == LogPosition(epoch: 1, position: head))
        #expect(try await answer.text().contains("show-o0"))
        headers[.lastSeenSequence] = "1.\(head + 1)"
        #expect(try await node.get("/payments/parked", headers).code() == "sequence-ahead-of-log")
    }

    @Test("Of an order that is only to be refunded, what is owed and nothing that is not known") func refunds()
        async throws
    {
        let log = try await log(orders: 0)
        try await log.append([
            .order(
                .returned(
                    TicketsReturned(
                        orderID: OrderID("show-o9"), userID: UserID("ann"), tickets: [1], seatIndexes: [0],
                        resaleSeats: [],
                        areas: [], reason: .requested, refundID: RefundID("show-o9-r1"), amount: 5_000,
                        paymentID: "pi_9",
                        returnedAt: .distantPast))), parked("show-o9"),
        ])
        // The other views know of no such ticket, and stop.
        let waiting = try #require(try await page("", on: node(log)).parked.first)
        #expect(
            waiting
                == Page.Payment(
                    orderId: "show-o9", userId: "ann", status: "completed", paymentId: "pi_9", reason: "no answer",
                    total: nil,
                    currency: nil, refund: .init(refundId: "show-o9-r1", amount: 5_000), ways: ["retry", "accept"]))
    }
}
