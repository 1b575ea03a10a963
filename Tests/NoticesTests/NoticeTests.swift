import Contract
import Domain
import EventLog
import Testing

@testable import Notices

@Suite("Notices")
struct NoticeTests {
    private let show = ShowID("show")
    private let ann = UserID("ann")
    private let ben = UserID("ben")
    private let cem = UserID("cem")
    private let order = OrderID("show-order")
    private let now = Timestamp(microseconds: 1_900_000_000_000_000)

    /// An order of two tickets, the second of which ben has.
    private func record(_ change: (inout OrderRecord) -> Void = { _ in }) -> OrderRecord {
        var record = OrderRecord(refunding: order, of: ann, "p", show: show, at: 1)
        record.tickets = [
            .init(ticketID: TicketID(1, of: order), seat: "a", area: nil, owner: ann),
            .init(ticketID: TicketID(2, of: order), seat: nil, area: AreaID("floor"), owner: ben, generation: 2),
        ]
        change(&record)
        return record
    }

    private func returned(
        _ reason: TicketsReturned.Reason, amount: Int64 = 100, tickets: [Int] = [1, 2]
    ) -> ShowEvent {
        .order(
            .returned(
                TicketsReturned(
                    orderID: order, userID: ann, tickets: tickets, seatIndexes: [], resaleSeats: [], areas: [],
                    reason: reason, refundID: RefundID("r"), amount: amount, paymentID: "p", returnedAt: now)))
    }

    private func made(by event: any DomainEvent, isCancelled: Bool = false) -> [String] {
        Notice.made(by: event, of: show, order: record(), isCancelled: isCancelled).map {
            "\($0.kind.rawValue) \($0.user)"
        }
    }

    @Test("A sale tells the buyer, and each seller once")
    func sale() {
        let resold = [1, 2].map {
            ResoldSeat(
                seatIndex: $0, ticketID: TicketID($0, of: OrderID("show-old")), sellerID: ben, refundID: RefundID("r"),
                amount: 10, paymentID: "p")
        }
        let sold = SeatsSold(
            orderID: order, holdID: HoldID("h"), userID: ann, seats: [], areas: [], wasHeld: true, resold: resold,
            total: 1, currency: "EUR", paymentID: "p", soldAt: now)
        #expect(made(by: ShowEvent.order(.sold(sold))) == ["order ann", "ticket-resold ben"])
    }

    @Test("Of tickets that end, whoever has them is told, and the buyer of the money")
    func returns() {
        #expect(made(by: returned(.showCancelled)) == ["show-cancelled ann", "show-cancelled ben"])
        #expect(made(by: returned(.revoked)) == ["tickets-ended ann", "tickets-ended ben"])
        #expect(made(by: returned(.ended, tickets: [1])) == ["tickets-ended ann"])
        // The refund tells.
        #expect(made(by: returned(.requested)) == [])
        #expect(Notice.need(of: returned(.requested)) == .notTold)
        #expect(made(by: returned(.requested, amount: 0)) == ["tickets-ended ann", "tickets-ended ben"])
    }

    @Test("A transfer tells both, and a code goes to whoever has the ticket")
    func transfer() {
        func changed(_ change: TicketChanged.Change) -> ShowEvent {
            .ticket(
                .changed(
                    TicketChanged(
                        ticketID: TicketID(2, of: order), orderUserID: ann, ownerID: ann, change: change,
                        changedAt: now)))
        }
        #expect(made(by: changed(.offered(to: cem))) == ["transfer-offered cem"])
        #expect(
            made(by: changed(.accepted(by: ben, generation: 2))) == ["transfer-accepted ann", "ticket-received ben"])
        // It was passed on since.
        #expect(made(by: changed(.accepted(by: cem, generation: 1))) == ["transfer-accepted ann"])
        #expect(made(by: changed(.unlisted(seatIndex: 1))) == [])
    }

    @Test("Holds that end with their show are told of, and others are not")
    func holds() {
        let ended = HoldEnded(holdID: HoldID("h"), userID: ann, seatIndexes: [], areas: [], endedAt: now)
        #expect(made(by: ShowEvent.hold(.expired(ended))) == [])
        #expect(made(by: ShowEvent.hold(.expired(ended)), isCancelled: true) == ["show-cancelled ann"])
        #expect(made(by: ShowEvent.hold(.released(ended)), isCancelled: true) == [])
    }

    @Test("An id is the place, the kind and the reader, the same each time, and names nobody")
    func ids() {
        let notice = Notice(.order, to: ann, of: show, .paymentAction(order))
        let id = notice.id(at: LogPosition(epoch: 1, position: 4711))
        #expect(id.hasPrefix("1.4711.order.") && !id.contains("ann"))
        #expect(id == notice.id(at: LogPosition(epoch: 1, position: 4711)))
        var other = notice
        other.user = ben
        #expect(other.id(at: LogPosition(epoch: 1, position: 4711)) != id)
    }

    @Test("Every event that somebody is told of has its type among those that are decoded")
    func types() {
        let ended = HoldEnded(holdID: HoldID("h"), userID: ann, seatIndexes: [], areas: [], endedAt: now)
        let joined = WaitlistJoined(
            entryID: WaitlistEntryID("e"), userID: ann, number: 1, place: 1, wish: WaitlistWish(quantity: 1),
            joinedAt: now)
        let events: [ShowEvent] = [returned(.ended), .hold(.expired(ended)), .waitlist(.joined(joined))]
        for event in events {
            #expect(Notice.need(of: event) != .notTold)
            #expect(Notice.eventTypes.contains(ShowState.codec.encode(event).type))
        }
        let known = Set(ShowState.codec.rows.map(\.type) + WaitingRoomState.codec.rows.map(\.type))
        #expect(Notice.eventTypes.isSubset(of: known))
        #expect(ShowFacts.eventTypes.isSubset(of: known))
    }
}
