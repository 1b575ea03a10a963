import Domain
import HTTPServer
import WebAPI

/// A seating plan in the format of pretix (https://github.com/pretix/pretix, `seating-plan.schema.json`), read as it is
/// written: what the format has beyond ``SeatingPlan``'s values is kept, for the plan to come back as it came.
struct SeatingPlanBody: Decodable {
    private let read: SeatingPlan
    private let faults: FaultList
    /// Some of the faults are of the document's shape.
    private let isMisshapen: Bool
    /// Where the plan is in the body, such as `seatingPlan`.
    private let place: String

    init(from decoder: any Decoder) throws {
        guard let body = decoder as? BodyDecoder else {
            throw InvalidValue.error("can only be read from a body", at: decoder)
        }
        var reader = PlanReader(body.cursor)
        guard let plan = reader.plan() else { throw InvalidValue.error("must be an object", at: decoder) }
        read = plan
        isMisshapen = !reader.faults.isEmpty
        var faults = reader.faults
        faults.add(reader.unknownCategories)
        faults.add(plan.faults)
        self.faults = faults
        place = body.place
    }

    /// The plan, if it is one that a show may have.
    ///
    /// Throws `invalid-request` or `invalid-seating-plan`, with everything that is wrong and its places.
    func plan() throws(Problem) -> SeatingPlan {
        guard faults.isEmpty else {
            var placed = FaultList()
            placed.add(faults, below: place)
            throw Problem(isMisshapen ? .invalidRequest : .invalidSeatingPlan, placed)
        }
        return read
    }
}

extension Problem {
    /// A problem that tells all faults: the first in its detail, which says how many more there are.
    init(_ code: Code, _ faults: FaultList) {
        let more = faults.faults.count + faults.omittedCount - 1
        let first = faults.faults.first.map(Self.sentence) ?? ""
        self.init(
            code, detail: more > 0 ? "\(first) And \(more) more: see faults." : first,
            members: [
                Member(
                    "faults",
                    .array(
                        faults.faults.map { fault in
                            .object([Member("at", .string(fault.place)), Member("reason", .string(fault.reason))])
                        }))
            ])
        if faults.omittedCount > 0 { members.append(Member("faultsOmitted", .integer(Int64(faults.omittedCount)))) }
    }

    /// A reason that is a sentence by itself stays one; a rule follows the name of its place.
    private static func sentence(_ fault: Fault) -> String {
        fault.reason.hasPrefix("must ") || fault.reason.hasPrefix("is ")
            ? "\(fault.place) \(fault.reason)." : fault.reason
    }
}
