import Contract
import Domain
import EventLog
import SeededRandom
import SwiftProtobuf
import Testing

@Suite struct `What can't be read` {
    @Test func `is an event of an unknown type or version`() {
        let payload = EncodedEvent(.hold(.placed(Sample.placed))).payload
        for type in ["", "holdplaced", "HoldPlaced ", "HoldExtended", "HoldPlaced\0"] {
            let event = EncodedEvent(type: type, schemaVersion: 1, payload: payload)
            #expect(throws: UnreadableEvent.self) { try event.decoded() }
            #expect(throws: UnreadableEvent.self) { try ShowState.codec.json(event) }
        }
        for version in [0, 2, -1, .min, .max] {
            let event = EncodedEvent(type: "HoldPlaced", schemaVersion: version, payload: payload)
            #expect(throws: UnreadableEvent.self) { try event.decoded() }
            #expect(throws: UnreadableEvent.self) { try ShowState.codec.json(event) }
        }
    }

    @Test(arguments: Set(Sample.events.map { EncodedEvent($0.event).type }).sorted())
    func `is garbage under a known name`(type: String) {
        for payload: [UInt8] in [
            [0], [0xFF], Array(repeating: 0xFF, count: 100), Array("hello".utf8), [0x0A, 0xFF, 0x01],
        ] {
            let event = EncodedEvent(type: type, schemaVersion: 1, payload: payload)
            #expect(throws: UnreadableEvent.self) { try event.decoded() }
            #expect(throws: UnreadableEvent.self) { try ShowState.codec.json(event) }
        }
    }

    private func expectUnreadable(_ type: String, _ message: some Message) throws {
        let event = EncodedEvent(type: type, schemaVersion: 1, payload: try message.serializedBytes())
        #expect(throws: UnreadableEvent.self) { try event.decoded() }
    }

    @Test func `is a hold whose seats have no names`() throws {
        try expectUnreadable(
            "HoldPlaced",
            Holdfast_V1_HoldPlaced.with {
                $0.seatIndexes = [1, 2]; $0.seatGuids = ["a"]
            })
        try expectUnreadable("HoldPlaced", Holdfast_V1_HoldPlaced.with { $0.seatGuids = ["a"] })
    }

    @Test func `is a sale whose seats have no names, or of more tickets than a hold has`() throws {
        try expectUnreadable(
            "SeatsSold",
            Holdfast_V1_SeatsSold.with {
                $0.seatIndexes = [1, 2]; $0.seatGuids = ["a"]
            })
        for quantities: [UInt32] in [[10_001], [.max], [9_000, 1_001], Array(repeating: .max, count: 100)] {
            try expectUnreadable(
                "SeatsSold",
                Holdfast_V1_SeatsSold.with {
                    $0.areas = quantities.map { quantity in .with { $0.quantity = quantity } }
                })
        }
    }

    @Test func `is a failure, a return or a change of no kind that is known`() throws {
        try expectUnreadable("PurchaseFailed", Holdfast_V1_PurchaseFailed.with { $0.orderID = "o" })
        try expectUnreadable("PurchaseFailed", Holdfast_V1_PurchaseFailed.with { $0.reason = .UNRECOGNIZED(99) })
        try expectUnreadable("TicketsReturned", Holdfast_V1_TicketsReturned.with { $0.orderID = "o" })
        try expectUnreadable("TicketsReturned", Holdfast_V1_TicketsReturned.with { $0.reason = .UNRECOGNIZED(-1) })
        try expectUnreadable("TicketChanged", Holdfast_V1_TicketChanged.with { $0.ticketID = "o-1" })
    }

    @Test func `is a swap without a fare, or for less than nothing`() throws {
        try expectUnreadable("TicketsSwapped", Holdfast_V1_TicketsSwapped.with { $0.swaps = [.init()] })
        for price: Int64 in [-1, .max] {
            let fare = Holdfast_V1_FareRun.with { ($0.count, $0.price) = (1, price) }
            try expectUnreadable(
                "TicketsSwapped", Holdfast_V1_TicketsSwapped.with { $0.swaps = [.with { $0.fare = fare }] })
        }
    }

    @Test func `is a plan with a seat of no category, or a shape of no form`() throws {
        var show = Holdfast_V1_ShowCreated(Sample.created)
        show.seatingPlan.zones[0].rows[0].seats[1].category = 2
        try expectUnreadable("ShowCreated", show)
        show.seatingPlan.zones[0].rows[0].seats[1].category = .max
        try expectUnreadable("ShowCreated", show)
        show.seatingPlan.zones[0].rows[0].seats[1].category = 1
        show.seatingPlan.zones[0].shapes[3].outline = nil
        try expectUnreadable("ShowCreated", show)
    }

    @Test func `is a price that a hold's total can't hold`() throws {
        var show = Holdfast_V1_ShowCreated(Sample.created)
        for price in [-1, .min, .max, Int64.max / 6 + 1, 1_000_000_000_001] {
            show.prices["Rang"] = price
            try expectUnreadable("ShowCreated", show)
        }
        show.prices["Rang"] = 1_000_000_000_000
        show.startsAt = .max
        let event = try EncodedEvent(type: "ShowCreated", schemaVersion: 1, payload: show.serializedBytes()).decoded()
        var state = ShowState()
        state.evolve(event)
        let hold = PlaceHold(
            holdID: HoldID("h"), userID: UserID("u"),
            selection: .named(seats: ["L-1-2"], areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 5)]))
        #expect(throws: Never.self) { try state.decide(.placeHold(hold), now: Timestamp(microseconds: .max - 1)) }
    }

    /// A newer version recorded it, and the caller may know what it means.
    @Test func `is not a rejection for a reason that this version does not know`() throws {
        for (code, subject) in [("seat-is-cursed", ""), ("ticket-unusable", "eaten")] {
            let message = Holdfast_V1_CommandOutcome.with {
                $0.rejected.code = code
                $0.rejected.subject = subject
            }
            let outcome = try Outcome(encoded: message.serializedBytes())
            #expect(outcome == .rejected(Rejection(Rejection.Code(code), subject: subject)))
            #expect(try Outcome(encoded: outcome.encoded) == outcome)
        }
    }

    @Test func `is an outcome that says nothing, or contradicts itself`() throws {
        for bytes: [UInt8] in [[], [0xFF], Array("no".utf8)] {
            #expect(throws: UnreadableOutcome.self) { try Outcome(encoded: bytes) }
        }
        let nameless = Holdfast_V1_CommandOutcome.with { $0.rejected = Holdfast_V1_Rejected() }
        let empty = Holdfast_V1_CommandOutcome.with {
            $0.rejected.code = "seats-unavailable"
            $0.rejected.conflicts = [Holdfast_V1_Rejected.Conflict()]
        }
        let status = Holdfast_V1_CommandOutcome.with {
            $0.rejected.code = "seats-unavailable"
            $0.rejected.conflicts = [.with { $0.seat.status = 256 }]
        }
        for message in [nameless, empty, status] {
            let bytes: [UInt8] = try message.serializedBytes()
            #expect(throws: UnreadableOutcome.self) { try Outcome(encoded: bytes) }
        }
    }

    /// Whatever a payload became, it is an event or an error; and an event, once read, can be written, folded in and
    /// decided on.
    @Test(arguments: 1...60)
    func `never ends the process`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var events = RandomEvents(seed: seed)
        var readable = 0
        for round in 0..<150 {
            let event = round % 3 == 0 ? Sample.events[round / 3 % Sample.events.count].event : events.next()
            var encoded = EncodedEvent(event)
            encoded.payload = mutated(encoded.payload, &random)
            if random.next() % 10 == 0 { encoded.type = ["ShowCreated", "SeatsSold", "TicketsReturned"][round % 3] }
            do {
                let decoded = try encoded.decoded()
                #expect(try EncodedEvent(decoded).decoded() == decoded || isNotANumber(decoded))
                fold(decoded)
                readable += 1
            } catch {
                continue
            }
        }
        #expect(readable > 0)
    }

    @Test(arguments: 1...20)
    func `never ends the process, outcomes included`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<150 {
            let bytes = mutated(Sample.outcomes[round % Sample.outcomes.count].outcome.encoded, &random)
            do {
                let outcome = try Outcome(encoded: bytes)
                #expect(try Outcome(encoded: outcome.encoded) == outcome)
            } catch {
                continue
            }
        }
    }

    @Test func `is not what was cut off anywhere, or it says less`() throws {
        for (_, event) in Sample.events {
            let whole = EncodedEvent(event)
            for count in whole.payload.indices {
                let cut = EncodedEvent(type: whole.type, schemaVersion: 1, payload: Array(whole.payload.prefix(count)))
                do {
                    #expect(try cut.decoded() != event)
                } catch {
                    continue
                }
            }
        }
    }

    private func mutated(_ payload: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = payload
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = bytes.isEmpty ? 0 : Int(random.next() % UInt64(bytes.count))
            switch random.next() % 6 {
            case 0 where !bytes.isEmpty: bytes[place] ^= 1 << (random.next() % 8)
            case 1 where !bytes.isEmpty: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 2 where !bytes.isEmpty: bytes.remove(at: place)
            case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
            case 4: bytes.removeLast(Int(random.next() % UInt64(bytes.count + 1)))
            default: bytes += bytes.prefix(Int(random.next() % UInt64(bytes.count + 1)))
            }
        }
        return bytes
    }

    private func fold(_ event: ShowEvent) {
        for start in [ShowEvent.created(Sample.created), nil] {
            var state = ShowState()
            if let start { state.evolve(start) }
            let undo = state.evolve(event)
            for id in OrderRecord.ids(in: event) {
                var record = OrderRecord(Sample.started, show: ShowID("s"), at: 1)
                record.orderID = id
                record.apply(event, at: 2)
                record.apply(.order(.sold(Sample.sold)), at: 3)
                record.apply(event, at: 4)
                _ = record.work
            }
            for selection: PlaceHold.Selection in [
                .best(PlaceHold.BestPlaces(quantity: 3)), .best(PlaceHold.BestPlaces(quantity: 1, category: "Rang")),
                .named(seats: ["L-1-1"], areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 2)]),
            ] {
                let hold = PlaceHold(holdID: HoldID("h"), userID: UserID("u"), selection: selection)
                do {
                    for event in try state.decide(.placeHold(hold), now: Sample.at) { _ = EncodedEvent(event) }
                } catch {
                    _ = Outcome.rejected(error).encoded
                }
            }
            state.revert(undo)
        }
    }

    /// A plan with a NaN in it is not equal to itself.
    private func isNotANumber(_ event: ShowEvent) -> Bool { event != event }
}
