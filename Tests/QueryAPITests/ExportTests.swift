import Domain
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import HTTPServer
@testable import QueryAPI

@Suite("Exports of a show", .timeLimit(.minutes(5)))
struct ExportTests {
    private let staff: HTTPFields = [.authorization: "sue:support"]

    /// `show`: two seats that "=cmd" bought, one of which went back.
    private func log() async throws -> InMemoryEventLog {
        let log = InMemoryEventLog()
        let (order, hold, user) = (OrderID("show-o"), HoldID("show-h"), UserID("=cmd"))
        let (at, later) = (Timestamp(microseconds: 1), Timestamp(microseconds: 2_000_000))
        let seats = [HeldSeat(index: 0, guid: "s0"), HeldSeat(index: 1, guid: "s1")]
        try await log.append([.created(.sample(seats: 3))])
        try await log.append([
            .hold(
                .placed(
                    HoldPlaced(
                        holdID: hold, userID: user, seats: seats, areas: [], total: 2, currency: "EUR", placedAt: at,
                        expiresAt: later)))
        ])
        try await log.append([
            .order(
                .started(
                    PurchaseStarted(
                        orderID: order, holdID: hold, userID: user, paymentMethod: "card", total: 2, currency: "EUR",
                        startedAt: at, expiresAt: later, extendsHold: false)))
        ])
        try await log.append([
            .order(
                .sold(
                    SeatsSold(
                        orderID: order, holdID: hold, userID: user, seats: seats, areas: [], wasHeld: true, resold: [],
                        total: 2, currency: "EUR", paymentID: "pi", soldAt: at)))
        ])
        try await log.append([
            .order(.captured(PaymentCaptured(orderID: order, userID: user, amount: 2, capturedAt: at)))
        ])
        try await log.append([
            .order(
                .returned(
                    TicketsReturned(
                        orderID: order, userID: user, tickets: [2], seatIndexes: [1], resaleSeats: [], areas: [],
                        reason: .requested, refundID: RefundID("show-o-r1"), amount: 1, paymentID: "pi", returnedAt: at)
                ))
        ])
        return log
    }

    @Test("Say the same of the same place in the log, whatever comes later") func same() async throws {
        let log = try await log()
        let node = QueryNode(log: log)
        let first = try await node.get("/shows/show/exports/tickets.csv", staff)
        #expect(first.status == .ok && first.token == LogPosition(epoch: 1, position: 6))
        #expect(first.headers[.contentType]?.hasPrefix("text/csv") == true)
        let lines = try await first.text().split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.count == 4 && lines[3].isEmpty)
        #expect(lines[1].hasPrefix("show-o-1,show-o,'=cmd,'=cmd,valid,1,s0,1,0,,,A,,EUR,1,"), "\(lines)")
        #expect(lines[2].hasPrefix("show-o-2,show-o,'=cmd,'=cmd,returned,1,s1,"))
        let before = try await node.get("/shows/show/exports/orders.csv?at=1.5", staff)
        let text = try await before.text()
        #expect(text.contains("show-o,'=cmd,completed,,captured,pi,EUR,2,0,0,2,2,1970-01-01T00:00:00"))
        #expect(before.token == LogPosition(epoch: 1, position: 5))
        try await log.append([.placed(2)])
        #expect(try await node.get("/shows/show/exports/orders.csv?at=1.5", staff).text() == text)
        let sales = try await node.get("/shows/show/exports/sales.csv", staff).text()
        #expect(
            sales == "category,ticket_type,channel,currency,price,sold,returned,resold,left,gross,given_back,net\r\n"
                + "A,,,EUR,1,2,1,0,1,2,1,1\r\n")
    }

    @Test("Are for the back office, and of places that the log has") func refused() async throws {
        let node = QueryNode(log: try await log())
        let path = "/shows/show/exports/orders.csv"
        #expect(try await node.get(path, [.authorization: "ann"]).code() == "forbidden")
        #expect(try await node.get(path, [.authorization: "eve:scanner"]).code() == "forbidden")
        #expect(try await node.get(path, [.authorization: "root:admin"]).status == .ok)
        #expect(try await node.get("\(path)?at=x", staff).code() == "invalid-sequence")
        #expect(try await node.get("\(path)?at=1.7", staff).code() == "sequence-ahead-of-log")
        #expect(try await node.get("\(path)?at=2.1", staff).code() == "sequence-ahead-of-log")
        #expect(try await node.get("\(path)?at=1.1&at=1.2", staff).code() == "invalid-request")
        #expect(try await node.get("/shows/nowhere/exports/orders.csv", staff).code() == "show-not-found")
        #expect(try await node.get("/shows/show/exports/orders.csv?at=1.0", staff).code() == "show-not-found")
        #expect(try await node.get("/shows/show/exports/users.csv", staff).code() == "not-found")
        var seen = staff
        seen[.lastSeenSequence] = "1.99"
        #expect(try await node.get(path, seen).code() == "sequence-ahead-of-log")
        // One that nobody reads to its end is none any more.
        for _ in 0..<5 { #expect(try await node.get(path, staff).status == .ok) }
    }
}
