import Domain
import Text
import Waitlists
import WebAPI

/// A person's entry on a show's waiting list, and its place at one sequence number.
struct OwnEntry: Equatable, Sendable {
    var show: ShowID
    var entry: ShowWaitlist.Entry
    /// From 1; nil: it does not wait.
    var place: Int?

    init(_ found: (show: ShowID, entry: ShowWaitlist.Entry), in projection: borrowing Waitlists) {
        (show, entry) = found
        place = projection.place(of: found.entry, in: found.show)
    }
}

extension JSONWriter {
    mutating func value(_ own: OwnEntry) {
        let entry = own.entry
        object { json in
            json.members(entry.joined, show: own.show)
            json.member("status", entry.status.rawValue)
            if let place = own.place { json.member("place", place) }
            if entry.status == .offered { json.member("holdId", HoldID(offeredTo: entry.joined.entryID)) }
            if let time = entry.expiresAt { json.member("expiresAt", time) }
            if let reason = entry.reason { json.member("reason", reason.rawValue) }
            if let time = entry.endedAt { json.member("endedAt", time) }
        }
    }
}
