import Availability
import Contract
import Domain
import EventLog
import Foundation
import Hummingbird
import NIOCore
import Following
import Projection
import SwiftProtobuf
import Testing

@testable import CommandAPI
@testable import HTTPServer
@testable import QueryAPI
@testable import Text
@testable import WebAPI

extension ParsersUnderFuzz {
    private static let showWords = [
        "name", "artist", "venue", "city", "startsAt", "onSaleAt", "currency", "EUR", "prices", "holdSeconds",
        "maxSeatsPerHold", "seatingPlan", "areas", "areaId", "capacity", "category", "seat_guid", "seat_number",
        "row_number",
        "position", "zones", "rows", "seats", "categories", "size", "width", "height", "shape", "circle", "radius",
        "ellipse",
        "rectangle", "polygon", "points", "text", "rotation", "color", "border_color", "2026-07-01T19:30:00Z",
        "9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00+23:59", "quantity", "floor",
        "focal_point", "rank", "accessible", "companion", "uuid", "zone_id", "orphans", "enforce",
        "accessibleReleasedAt",
    ]

    @Test("Bodies that create a show") func shows() async throws {
        try await fuzz(FuzzRun(parser: "show", inputs: 8_000, mutation: .json, words: Self.showWords)) { input in
            try refusing {
                let show = try JSONBody(bytes: ByteBuffer(bytes: input)).decode(ShowBody.self).show(
                    ShowID("show"), canCharge: { price, _ in price.isMultiple(of: 10) }
                ).show
                let event = EncodedEvent(.created(show))
                try expect(try event.decoded() == .created(show), "the log gives another show back")
                if let plan = show.seatingPlan { try readsBack(plan) }
                var state = ShowState()
                state.evolve(.created(show))
                try trySelling(state)
                var view = Availability()
                try view.apply(.created(show), in: Fixture.context)
                try expect(
                    try Availability(encoded: view.encoded).encoded == view.encoded,
                    "its snapshot gives another view back")
                return "accepted"
            }
        }
    }

    @Test("Seating plans") func seatingPlans() async throws {
        try await fuzz(FuzzRun(parser: "seating-plan", inputs: 10_000, mutation: .json, words: Self.showWords)) {
            input in
            try refusing {
                try readsBack(try validPlan(input))
                return "accepted"
            }
        }
    }

    @Test("Bodies that place a hold") func holds() async throws {
        var state = ShowState()
        state.evolve(.created(Fixture.show))
        let show = state
        try await fuzz(
            FuzzRun(
                parser: "hold", inputs: 20_000, mutation: .json,
                words: [
                    "seats", "areas", "quantity", "category", "A-1", "A-2", "B-1", "floor", "pit", "Parkett", "Rang",
                    "zone", "rows", "accessible",
                ])
        ) { input in
            try refusing {
                let selection = try JSONBody(bytes: ByteBuffer(bytes: input)).decode(HoldBody.self).selection()
                let command = PlaceHold(holdID: HoldID("show-h"), userID: UserID("ann"), selection: selection)
                return try decide(.placeHold(command), on: show)
            }
        }
    }

    /// Each body in turn, whatever it is: which one it was meant to be is not in the bytes.
    @Test("Bodies about orders and tickets") func orders() async throws {
        let order = OrderID("show-o1")
        try await fuzz(
            FuzzRun(
                parser: "order", inputs: 8_000, mutation: .json,
                words: [
                    "holdId", "fencingToken", "holds", "paymentMethod", "tickets", "code", "to", "show-h1", "show-o1",
                    "show-o1-1",
                    "show-o1-99999999999999999999", "pm_card_visa", "bob",
                ])
        ) { input in
            let body = JSONBody(bytes: ByteBuffer(bytes: input))
            return try [
                refusing {
                    let numbers = try body.decode(RefundBody.self).numbers(of: order)
                    try expect(numbers?.allSatisfy { $0 > 0 } ?? true, "a ticket number of none: \(numbers ?? [])")
                    return "a refund of \(numbers.map { "\($0.count)" } ?? "all")"
                },
                refusing { "a scan of \(try body.decode(ScanBody.self).code.isEmpty ? "nothing" : "a code")" },
                refusing {
                    let receiver = try body.decode(TransferBody.self).to
                    try expect(UserID(checking: receiver.rawValue) == receiver, "an offer to nobody")
                    return "an offer"
                },
                refusing {
                    _ = try body.decode(OrderBody.self)
                    return "an order"
                },
            ].joined(separator: ", ")
        }
    }

    /// The pure JSON check in front of every decoder. Whatever it lets pass, Foundation reads as well, but for numbers.
    @Test("JSON") func json() async throws {
        try await fuzz(FuzzRun(parser: "json", inputs: 20_000, mutation: .json)) { input in
            switch JSONScan.fault(in: input) {
            case .malformed(let index):
                try expect(index <= input.count, "a fault at byte \(index) of \(input.count)")
                return "malformed at \(index < input.count ? "byte \(input[index])" : "the end")"
            case .notUTF8: return "not UTF-8"
            case .tooDeep: return "too deep"
            case .tooMany: throw Violation("too many values, where any number may be")
            case nil: break
            }
            do {
                _ = try JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
                return "accepted"
            } catch {
                try expect(
                    input.contains { (0x30...0x39).contains($0) }, "JSON that Foundation does not read: \(error)")
                return "a number out of range"
            }
        }
    }
}

/// A plan that a show may have.
private func validPlan(_ body: [UInt8]) throws(Problem) -> SeatingPlan {
    let plan = try JSONBody(bytes: ByteBuffer(bytes: body)).decode(SeatingPlanBody.self).plan()
    do throws(InvalidShow) {
        try plan.validate()
    } catch {
        throw Problem(error)
    }
    return plan
}

/// What a plan was read from is as good as the plan: written out it is read as the same.
private func readsBack(_ plan: SeatingPlan) throws {
    var json = JSONWriter()
    plan.write(into: &json)
    let again = try validPlan(json.bytes)
    try expect(again == plan, "the plan reads back as another")
    let message: [UInt8] = try Holdfast_V1_SeatingPlan(plan).serializedBytes()
    try expect(
        try SeatingPlan(Holdfast_V1_SeatingPlan(serializedBytes: message)) == plan, "the log gives another plan back")
}

/// Whatever show it is: the best places, of any category or one, are found or refused.
func trySelling(_ state: ShowState) throws {
    for quantity in [1, 6, 100] {
        for category in [nil, state.layout?.show.prices.keys.min()] {
            let selection = PlaceHold.Selection.best(PlaceHold.BestPlaces(quantity: quantity, category: category))
            _ = try decide(
                .placeHold(PlaceHold(holdID: HoldID("show-h"), userID: UserID("ann"), selection: selection)), on: state)
        }
    }
}

/// Decides, and takes what came of it through the log and into an answer.
func decide(_ command: ShowCommand, on show: ShowState) throws -> String {
    do {
        var after = show
        for event in try show.decide(command, now: Fixture.now) {
            after.evolve(event)
            let encoded = EncodedEvent(event)
            try expect(try EncodedEvent(encoded.decoded()) == encoded, "the log gives another event back: \(event)")
        }
        return "accepted"
    } catch let error as Rejection {
        let outcome = Outcome.rejected(error)
        try expect(try Outcome(encoded: outcome.encoded) == outcome, "the log gives another outcome back: \(outcome)")
        return try told(Problem(error, at: LogPosition(epoch: 1, position: 1)))
    }
}
