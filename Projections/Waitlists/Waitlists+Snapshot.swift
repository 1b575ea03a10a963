import Contract
import Domain
public import Projection
import SwiftProtobuf

extension Waitlists {
    private var shows: [(key: ShowID, value: ShowWaitlist)] { lists.sorted { $0.key < $1.key } }

    public var encoded: [UInt8] {
        canonicalBytes(
            of: Holdfast_V1_WaitlistsSnapshot.with {
                $0.shows = shows.map { show, list in
                    .with {
                        $0.showID = show.rawValue
                        $0.lastNumber = UInt32(list.lastNumber)
                        $0.entries = list.entries.map(Holdfast_V1_WaitlistsSnapshot.Entry.init)
                        $0.ended = list.ended.map(UInt32.init)
                        $0.behind = list.isBehind
                    }
                }
            })
    }

    /// Numbers of one show: a snapshot that says more is damaged, and must not take the memory for it.
    private static let numberMax = 10_000_000

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        self.init()
        do {
            for message in try Holdfast_V1_WaitlistsSnapshot(serializedBytes: encoded).shows {
                guard message.lastNumber <= Self.numberMax,
                    let list = ShowWaitlist(
                        try message.entries.map(ShowWaitlist.Entry.init), ended: message.ended.map(Int.init),
                        lastNumber: Int(message.lastNumber), isBehind: message.behind)
                else { throw ProjectionFault("the parts of show \(message.showID)'s list don't fit together") }
                try insert(list, of: ShowID(message.showID))
            }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    /// A line for each show, and for each entry.
    public var lines: [String] {
        shows.flatMap { show, list in
            [
                jsonLine([
                    ("show", .text(show.rawValue)), ("waiting", .number(Int64(list.waitingCount))),
                    ("lastNumber", .number(Int64(list.lastNumber))), ("behind", .number(list.isBehind ? 1 : 0)),
                ])
            ]
                + list.entries.map { entry in
                    jsonLine([
                        ("show", .text(show.rawValue)), ("entry", .text(entry.joined.entryID.rawValue)),
                        ("user", .text(entry.joined.userID.rawValue)), ("number", .number(Int64(entry.joined.number))),
                        ("place", .number(Int64(list.place(of: entry) ?? 0))), ("status", .text(entry.status.rawValue)),
                        ("quantity", .number(Int64(entry.joined.wish.quantity))),
                        ("expiresAt", .number(entry.expiresAt?.microseconds ?? 0)),
                        ("endedAt", .number(entry.endedAt?.microseconds ?? 0)),
                    ])
                }
        }
    }
}

extension Holdfast_V1_WaitlistsSnapshot.Entry {
    fileprivate init(_ entry: ShowWaitlist.Entry) {
        self.init()
        joined = Holdfast_V1_WaitlistJoined(entry.joined)
        status = entry.status.rawValue
        expiresAt = entry.expiresAt?.microseconds ?? 0
        reason = entry.reason?.rawValue ?? ""
        endedAt = entry.endedAt?.microseconds ?? 0
    }
}

extension ShowWaitlist.Entry {
    fileprivate init(_ message: Holdfast_V1_WaitlistsSnapshot.Entry) throws {
        self.init(joined: try WaitlistJoined(message.joined))
        guard let status = ShowWaitlist.Status(rawValue: message.status) else {
            throw ProjectionFault("an entry's status is \(message.status)")
        }
        self.status = status
        expiresAt = message.expiresAt == 0 ? nil : Timestamp(microseconds: message.expiresAt)
        reason = WaitlistClosed.Reason(rawValue: message.reason)
        endedAt = message.endedAt == 0 ? nil : Timestamp(microseconds: message.endedAt)
    }
}
