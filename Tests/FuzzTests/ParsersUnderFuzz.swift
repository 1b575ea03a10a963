import Contract
import Domain
import EventLog
import Foundation
import HTTPTypes
import Following
import Projection
import Testing

@testable import HTTPServer
@testable import Identity
@testable import Text
@testable import WebAPI

/// Every parser of what comes from outside. No input may crash or hang one; whatever it accepts is written and read again
/// as the same; whatever it refuses, it refuses with its own typed error.
@Suite("Parsers under fuzz", .serialized)
struct ParsersUnderFuzz {}

func fuzz(_ run: FuzzRun, _ parse: @escaping @Sendable ([UInt8]) throws -> String) async throws {
    for failure in try await onQuietThread({ try run.run(parse) }) { Issue.record("\(failure)") }
}

func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
    if !condition { throw Violation(otherwise()) }
}

/// A request's ``Problem`` is a result like any other, if it is the caller's to mend.
func refusing(_ parse: () throws -> String) throws -> String {
    do {
        return try parse()
    } catch let problem as Problem {
        return try told(problem)
    } catch let invalid as InvalidToken {
        return invalid.reason
    }
}

/// The problem as its caller gets it: a client error, in valid JSON.
func told(_ problem: Problem) throws -> String {
    try expect((400..<500).contains(problem.status.code), "answered with \(problem.status.code): \(problem)")
    let document = problem.document(instance: "/")
    try expect(JSONScan.fault(in: document) == nil, "a problem document that is no JSON")
    let shape = (problem.detail ?? "").map { $0.isNumber ? "0" : $0 }.reduce(into: "") { text, character in
        if !(character == "0" && text.last == "0") { text.append(character) }
    }
    return "\(problem.code) \(shape.prefix(48))"
}

/// What inputs are tried on.
enum Fixture {
    static let now = Timestamp(microseconds: 1_798_761_600_000_000)
    static let context = EventContext(position: 1, show: ShowID("show"), recordedAt: now)

    static let show = ShowCreated(
        showID: ShowID("show"), name: "Night", artist: "Band", venue: Venue(name: "Hall", city: "Gent"), startsAt: now,
        onSaleAt: nil, currency: "EUR", prices: ["Parkett": 9_900, "Rang": 4_950], holdSeconds: 300, maxSeatsPerHold: 6,
        seatingPlan: SeatingPlan(
            name: "Plan", size: SeatingPlan.Size(width: 10, height: 10),
            categories: [
                SeatingPlan.Category(name: "Parkett", color: "red"), SeatingPlan.Category(name: "Rang", color: ""),
            ],
            zones: [
                SeatingPlan.Zone(
                    name: "", position: .zero,
                    rows: [row("A", seats: 8, category: 0), row("B", seats: 4, category: 1)],
                    shapes: [])
            ]), areas: [Area(areaID: AreaID("floor"), name: "Floor", capacity: 50, category: "Rang")], createdAt: now)

    private static func row(_ name: String, seats: Int, category: Int) -> SeatingPlan.Row {
        SeatingPlan.Row(
            number: name, position: .zero,
            seats: (1...seats).map {
                SeatingPlan.Seat(guid: "\(name)-\($0)", number: "\($0)", position: .zero, category: category)
            })
    }

    /// A hold of one seat and one unit.
    static let placed = HoldPlaced(
        holdID: HoldID("show-h1"), userID: UserID("ann"), seats: [HeldSeat(index: 0, guid: "A-1")],
        areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 1)], total: 14_850, currency: "EUR", placedAt: now,
        expiresAt: now.adding(seconds: 300))

    static let ended = HoldEnded(
        holdID: HoldID("show-h1"), userID: UserID("ann"), seatIndexes: [0],
        areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 1)], endedAt: now)

    private static let (order, ann) = (OrderID("show-o1"), UserID("ann"))

    static let started = PurchaseStarted(
        orderID: order, holdID: placed.holdID, userID: ann, paymentMethod: "card", total: 14_850, currency: "EUR",
        startedAt: now, expiresAt: now.adding(seconds: 400), extendsHold: true)

    /// Of that hold.
    static let purchase: [ShowEvent] = [
        .order(.started(started)),
        .order(
            .sold(
                SeatsSold(
                    orderID: order, holdID: placed.holdID, userID: ann, seats: placed.seats, areas: placed.areas,
                    wasHeld: true,
                    resold: [], total: 14_850, currency: "EUR", paymentID: "pi_1", soldAt: now))),
        .order(.captured(PaymentCaptured(orderID: order, userID: ann, amount: 14_850, capturedAt: now))),
    ]

    /// Of that order: its seat is offered for resale, and the show is cancelled.
    static let afterwards: [ShowEvent] = [
        .ticket(
            .changed(
                TicketChanged(
                    ticketID: TicketID(1, of: order), orderUserID: ann, ownerID: ann,
                    change: .listed(seatIndex: 0, price: 9_900),
                    changedAt: now))),
        .cancelled(ShowCancelled(orders: 1, cancelledAt: now)),
        .order(
            .returned(
                TicketsReturned(
                    orderID: order, userID: ann, tickets: [1, 2], seatIndexes: [0], resaleSeats: [0],
                    areas: placed.areas,
                    reason: .showCancelled, refundID: RefundID("show-o1-r1"), amount: 14_850, paymentID: "pi_1",
                    returnedAt: now))),
    ]
}
