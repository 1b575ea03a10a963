import Contract
import Domain
import EventLog
import Following
import Projection
import Testing

import Orders

@Suite struct `A page of the log` {
    private func followed(_ events: [ShowEvent], after position: Int64 = 0) -> [FollowedEvent] {
        events.enumerated().map { index, event in
            FollowedEvent(
                RecordedEvent(
                    position: position + Int64(index) + 1, stream: StreamID(Purchase.show),
                    streamVersion: Int64(index) + 1,
                    event: EncodedEvent(event), commandID: CommandID(high: 1, low: 1), recordedAt: .distantPast))
        }
    }

    private func fold(
        _ events: [ShowEvent], onto rows: [OrdersFold.Key: OrdersFold.Row] = [:], after position: Int64 = 0
    ) throws -> OrdersFold {
        var fold = OrdersFold(rows)
        for event in followed(events, after: position) { try fold.apply(event) }
        return fold
    }

    @Test func `asks for the stored orders that it builds on, and for no others`() {
        let events = Purchase.completed("a") + [Purchase.captured("b", of: "bob"), Purchase.captured("b", of: "bob")]
        #expect(
            OrdersFold.keys(in: followed(events))
                == [OrdersFold.Key(user: UserID("bob"), order: Purchase.order("b"))])
    }

    @Test func `leaves each order as its events say, and says whose the tickets are`() throws {
        let fold = try fold(Purchase.completed("a"))
        let row = try #require(fold.changedRows.first)
        #expect(row.key == OrdersFold.Key(user: UserID("ada"), order: Purchase.order("a")))
        #expect(row.row.started == 1)
        #expect(row.row.record.status == .completed)
        #expect(row.row.record.position == 3)
        #expect(fold.ticketRows.map(\.number) == [1, 2])
        #expect(fold.ticketRows.allSatisfy { $0.owner == UserID("ada") && $0.since == 2 })
    }

    @Test func `takes a ticket from all who had it meanwhile`() throws {
        let ticket = Purchase.ticket(1, "a")
        let before = try fold(Purchase.completed("a"))
        let rows = Dictionary(uniqueKeysWithValues: before.changedRows.map { ($0.key, $0.row) })
        let after = try fold(
            [
                Purchase.passed(ticket, from: "ada", to: "bob", generation: 2),
                Purchase.passed(ticket, from: "bob", to: "eve", generation: 3),
            ], onto: rows, after: 3)
        #expect(after.ticketRows.map(\.owner) == [UserID("ada"), UserID("bob"), UserID("eve")])
        #expect(after.ticketRows.map(\.number) == [0, 0, 1])
        #expect(after.ticketRows.last?.since == 5)
        // There and back again: nobody lost it who has it.
        let back = try fold(
            [
                Purchase.passed(ticket, from: "ada", to: "bob", generation: 2),
                Purchase.passed(ticket, from: "bob", to: "ada", generation: 3),
            ], onto: rows, after: 3)
        #expect(back.ticketRows.map(\.owner) == [UserID("bob"), UserID("ada")])
        #expect(back.ticketRows.map(\.number) == [0, 1])
    }

    @Test func `changes the seller's order, too, when a seat is sold again`() throws {
        let resold = ResoldSeat(
            seatIndex: 0, ticketID: Purchase.ticket(1, "a"), sellerID: UserID("ada"), refundID: RefundID("r"),
            amount: 100, paymentID: "pi_a")
        let events =
            Purchase.completed("a")
            + [Purchase.started("b", by: "bob"), Purchase.sold("b", to: "bob", seats: [0], resold: [resold])]
        let rows = try fold(events).changedRows
        #expect(rows.map(\.key.order) == [Purchase.order("a"), Purchase.order("b")])
        #expect(rows[0].row.record.tickets[0].status == .resold)
        #expect(rows[0].row.record.refunds == [OrderRecord.Refund(refundID: RefundID("r"), amount: 100, isDone: false)])
        #expect(rows[1].row.record.tickets[0].owner == UserID("bob"))
    }

    @Test func `changes the order of each of several sellers, one of them with two seats`() throws {
        let resold = [("a", 1, "ada"), ("a", 2, "ada"), ("c", 1, "cat")].enumerated().map { seat, sold in
            ResoldSeat(
                seatIndex: seat, ticketID: Purchase.ticket(sold.1, sold.0), sellerID: UserID(sold.2),
                refundID: RefundID("r\(seat)"), amount: 100, paymentID: "pi_\(sold.0)")
        }
        let events =
            Purchase.completed("a") + Purchase.completed("c", by: "cat")
            + [Purchase.started("b", by: "bob"), Purchase.sold("b", to: "bob", seats: [0, 1, 2], resold: resold)]
        let rows = try fold(events).changedRows
        #expect(rows.map(\.key.order) == ["a", "b", "c"].map(Purchase.order))
        #expect(rows[0].row.record.tickets.map(\.status) == [.resold, .resold])
        #expect(rows[2].row.record.tickets.map(\.status) == [.resold, .valid])
    }

    @Test func `that makes no sense is refused, and changes nothing`() throws {
        var fold = try fold(Purchase.completed("a"))
        let before = fold.changedRows.map(\.row)
        for event in [Purchase.captured("b"), Purchase.started("a"), Purchase.captured("a", of: "bob")] {
            let page = followed([event], after: 3)
            #expect(throws: ProjectionFault.self) { try fold.apply(page[0]) }
        }
        #expect(fold.changedRows.map(\.row) == before)
    }
}
