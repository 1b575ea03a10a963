public import Domain
import SwiftProtobuf

extension PackedPlan {
    /// A plan as it is in the log, if that is the form this program writes: it is gone through, not unpacked.
    init(wireBytes: [UInt8]) throws(UnusualForm) {
        var reader = WireReader(wireBytes)
        var content = PlanContent()
        try content.plan(&reader)
        self.init(checked: wireBytes, seatCount: content.seatCount)
    }

    /// Any other plan, as this program writes it.
    init(_ plan: SeatingPlan) {
        self.init(checked: canonicalBytes(of: Holdfast_V1_SeatingPlan(plan)), seatCount: plan.seatCount)
    }

    private init(checked bytes: [UInt8], seatCount: Int) {
        self.init(bytes: bytes, seatCount: seatCount) { bytes in
            do {
                return try SeatingPlan(Holdfast_V1_SeatingPlan(serializedBytes: bytes))
            } catch {
                preconditionFailure("a seating plan that was found to be one: \(error)")
            }
        }
    }
}

extension KeptPlan {
    /// The plan's ``Holdfast_V1_SeatingPlan`` as this program writes it: equal plans have equal bytes.
    public var wireBytes: [UInt8] {
        switch self {
        case .unpacked(let plan): PackedPlan(plan).bytes
        case .packed(let plan): plan.bytes
        }
    }
}

/// Goes through a seating plan in the form that this program writes, and counts.
private struct PlanContent {
    private(set) var seatCount = 0
    private var categoryCount = 0

    mutating func plan(_ plan: inout WireReader) throws(UnusualForm) {
        try plan.skipText(1)
        try pair(2, of: &plan)
        try plan.messages(3) { category throws(UnusualForm) in
            try category.skipText(1)
            try category.skipText(2)
            try rest(&category)
            categoryCount += 1
        }
        try plan.messages(4) { zone throws(UnusualForm) in
            try zone.skipText(1)
            try pair(2, of: &zone)
            try zone.messages(3) { row throws(UnusualForm) in try self.row(&row) }
            try zone.messages(4) { shape throws(UnusualForm) in try self.shape(&shape) }
            try rest(&zone)
        }
        try rest(&plan)
        try plan.message(72, doubles)
        try plan.finish()
    }

    private mutating func row(_ row: inout WireReader) throws(UnusualForm) {
        try row.skipText(1)
        try pair(2, of: &row)
        try row.messages(3) { seat throws(UnusualForm) in
            try seat.skipText(1)
            try seat.skipText(2)
            try pair(3, of: &seat)
            guard try seat.uint32(4) < categoryCount else { throw UnusualForm() }
            try rest(&seat)
            _ = try seat.skipTrue(72)
            _ = try seat.skipTrue(73)
            seatCount += 1
        }
        try rest(&row)
        _ = try row.skipDoubleOfOneOf(72)
    }

    private func shape(_ shape: inout WireReader) throws(UnusualForm) {
        try pair(1, of: &shape)
        try shape.skipText(2)
        try shape.skipText(3)
        try shape.skipDouble(4)
        try shape.message(5) { label throws(UnusualForm) in
            try label.skipText(1)
            try label.skipText(2)
            try label.skipDouble(3)
            try pair(4, of: &label)
        }
        try outline(&shape)
        try rest(&shape)
    }

    private func outline(_ shape: inout WireReader) throws(UnusualForm) {
        if try shape.skipDoubleOfOneOf(6) { return }
        if try shape.message(7, doubles) { return }
        if try shape.message(8, doubles) { return }
        let isPolygon = try shape.message(9) { polygon throws(UnusualForm) in try polygon.messages(1, doubles) }
        if isPolygon { return }
        guard try shape.skipTrue(10) else { throw UnusualForm() }
    }

    /// What the document says beyond the other fields.
    private func rest(_ object: inout WireReader) throws(UnusualForm) {
        guard SeatingPlan.Rest.isReadable(try object.text(70).utf8) else { throw UnusualForm() }
        _ = try object.uint32(71)
    }

    /// A position or a size, which is always there.
    private func pair(_ field: UInt8, of reader: inout WireReader) throws(UnusualForm) {
        guard try reader.message(field, doubles) else { throw UnusualForm() }
    }

    private func doubles(_ pair: inout WireReader) throws(UnusualForm) {
        try pair.skipDouble(1)
        try pair.skipDouble(2)
    }
}
