import Domain
import EventLog
import Postgres
import PostgresViews
import Testing
import TestSupport

@Suite(.timeLimit(.minutes(5))) struct `Reading a show's orders` {
    private static func scanned(_ ticket: TicketID, of user: String = "ada") -> ShowEvent {
        .ticket(
            .scanned(
                TicketScanned(
                    ticketID: ticket, orderUserID: UserID(user), ownerID: UserID(user),
                    pass: DoorPass(direction: .entry, at: Timestamp(microseconds: 9), gate: "north"))))
    }

    @Test func `finds them by user, seat and order, page by page`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower()
            try await orders.following(follower) {
                for index in 0..<9 {
                    try await orders.log.append(
                        Purchase.completed("\(index)", by: index % 3 == 0 ? "bob" : "ada", seats: [index, 100 + index]))
                }
                try await orders.log.append([Purchase.started("open"), Purchase.failed("open")])
                try await orders.log.append([
                    Purchase.passed(Purchase.ticket(1, "1"), from: "ada", to: "bob", generation: 2)
                ])
                try await orders.upToDate()
                let reader = orders.reader
                var seen: [OrderID] = []
                var cursor: Int64?
                repeat {
                    let (page, _) = try await reader.orders(of: Purchase.show, before: cursor, limit: 4)
                    seen += page.elements.map(\.orderID)
                    cursor = page.next
                } while cursor != nil
                #expect(seen == ["open"].map(Purchase.order) + (0..<9).reversed().map { Purchase.order("\($0)") })
                let (bobs, _) = try await reader.orders(
                    of: Purchase.show, .user(UserID("bob")), before: nil, limit: 10)
                #expect(bobs.elements.map(\.orderID) == ["6", "3", "0"].map(Purchase.order))
                let (seat, _) = try await reader.orders(of: Purchase.show, .seat("s104"), before: nil, limit: 10)
                #expect(seat.elements.map(\.orderID) == [Purchase.order("4")])
                let (one, _) = try await reader.orders(
                    of: Purchase.show, .order(Purchase.order("2")), before: nil, limit: 10)
                #expect(one.elements.map(\.orderID) == [Purchase.order("2")])
                let (other, _) = try await reader.orders(of: ShowID("other"), before: nil, limit: 10)
                #expect(other.elements.isEmpty)
                #expect(try await reader.order(Purchase.order("3")).0?.userID == UserID("bob"))
                #expect(try await reader.order(Purchase.order("nowhere")).0 == nil)

                var tickets: [TicketID] = []
                var after: TicketID?
                repeat {
                    let (page, _) = try await reader.tickets(of: Purchase.show, after: after, limit: 5)
                    tickets += page.elements.map(\.ticketID)
                    #expect(page.elements.allSatisfy { $0.record?.ticketID == $0.ticketID })
                    after = page.next
                } while after != nil
                #expect(tickets.count == 18 && tickets == tickets.sorted())
                let (owned, _) = try await reader.tickets(
                    of: Purchase.show, .user(UserID("bob")), after: nil, limit: 50)
                #expect(owned.elements.count == 7, "six that bob bought, and one that was given to him")
                let (placed, _) = try await reader.tickets(of: Purchase.show, .seat("s1"), after: nil, limit: 50)
                #expect(placed.elements.map(\.ticketID) == [Purchase.ticket(1, "1")])
                #expect(try await reader.ticket(Purchase.ticket(2, "5")).0?.record?.seat == "s105")
                #expect(try await reader.ticket(Purchase.ticket(3, "5")).0 == nil)
                #expect(try await orders.difference() == nil)
            }
        }
    }

    @Test func `gives a door what changed since, and misses nothing that changes meanwhile`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower()
            try await orders.following(follower) {
                for index in 0..<7 { try await orders.log.append(Purchase.completed("\(index)", seats: [index])) }
                try await orders.log.append([Purchase.started("open")])
                try await orders.upToDate()
                var known: [OrderID: OrderRecord] = [:]
                var cursor: OrdersReader.DoorCursor?
                var place = LogPosition(epoch: 1, position: 0)
                var pages = 0
                repeat {
                    let page: OrdersReader.Page<OrderRecord, OrdersReader.DoorCursor>
                    (page, place) = try await orders.reader.door(of: Purchase.show, after: cursor, limit: 3)
                    for order in page.elements { known[order.orderID] = order }
                    cursor = page.next
                    pages += 1
                    guard pages == 1 else { continue }
                    // An order of the first page changes while the others are read.
                    try await orders.log.append([Self.scanned(Purchase.ticket(1, "0"))])
                    try await orders.upToDate()
                } while cursor != nil
                #expect(Set(known.keys) == Set((0..<7).map { Purchase.order("\($0)") }))
                #expect(known[Purchase.order("0")]?.tickets[0].status == .scanned)
                try await orders.log.append([Self.scanned(Purchase.ticket(1, "4"))])
                try await orders.upToDate()
                let since = OrdersReader.DoorCursor(position: place.position, order: OrderID("\u{7F}"))
                let (changed, _) = try await orders.reader.door(of: Purchase.show, after: since, limit: 3)
                #expect(changed.elements.map(\.orderID) == [Purchase.order("4")] && changed.next == nil)
            }
        }
    }
}
