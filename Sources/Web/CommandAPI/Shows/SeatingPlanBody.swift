import Domain
import HTTPServer
import WebAPI

/// A seating plan in the format of pretix (https://github.com/pretix/pretix, `seating-plan.schema.json`), read as it is
/// written: what the format has beyond ``SeatingPlan``'s values is kept, for the plan to come back as it came.
struct SeatingPlanBody: Decodable {
    private let read: SeatingPlan
    /// Where the document does not have the format's shape.
    private let shapeFaults: FaultList
    /// Seats of a category that the plan doesn't have, with its name. Places are in the body.
    let unknownCategories: FaultList
    /// Where the plan is in the body, such as `seatingPlan`.
    private let place: String

    init(from decoder: any Decoder) throws {
        guard let body = decoder as? BodyDecoder else {
            throw InvalidValue.error("can only be read from a body", at: decoder)
        }
        var reader = PlanReader(body.cursor)
        guard let plan = reader.plan() else { throw InvalidValue.error("must be an object", at: decoder) }
        read = plan
        place = body.place
        shapeFaults = reader.faults
        var unknown = FaultList()
        unknown.add(reader.unknownCategories, below: body.place)
        unknownCategories = unknown
    }

    /// The plan as the body has it, for ``SeatingPlan/validate()`` to check.
    ///
    /// Throws `invalid-request` where the body does not have the format's shape, with everything else that is wrong.
    func shaped() throws(Problem) -> SeatingPlan {
        guard shapeFaults.isEmpty else { throw Problem(.invalidRequest, faults) }
        return read
    }

    /// The plan, if it is one that a show may have.
    ///
    /// Throws `invalid-request` or `invalid-seating-plan`, with everything that is wrong and its places.
    func plan() throws(Problem) -> SeatingPlan {
        let plan = try shaped()
        let faults = faults
        guard faults.isEmpty else { throw Problem(.invalidSeatingPlan, faults) }
        return plan
    }

    /// All that is wrong; its places are in the body.
    private var faults: FaultList {
        var faults = FaultList()
        faults.add(shapeFaults, below: place)
        faults.add(unknownCategories)
        faults.add(read.faults, below: place)
        return faults
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
