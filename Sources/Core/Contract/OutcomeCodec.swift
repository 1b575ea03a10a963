public import Domain
import SwiftProtobuf

/// A recorded outcome that this version of the program can't read.
public struct UnreadableOutcome: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
}

extension Outcome {
    /// As it stands in `commands.outcome`.
    public var encoded: [UInt8] {
        guard case .rejected(let rejection) = self else { return Self.encodedAcceptance }
        return Self.encode(.with { $0.rejected = Holdfast_V1_Rejected(rejection) })
    }

    /// Nearly every outcome, so it is encoded once.
    private static let encodedAcceptance = encode(.with { $0.accepted = Holdfast_V1_Accepted() })

    private static func encode(_ message: Holdfast_V1_CommandOutcome) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            preconditionFailure("an outcome that protobuf can't carry: \(error)")
        }
    }

    public init(encoded bytes: [UInt8]) throws(UnreadableOutcome) {
        let message: Holdfast_V1_CommandOutcome
        do {
            message = try Holdfast_V1_CommandOutcome(serializedBytes: bytes)
        } catch {
            throw UnreadableOutcome(description: "undecodable outcome: \(error)")
        }
        switch message.result {
        case .accepted: self = .accepted
        case .rejected(let rejected): self = .rejected(try Rejection(rejected))
        case nil: throw UnreadableOutcome(description: "an outcome that is neither accepted nor rejected")
        }
    }
}

extension Holdfast_V1_Rejected {
    fileprivate init(_ rejection: Rejection) {
        self.init()
        code = rejection.code.name
        subject = rejection.subject
        limit = rejection.limit
        conflicts = rejection.conflicts.map(Conflict.init)
    }
}

extension Rejection {
    /// A code that this version does not know is kept as it is: a newer version recorded it, and the caller may know it.
    fileprivate init(_ message: Holdfast_V1_Rejected) throws(UnreadableOutcome) {
        guard !message.code.isEmpty else { throw UnreadableOutcome(description: "a rejection without a code") }
        var conflicts: [Conflict] = []
        for conflict in message.conflicts { conflicts.append(try Conflict(conflict)) }
        self.init(Code(message.code), subject: message.subject, limit: message.limit, conflicts: conflicts)
    }
}

extension Holdfast_V1_Rejected.Conflict {
    fileprivate init(_ conflict: Rejection.Conflict) {
        self.init()
        // Clamped: a log with more holds in an area than it has units would count below zero.
        switch conflict {
        case .seat(let guid, let status):
            seat = .with {
                $0.guid = guid
                $0.status = UInt32(status.rawValue)
            }
        case .area(let id, let available):
            area = .with {
                $0.areaID = id.rawValue
                $0.available = UInt32(clamping: available)
            }
        case .quantity(let available): self.available = UInt32(clamping: available)
        case .leftSingle(let guid): leftSingle = guid
        case .instead(let guid): instead = guid
        }
    }
}

extension Rejection.Conflict {
    fileprivate init(_ message: Holdfast_V1_Rejected.Conflict) throws(UnreadableOutcome) {
        switch message.conflict {
        case .seat(let seat):
            guard let status = UInt8(exactly: seat.status).flatMap(SeatStatus.init) else {
                throw UnreadableOutcome(description: "unknown seat status \(seat.status)")
            }
            self = .seat(seat.guid, status)
        case .area(let area): self = .area(AreaID(area.areaID), available: Int(area.available))
        case .available(let available): self = .quantity(available: Int(available))
        case .leftSingle(let guid): self = .leftSingle(guid)
        case .instead(let guid): self = .instead(guid)
        case nil: throw UnreadableOutcome(description: "a conflict about nothing")
        }
    }
}
