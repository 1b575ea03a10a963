@testable import Domain
import Testing

extension ShowCommand {
    static func join(
        _ entry: String, by user: String = "ann", _ quantity: Int, _ scope: WaitlistWish.Scope = .anywhere,
        together: Bool = true, accessible: Bool = false, types: [String: Int] = [:]
    ) -> Self {
        .waitlist(
            .join(
                JoinWaitlist(
                    entryID: WaitlistEntryID(entry), userID: UserID(user),
                    wish: WaitlistWish(
                        quantity: quantity, scope: scope, isTogether: together, isAccessible: accessible),
                    ticketTypes: types)))
    }

    static func leave(_ entry: String, by user: String = "ann") -> Self {
        .waitlist(.leave(WaitlistEntryID(entry), by: UserID(user)))
    }

    static func release(_ hold: String, by user: String = "ann") -> Self {
        .releaseHold(HoldID(hold), by: UserID(user))
    }
}

extension ShowState {
    /// Does what the deadline timer does, as often as it takes.
    @discardableResult
    mutating func recordOverdue(at now: Timestamp) -> [ShowEvent] {
        var events: [ShowEvent] = []
        while let due = nextDeadline, due <= max(now, lastDecidedAt) {
            do {
                let recorded = try run(.expireHolds(limit: 8), at: now)
                #expect(!recorded.isEmpty, "what is due is recorded")
                guard !recorded.isEmpty else { break }
                events += recorded
            } catch {
                Issue.record(error)
                break
            }
        }
        return events
    }

    var waiting: [String] {
        waitlist.entries.filter(\.value.waits).sorted { $0.key < $1.key }.map(\.value.entryID.rawValue)
    }
}

extension [ShowEvent] {
    /// Who is offered what, in order: the entry, and its seats and units.
    var offers: [(entry: String, places: [String], passed: [String])] {
        zip(self, dropFirst()).compactMap { offered, placed in
            guard case .waitlist(.offered(let offered)) = offered, case .hold(.placed(let placed)) = placed,
                placed.offerOf == offered.entryID
            else { return nil }
            return (
                offered.entryID.rawValue, placed.guids + placed.units.sorted { $0.key < $1.key }.map { "\($0)×\($1)" },
                offered.passed.map(\.rawValue)
            )
        }
    }
}

extension ShowState {
    mutating func perform(
        _ command: ShowCommand, now: Timestamp
    ) throws(Rejection) -> [(event: ShowEvent, undo: Undo)] {
        var done: [(event: ShowEvent, undo: Undo)] = []
        _ = try perform(command, now: now, recording: &done)
        return done
    }
}
