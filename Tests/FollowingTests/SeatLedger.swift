import Domain
import Following
import Projection
import Testing
@testable import Availability

/// Who has what, kept the slow and obvious way.
struct SeatLedger {
    private struct Order {
        var seats: [Int: TicketID] = [:]
        var units: [AreaID: Int] = [:]
        /// Since the show was cancelled: the refund that settles it, until it does.
        var refundDue: RefundID?

        var hasTickets: Bool { !seats.isEmpty || units.values.contains { $0 > 0 } }
    }

    private var shows: [ShowID: ShowCreated] = [:]
    private var createdAt: [ShowID: Int64] = [:]
    private var holds: [ShowID: [HoldID: HoldPlaced]] = [:]
    private var orders: [ShowID: [OrderID: Order]] = [:]
    private var listed: [ShowID: Set<Int>] = [:]
    private var cancellations: [ShowID: (orders: Set<OrderID>, settled: Set<OrderID>)] = [:]
    private var changes: [ShowID: [(position: Int64, seats: [Int], areas: [AreaID])]] = [:]

    mutating func apply(_ event: ShowEvent, in context: EventContext) {
        let id = context.show
        func changed(_ seats: [Int], _ areas: [AreaQuantity] = []) {
            changes[id, default: []].append((context.position, seats, areas.map(\.areaID)))
        }
        switch event {
        case .created(let show):
            shows[id] = show
            createdAt[id] = context.position
        case .hold(.placed(let hold)):
            holds[id, default: [:]][hold.holdID] = hold
            changed(hold.seats.map(\.index), hold.areas)
        case .changed, .places, .allocations, .admission, .hold(.changed): break
        case .hold(.released(let end)), .hold(.expired(let end)):
            holds[id]?[end.holdID] = nil
            changed(end.seatIndexes, end.areas)
        case .order(.sold(let sold)):
            holds[id]?[sold.holdID] = nil
            for resold in sold.resold {
                listed[id]?.remove(resold.seatIndex)
                if let seller = resold.ticketID.order { orders[id]?[seller]?.seats[resold.seatIndex] = nil }
            }
            var order = Order()
            for (index, seat) in sold.seats.enumerated() {
                order.seats[seat.index] = TicketID(index + 1, of: sold.orderID)
            }
            for area in sold.areas { order.units[area.areaID] = area.quantity }
            orders[id, default: [:]][sold.orderID] = order
            changed(sold.seats.map(\.index), sold.areas)
        case .order(.returned(let returned)):
            for seat in returned.seatIndexes {
                orders[id]?[returned.orderID]?.seats[seat] = nil
                listed[id]?.remove(seat)
            }
            for area in returned.areas { orders[id]?[returned.orderID]?.units[area.areaID]? -= area.quantity }
            if cancellations[id] != nil {
                orders[id]?[returned.orderID]?.refundDue = returned.refundID
                if returned.amount == 0 { cancellations[id]?.settled.insert(returned.orderID) }
            }
            changed(returned.seatIndexes, returned.areas)
        case .order(.swapped(let swapped)):
            for swap in swapped.swaps {
                orders[id]?[swapped.orderID]?.seats[swap.oldSeat] = nil
                orders[id]?[swapped.orderID]?.seats[swap.seat.index] = TicketID(swap.ticket, of: swapped.orderID)
            }
            changed(swapped.swaps.flatMap { [$0.oldSeat, $0.seat.index] })
        case .ticket(.changed(let event)):
            switch event.change {
            case .listed(let seat, _):
                listed[id, default: []].insert(seat)
                changed([seat])
            case .unlisted(let seat):
                listed[id]?.remove(seat)
                changed([seat])
            case .offered, .offerWithdrawn, .accepted: break
            }
        case .cancelled:
            cancellations[id] = (Set(orders[id, default: [:]].filter(\.value.hasTickets).keys), [])
            changed([])
        case .order(.refunded(let refunded)):
            if orders[id]?[refunded.orderID]?.refundDue == refunded.refundID {
                cancellations[id]?.settled.insert(refunded.orderID)
            }
        case .order(.voided(let voided)):
            if orders[id]?[voided.orderID]?.refundDue != nil { cancellations[id]?.settled.insert(voided.orderID) }
        case .order(.money(let money)):
            let due = orders[id]?[money.orderID]?.refundDue
            if money.settled.contains(where: { $0.refundID == due && $0.isWhole }) {
                cancellations[id]?.settled.insert(money.orderID)
            }
        case .order, .ticket(.scanned), .ticket(.scanUndone), .ticket(.scansUploaded), .waitlist: break
        }
    }

    func check(_ view: ShowAvailability) {
        let id = view.details.showID
        guard let show = shows[id], let created = createdAt[id] else {
            Issue.record("no such show: \(id)")
            return
        }
        let live = holds[id, default: [:]].values
        let orders = self.orders[id, default: [:]].values
        let heldSeats = Set(live.flatMap { $0.seats.map(\.index) })
        let owned = orders.flatMap(\.seats.keys)
        #expect(Set(owned).count == owned.count, "a seat with two owners")
        let listed = listed[id, default: []]
        let seatCount = show.seatingPlan?.seatCount ?? 0
        let digits = (0..<seatCount).map { seat in
            heldSeats.contains(seat) ? "1" : listed.contains(seat) ? "4" : owned.contains(seat) ? "2" : "0"
        }
        #expect(String(decoding: view.statuses, as: UTF8.self) == digits.joined())
        var changedAt = Array(repeating: created, count: seatCount)
        var areaChangedAt = Dictionary(uniqueKeysWithValues: show.areas.map { ($0.areaID, created) })
        for change in changes[id, default: []] {
            for seat in change.seats { changedAt[seat] = change.position }
            for area in change.areas { areaChangedAt[area] = change.position }
        }
        #expect(Array(view.changedAt) == changedAt)
        #expect(view.version == changes[id]?.last?.position ?? created)
        var total = ShowAvailability.Counts(held: heldSeats.count, sold: digits.count { $0 == "2" || $0 == "4" })
        #expect(view.seatCounts == total)
        for (area, state) in zip(show.areas, view.areas) {
            let held = live.reduce(0) { $0 + ($1.areas.first { $0.areaID == area.areaID }?.quantity ?? 0) }
            let sold = orders.reduce(0) { $0 + $1.units[area.areaID, default: 0] }
            #expect(state.counts == ShowAvailability.Counts(held: held, sold: sold))
            #expect(held + sold <= area.capacity)
            #expect(state.changedAt == areaChangedAt[area.areaID])
            total.held += held
            total.sold += sold
        }
        #expect(view.counts == total)
        #expect(view.capacity == show.capacity)
        #expect((view.cancellation != nil) == (cancellations[id] != nil))
        guard let cancellation = cancellations[id] else { return }
        #expect(view.cancellation?.orders == cancellation.orders.count)
        #expect(view.cancellation?.refunded == cancellation.settled.count)
        #expect(cancellation.settled.isSubset(of: cancellation.orders))
    }
}
