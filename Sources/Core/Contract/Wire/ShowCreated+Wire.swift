import Domain
import SwiftProtobuf

extension ShowCreated {
    /// Reads a ``Holdfast_V1_ShowCreated``. The seating plan, which is nearly all of it, stays packed.
    init(payload: [UInt8]) throws {
        guard let (plan, rest) = Self.split(payload) else {
            self = try ShowCreated(Holdfast_V1_ShowCreated(serializedBytes: payload))
            self.plan = self.plan.map { .packed(PackedPlan($0.unpacked())) }
            return
        }
        self = try ShowCreated(Holdfast_V1_ShowCreated(serializedBytes: rest))
        self.plan = .packed(plan)
    }

    /// The seating plan, and the message without it. Nil: there is none, or not in the form that this program writes.
    private static func split(_ payload: [UInt8]) -> (plan: PackedPlan, rest: [UInt8])? {
        do throws(UnusualForm) {
            var reader = WireReader(payload)
            guard let (content, field) = try reader.onlyMessage(12) else { return nil }
            let plan = try PackedPlan(wireBytes: Array(payload[content]))
            return (plan, Array(payload[..<field.lowerBound] + payload[field.upperBound...]))
        } catch {
            return nil
        }
    }
}
