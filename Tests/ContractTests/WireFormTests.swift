import Contract
import Domain
import EventLog
import SeededRandom
import SwiftProtobuf
import Testing

/// Some events are read and written by hand. What they come to is what SwiftProtobuf makes of them, byte for byte.
@Suite struct `An event that is read and written by hand` {
    private static let handled = ["HoldPlaced", "HoldReleased", "HoldExpired", "ShowCreated"]

    /// As SwiftProtobuf reads and writes it.
    private func reference(_ event: EncodedEvent) throws -> EncodedEvent {
        let payload = event.payload
        let message: any Message
        switch event.type {
        case "HoldPlaced":
            let placed = try HoldPlaced(Holdfast_V1_HoldPlaced(serializedBytes: payload))
            message = Holdfast_V1_HoldPlaced.with {
                $0.holdID = placed.holdID.rawValue
                $0.userID = placed.userID.rawValue
                $0.seatIndexes = placed.seats.map { UInt32($0.index) }
                $0.seatGuids = placed.seats.map(\.guid)
                $0.areas = areas(placed.areas)
                $0.total = placed.total
                $0.currency = placed.currency
                $0.placedAt = placed.placedAt.microseconds
                $0.expiresAt = placed.expiresAt.microseconds
                $0.resaleSeatIndexes = placed.resaleSeats.map(UInt32.init)
                $0.blockedSeatIndexes = placed.blockedSeats.map(UInt32.init)
                $0.fares = placed.fares.runs.map { run in
                    .with {
                        $0.ticketType = run.fare.ticketType
                        $0.price = run.fare.price
                        $0.fee = run.fare.fee
                        $0.tax = run.fare.tax
                        $0.count = UInt32(run.count)
                    }
                }
                if let isNextToEachOther = placed.isNextToEachOther { $0.nextToEachOther = isNextToEachOther }
                $0.admission = placed.admission?.rawValue ?? ""
                $0.offerOf = placed.offerOf?.rawValue ?? ""
            }
        case "ShowCreated":
            message = Holdfast_V1_ShowCreated(try ShowCreated(Holdfast_V1_ShowCreated(serializedBytes: payload)))
        default:
            let ended = try HoldEnded(Holdfast_V1_HoldEnded(serializedBytes: payload))
            message = Holdfast_V1_HoldEnded.with {
                $0.holdID = ended.holdID.rawValue
                $0.userID = ended.userID.rawValue
                $0.seatIndexes = ended.seatIndexes.map(UInt32.init)
                $0.areas = areas(ended.areas)
                $0.endedAt = ended.endedAt.microseconds
                $0.resaleSeatIndexes = ended.resaleSeats.map(UInt32.init)
                $0.blockedSeatIndexes = ended.blockedSeats.map(UInt32.init)
            }
        }
        return EncodedEvent(type: event.type, schemaVersion: 1, payload: canonicalBytes(of: message))
    }

    private func areas(_ areas: [AreaQuantity]) -> [Holdfast_V1_AreaQuantity] {
        areas.map { area in
            .with {
                $0.areaID = area.areaID.rawValue
                $0.quantity = UInt32(area.quantity)
                $0.allocation = area.allocation
            }
        }
    }

    /// Says whether the event can be read.
    @discardableResult
    private func check(_ event: EncodedEvent) -> Bool {
        let expected = Result { try reference(event) }
        do {
            let decoded = try event.decoded()
            let wanted = try expected.get()
            #expect(EncodedEvent(decoded) == wanted)
            guard case .created(let show) = decoded else { return true }
            let plan = try Holdfast_V1_ShowCreated(serializedBytes: wanted.payload).seatingPlan
            #expect(show.plan?.wireBytes ?? [] == (show.plan == nil ? [] : canonicalBytes(of: plan)))
            #expect(show.plan?.seatCount ?? 0 == show.plan?.unpacked().seatCount ?? 0)
            return true
        } catch {
            #expect(throws: (any Error).self, "\(event.type) \(event.payload)") { try expected.get() }
            return false
        }
    }

    private func placed(_ payload: [UInt8]) -> Bool {
        check(EncodedEvent(type: "HoldPlaced", schemaVersion: 1, payload: payload))
    }

    @Test(arguments: 1...40)
    func `has the same bytes and the same meaning`(seed: UInt64) throws {
        var random = RandomEvents(seed: seed)
        for event in Sample.events.map(\.event) + (0..<100).map({ _ in random.next() }) {
            let encoded = EncodedEvent(event)
            guard Self.handled.contains(encoded.type) else { continue }
            #expect(check(encoded))
            #expect(try reference(encoded) == encoded)
        }
    }

    @Test(arguments: 1...40)
    func `is read and refused alike when it is damaged`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for (_, event) in Sample.events where Self.handled.contains(EncodedEvent(event).type) {
            let whole = EncodedEvent(event)
            for _ in 0..<100 {
                var damaged = whole
                for _ in 0..<Int.random(in: 1...3, using: &random) where !damaged.payload.isEmpty {
                    let place = Int.random(in: damaged.payload.indices, using: &random)
                    switch random.next() % 4 {
                    case 0: damaged.payload[place] ^= 1 << UInt8(random.next() % 8)
                    case 1: damaged.payload.remove(at: place)
                    case 2: damaged.payload.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
                    default: damaged.payload.removeLast(damaged.payload.count - place)
                    }
                }
                check(damaged)
            }
        }
    }

    @Test func `may be written in other forms`() {
        // hold_id, seat_indexes packed and not, seat_guids.
        #expect(placed([0x0A, 1, 0x68, 0x1A, 2, 3, 4, 0x22, 1, 0x61, 0x22, 1, 0x62]))
        #expect(placed([0x18, 3, 0x18, 4, 0x22, 1, 0x61, 0x22, 1, 0x62]))
        #expect(placed([0x18, 3, 0x1A, 1, 4, 0x22, 1, 0x61, 0x22, 1, 0x62]))
        // An admission, one that is nothing, and one before another field.
        #expect(placed([0x0A, 1, 0x68, 0x82, 0x05, 1, 0x65]))
        #expect(placed([0x0A, 1, 0x68, 0x82, 0x05, 0]))
        #expect(placed([0x82, 0x05, 1, 0x65, 0x0A, 1, 0x68]))
        // In another order, and interleaved.
        #expect(placed([0x22, 1, 0x61, 0x1A, 1, 3, 0x0A, 1, 0x68]))
        #expect(placed([0x1A, 1, 3, 0x22, 1, 0x61, 0x1A, 1, 4, 0x22, 1, 0x62]))
        // The last of a scalar counts; what is nothing may be written out.
        #expect(placed([0x30, 1, 0x30, 2]))
        #expect(placed([0x0A, 1, 0x68, 0x0A, 1, 0x69]))
        #expect(placed([0x30, 0, 0x0A, 0, 0x1A, 0, 0x52, 0]))
        // More bytes than it takes: tags, lengths, numbers, of which the higher bits may not fit.
        #expect(placed([0xB0, 0x00, 1]))
        #expect(placed([0x0A, 0x81, 0x00, 0x68]))
        #expect(placed([0x30, 0x81, 0x80, 0x80, 0x00]))
        #expect(placed([0x1A, 10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0x22, 1, 0x61]))
        #expect(placed([0x30] + Array(repeating: 0xFF, count: 9) + [1]))
        #expect(placed([0x30] + Array(repeating: 0xFF, count: 9) + [0x7F]))
        // Unknown fields of each wire type, known ones of another, an empty group.
        #expect(placed([0x78, 1, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7A, 1, 9, 0x7D, 1, 2, 3, 4, 0x82, 0x01, 0]))
        #expect(placed([0x08, 1, 0x32, 1, 0x41]))
        #expect(placed([0x7B, 0x08, 1, 0x7C]))
        // An area with what is unknown, nothing, or more than it takes.
        #expect(placed([0x2A, 0, 0x2A, 5, 0x0A, 1, 0x61, 0x10, 1]))
        #expect(placed([0x2A, 5, 0x0A, 1, 0x61, 0x78, 1]))
        #expect(placed([]))
    }

    @Test func `is refused as SwiftProtobuf refuses it`() {
        for payload: [UInt8] in [
            [0x0A], [0x0A, 2, 0x68], [0x0A, 1, 0xFF], [0x0A, 3, 0xED, 0xA0, 0x80], [0x0A, 2, 0xC0, 0x80], [0x30],
            [0x30, 0x80],
            [0x30] + Array(repeating: 0x80, count: 10) + [1], [0x1A, 2, 1, 0x80], [0x1A, 3, 1], [0x22, 1, 0x61],
            [0x7B, 0x08, 1], [0x7C], [0x0B, 0x0C, 0x14], [0x06, 1], [0x07], [0x00, 1], [0x02, 0],
            [0x2A, 2, 0x0A, 1], [0x2A, 1, 0x0A, 0], [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
        ] {
            #expect(!placed(payload), "\(payload)")
        }
    }

    /// Whatever form a plan is written in, the views keep the same bytes of it.
    @Test func `has one form of its seating plan`() throws {
        let canonical = EncodedEvent(.created(Sample.created))
        var message = try Holdfast_V1_ShowCreated(serializedBytes: canonical.payload)
        let plan = canonicalBytes(of: message.seatingPlan)
        let start = try #require(canonical.payload.indices.first { canonical.payload[$0...].starts(with: plan) })
        // Positions that are not there, an outline of text that is false, unknown fields, a plan in two parts.
        message.seatingPlan.zones[0].clearPosition()
        message.seatingPlan.zones[0].rows[0].seats[1].clearPosition()
        message.seatingPlan.zones[0].shapes[6].outline = .text(false)
        message.seatingPlan.clearSize()
        var forms = [canonicalBytes(of: message)]
        forms.append(canonical.payload + [0x62, 2, 0x7A, 0])
        forms.append(canonical.payload + [0x62, 3, 0x0A, 1, 0x50])
        forms.append(canonical.payload + [0x63, 0x64])
        let split = start + plan.count
        forms.append(Array(canonical.payload[..<split] + canonical.payload[split...] + [0x62, 0]))
        for payload in forms {
            #expect(check(EncodedEvent(type: "ShowCreated", schemaVersion: 1, payload: payload)))
        }
        guard case .created(let show) = try canonical.decoded() else { return }
        #expect(show.plan?.wireBytes == plan)
        #expect(show.plan == Sample.created.plan)
        #expect(show.seatingPlan == Sample.plan)
    }
}
