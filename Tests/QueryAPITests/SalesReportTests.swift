import Domain
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import HTTPServer
@testable import QueryAPI

@Suite struct `Reports on sales` {
    private let staff: HTTPFields = [.authorization: "sue:support"]
    private let hour: Int64 = 3_600_000_000

    /// `show`: two seats that were bought for 2 in the first hour of 1970; one went back the day after.
    private func node() async throws -> QueryNode {
        let log = InMemoryEventLog()
        let (order, hold, user) = (OrderID("show-o"), HoldID("show-h"), UserID("ann"))
        let (at, later) = (Timestamp(microseconds: 1), Timestamp(microseconds: 25 * hour))
        let seats = [HeldSeat(index: 0, guid: "s0"), HeldSeat(index: 1, guid: "s1")]
        var show = ShowCreated.sample(seats: 3)
        show.organisationID = OrganisationID("acme")
        show.name = "=A night"
        try await log.append([.created(show)])
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
                        orderID: order, holdID: hold, userID: user, seats: seats, areas: [],
                        fares: FareList([Fare(ticketType: "=cmd", price: 1), Fare(ticketType: "=cmd", price: 1)]),
                        wasHeld: true, resold: [], total: 2, currency: "EUR", paymentID: "pi", soldAt: at)))
        ])
        try await log.append([
            .order(.captured(PaymentCaptured(orderID: order, userID: user, amount: 2, capturedAt: at)))
        ])
        let refund = RefundID("show-o-r1")
        try await log.append([
            .order(
                .returned(
                    TicketsReturned(
                        orderID: order, userID: user, tickets: [2], seatIndexes: [1], resaleSeats: [], areas: [],
                        reason: .requested, refundID: refund, amount: 1, paymentID: "pi", returnedAt: later)))
        ])
        try await log.append([
            .order(
                .refunded(
                    PaymentRefunded(orderID: order, userID: user, refundID: refund, amount: 1, refundedAt: later)))
        ])
        let node = QueryNode(log: log)
        node.enter(epoch: 1)
        await node.apply(upTo: 7)
        return node
    }

    private func json(_ response: Response) async throws -> NSDictionary {
        let text = try await response.text()
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary, "\(text)")
    }

    @Test func `say what came of a show by time`() async throws {
        let node = try await node()
        let answer = try await node.get("/shows/show/reports/sales", staff)
        #expect(answer.status == .ok && answer.token == LogPosition(epoch: 1, position: 7))
        let report = try await json(answer)
        #expect(report["currency"] as? String == "EUR" && report["interval"] as? String == "hour")
        let total = try #require(report["total"] as? NSDictionary)
        #expect(total["gross"] as? Int == 2 && total["refunded"] as? Int == 1 && total["net"] as? Int == 1)
        #expect(total["sold"] as? Int == 2 && total["left"] as? Int == 1 && total["averageOrder"] as? Int == 2)
        #expect(total["holdsPlaced"] as? Int == 1 && total["holdsBought"] as? Int == 1)
        let rows = try #require(report["rows"] as? [NSDictionary])
        #expect(rows.map { $0["from"] as? String } == ["1970-01-01T00:00:00.000Z", "1970-01-02T01:00:00.000Z"])
        #expect(rows.map { $0["net"] as? Int } == [2, -1])
        let days = try await node.get("/shows/show/reports/sales?interval=day&from=1970-01-02T00:00:00Z", staff)
        let one = try #require(try await json(days)["rows"] as? [NSDictionary])
        #expect(one.map { $0["from"] as? String } == ["1970-01-02T00:00:00.000Z"])
        #expect(one.map { $0["until"] as? String } == ["1970-01-03T00:00:00.000Z"])
        // A row is of its whole time, or it is not there.
        let cut = try await node.get("/shows/show/reports/sales?interval=day&from=1970-01-02T00:30:00Z", staff)
        #expect((try await json(cut)["rows"] as? [Any])?.isEmpty == true)
    }

    @Test func `come as files for spreadsheets, with nothing that one would run`() async throws {
        let node = try await node()
        let csv = try await node.get("/shows/show/reports/sales?by=type&format=csv", staff)
        #expect(csv.headers[.contentType]?.hasPrefix("text/csv") == true)
        #expect(csv.headers[.contentDisposition] == "attachment; filename=\"sales-by-type-show-1.7.csv\"")
        #expect(
            try await csv.text()
                == "part,ticket_type,currency,sold,returned,resold,swapped_in,swapped_out,left,gross,fees,tax,"
                + "exchanged,refunded,net,average_ticket,fees_refunded,tax_refunded\r\n"
                + "tickets,'=cmd,EUR,2,1,0,0,0,1,2,0,0,0,1,1,1,0,0\r\n")
        var wanting = staff
        wanting[.accept] = "application/json;q=0.5, text/csv"
        let lines = try await node.get("/organisations/acme/reports/sales", wanting).text().split(separator: "\r\n")
        #expect(lines.count == 2 && lines[1].hasPrefix("show,\"'=A night\",1970-"), "\(lines)")
        wanting[.accept] = "text/csv;q=0.5, application/json"
        #expect(
            try await node.get("/shows/show/reports/sales", wanting).headers[.contentType] == "application/json")
    }

    @Test func `add an organisation's shows up by currency`() async throws {
        let node = try await node()
        for grouping in ["show", "time", "category", "type", "channel"] {
            let report = try await json(
                try await node.get("/organisations/acme/reports/sales?by=\(grouping)", staff))
            let totals = try #require(report["totals"] as? [NSDictionary])
            #expect(totals.map { $0["currency"] as? String } == ["EUR"] && totals[0]["shows"] as? Int == 1)
            let rows = try #require(report["rows"] as? [NSDictionary])
            #expect(rows.reduce(0) { $0 + ($1["net"] as? Int ?? 0) } == 1)
            #expect(rows.allSatisfy { $0["currency"] as? String == "EUR" })
        }
        #expect(
            try await node.get("/organisations/nobody/reports/sales", staff).code() == "organisation-not-found")
        let none = try await json(try await node.get("/organisations/instance/reports/sales", staff))
        #expect((none["rows"] as? [Any])?.isEmpty == true)
    }

    @Test func `need not be sent again while nothing changed`() async throws {
        let node = try await node()
        let first = try await node.get("/shows/show/reports/sales", staff)
        var again = staff
        again[.ifNoneMatch] = first.headers[.eTag]
        #expect(try await node.get("/shows/show/reports/sales", again).status == .notModified)
        #expect(try await node.get("/shows/show/reports/sales?by=type", again).status == .ok)
    }

    @Test func `are for the back office, and refuse what they can't tell`() async throws {
        let node = try await node()
        let path = "/shows/show/reports/sales"
        #expect(try await node.get(path, [.authorization: "ann"]).code() == "forbidden")
        #expect(try await node.get(path, [.authorization: "eve:scanner"]).code() == "forbidden")
        #expect(try await node.get("/organisations/acme/reports/sales", [.authorization: "ann"]).code() == "forbidden")
        #expect(try await node.get("/shows/nowhere/reports/sales", staff).code() == "show-not-found")
        for query in [
            "by=show", "by=colour", "interval=week", "by=type&interval=day", "by=type&from=1970-01-01T00:00:00Z",
            "from=yesterday", "from=1970-01-02T00:00:00Z&until=1970-01-02T00:00:00Z", "format=xml", "by=time&by=time",
        ] {
            #expect(try await node.get("\(path)?\(query)", staff).code() == "invalid-request", "\(query)")
        }
        var ahead = staff
        ahead[.lastSeenSequence] = "1.99"
        #expect(try await node.get(path, ahead).code() == "sequence-ahead-of-log")
    }
}
