package import Domain
import SwiftProtobuf

// The events of holds are nearly all of a log, so they are read and written without SwiftProtobuf's structures.

extension HoldPlaced {
    /// Reads a ``Holdfast_V1_HoldPlaced``, in whatever form it is.
    init(payload: [UInt8]) throws {
        do throws(UnusualForm) {
            try self.init(wireBytes: payload)
        } catch {
            try self.init(Holdfast_V1_HoldPlaced(serializedBytes: payload))
        }
    }

    /// The bytes of the event's ``Holdfast_V1_HoldPlaced``.
    package var wireBytes: [UInt8] {
        guard blockedSeats.isEmpty, fares.isEmpty, areas.allSatisfy(\.allocation.isEmpty) else {
            return canonicalBytes(of: Holdfast_V1_HoldPlaced(self))
        }
        var writer = WireWriter(capacity: 160 + seats.count * 16)
        writer.text(1, holdID.rawValue)
        writer.text(2, userID.rawValue)
        writer.uint32s(3, seats.lazy.map(\.index))
        for seat in seats { writer.repeatedText(4, seat.guid) }
        for area in areas { writer.message(5) { area.write(into: &$0) } }
        writer.int64(6, total)
        writer.text(7, currency)
        writer.int64(8, placedAt.microseconds)
        writer.int64(9, expiresAt.microseconds)
        writer.uint32s(10, resaleSeats)
        writer.optionalBool(70, isNextToEachOther)
        if let admission { writer.text(80, admission.rawValue) }
        if let offerOf { writer.text(90, offerOf.rawValue) }
        return writer.bytes
    }

    init(wireBytes: [UInt8]) throws(UnusualForm) {
        var reader = WireReader(wireBytes)
        let holdID = HoldID(try reader.text(1))
        let userID = UserID(try reader.text(2))
        var seats = try reader.uint32s(3) { HeldSeat(index: $0, guid: "") }
        var named = 0
        try reader.texts(4) { guid throws(UnusualForm) in
            guard named < seats.count else { throw UnusualForm() }
            seats[named].guid = guid
            named += 1
        }
        guard named == seats.count else { throw UnusualForm() }
        let areas = try AreaQuantity.list(5, of: &reader)
        let total = try reader.int64(6)
        let currency = try reader.text(7)
        let placedAt = Timestamp(microseconds: try reader.int64(8))
        let expiresAt = Timestamp(microseconds: try reader.int64(9))
        let resaleSeats = try reader.uint32s(10) { $0 }
        let isNextToEachOther = try reader.optionalBool(70)
        let admission = try reader.text(80).orNil.map { EntryID($0) }
        let offerOf = try reader.text(90)
        try reader.finish()
        self.init(
            holdID: holdID, userID: userID, seats: seats, resaleSeats: resaleSeats, areas: areas, total: total,
            currency: currency, placedAt: placedAt, expiresAt: expiresAt, isNextToEachOther: isNextToEachOther,
            admission: admission, offerOf: offerOf.isEmpty ? nil : WaitlistEntryID(offerOf))
    }
}

extension HoldEnded {
    /// Reads a ``Holdfast_V1_HoldEnded``, in whatever form it is.
    init(payload: [UInt8]) throws {
        do throws(UnusualForm) {
            try self.init(wireBytes: payload)
        } catch {
            try self.init(Holdfast_V1_HoldEnded(serializedBytes: payload))
        }
    }

    /// The bytes of the event's ``Holdfast_V1_HoldEnded``.
    var wireBytes: [UInt8] {
        guard blockedSeats.isEmpty, areas.allSatisfy(\.allocation.isEmpty) else {
            return canonicalBytes(of: Holdfast_V1_HoldEnded(self))
        }
        var writer = WireWriter(capacity: 96 + seatIndexes.count * 4)
        writer.text(1, holdID.rawValue)
        writer.text(2, userID.rawValue)
        writer.uint32s(3, seatIndexes)
        for area in areas { writer.message(4) { area.write(into: &$0) } }
        writer.int64(5, endedAt.microseconds)
        writer.uint32s(6, resaleSeats)
        return writer.bytes
    }

    init(wireBytes: [UInt8]) throws(UnusualForm) {
        var reader = WireReader(wireBytes)
        let holdID = HoldID(try reader.text(1))
        let userID = UserID(try reader.text(2))
        let seatIndexes = try reader.uint32s(3) { $0 }
        let areas = try AreaQuantity.list(4, of: &reader)
        let endedAt = Timestamp(microseconds: try reader.int64(5))
        let resaleSeats = try reader.uint32s(6) { $0 }
        try reader.finish()
        self.init(
            holdID: holdID, userID: userID, seatIndexes: seatIndexes, resaleSeats: resaleSeats, areas: areas,
            endedAt: endedAt)
    }
}

extension AreaQuantity {
    fileprivate func write(into writer: inout WireWriter) {
        writer.text(1, areaID.rawValue)
        writer.uint32(2, quantity)
    }

    fileprivate static func list(_ field: UInt8, of reader: inout WireReader) throws(UnusualForm) -> [AreaQuantity] {
        var areas: [AreaQuantity] = []
        try reader.messages(field) { reader throws(UnusualForm) in
            areas.append(AreaQuantity(areaID: AreaID(try reader.text(1)), quantity: try reader.uint32(2)))
        }
        return areas
    }
}
