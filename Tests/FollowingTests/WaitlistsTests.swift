import Contract
import Domain
import EventLog
import Projection
import SeededRandom
import Testing
import Waitlists
@testable import Following

@Suite struct `Who waits, as it is read` {
    /// The list of one show, kept the slow and obvious way.
    private struct Model {
        var entries: [(joined: WaitlistJoined, show: ShowID, status: ShowWaitlist.Status)] = []

        mutating func apply(_ event: ShowEvent, on show: ShowID) {
            switch event {
            case .waitlist(.joined(let joined)): entries.append((joined, show, .waiting))
            case .waitlist(.left(let left)): set(.left) { $0 == left.entryID }
            case .waitlist(.offered(let offered)): set(.offered) { $0 == offered.entryID }
            case .waitlist(.closed(let closed)):
                for index in entries.indices
                where entries[index].show == show && entries[index].status == .waiting
                    && closed.wish.map({ $0 == entries[index].joined.wish }) ?? true
                {
                    entries[index].status = .unfillable
                }
            case .hold(.released(let ended)): set(.declined) { HoldID(offeredTo: $0) == ended.holdID }
            case .hold(.expired(let ended)): set(.expired) { HoldID(offeredTo: $0) == ended.holdID }
            case .order(.sold(let sold)): set(.served) { sold.wasHeld && HoldID(offeredTo: $0) == sold.holdID }
            default: break
            }
        }

        private mutating func set(_ status: ShowWaitlist.Status, _ isMeant: (WaitlistEntryID) -> Bool) {
            for index in entries.indices where isMeant(entries[index].joined.entryID) { entries[index].status = status }
        }

        func place(of entry: WaitlistJoined, on show: ShowID) -> Int {
            entries.count { $0.show == show && $0.status == .waiting && $0.joined.number <= entry.number }
        }
    }

    @Test(arguments: 0..<30)
    func `is what the events say, with exact places`(seed: UInt64) throws {
        var (projection, model) = (Waitlists(), Model())
        var seen: Set<ShowWaitlist.Status> = []
        for (event, context) in History(seed: 900 + seed, commands: 250, waits: true).events {
            try projection.fold(event, in: context)
            model.apply(event, on: context.show)
            guard case .waitlist = event else { continue }
            for user in ["ann", "bob", "eve", "nobody"].map({ UserID($0) }) {
                let wanted = model.entries.filter { $0.joined.userID == user }
                let found = projection.entries(of: user)
                #expect(Set(found.map(\.entry.joined.entryID)) == Set(wanted.map(\.joined.entryID)))
                for entry in wanted {
                    let own = try #require(projection.entry(entry.joined.entryID, of: user))
                    #expect(own.entry.status == entry.status)
                    #expect((own.entry.endedAt == nil) == entry.status.isLive)
                    let place = entry.status == .waiting ? model.place(of: entry.joined, on: entry.show) : nil
                    #expect(projection.place(of: own.entry, in: own.show) == place)
                    #expect(projection.entry(entry.joined.entryID, of: UserID("else")) == nil)
                    seen.insert(entry.status)
                }
            }
            for (show, list) in projection.lists {
                #expect(list.waitingCount == model.entries.count { $0.show == show && $0.status == .waiting })
                #expect(list.waitingByWish.values.reduce(0, +) == list.waitingCount)
            }
        }
        #expect(seen.contains(.waiting))
    }

    @Test func `faults where an entry is not there`() {
        let context = EventContext(position: 1, show: ShowID("s"), recordedAt: Timestamp(microseconds: 0))
        var projection = Waitlists()
        let entry = WaitlistEntryID("s-w")
        #expect(throws: ProjectionFault.self) {
            try projection.fold(
                ShowEvent.waitlist(
                    .left(WaitlistLeft(entryID: entry, userID: UserID("a"), leftAt: Timestamp(microseconds: 0)))),
                in: context)
        }
        #expect(throws: ProjectionFault.self) {
            try projection.fold(
                ShowEvent.waitlist(
                    .joined(
                        WaitlistJoined(
                            entryID: entry, userID: UserID("a"), number: 2, place: 1, wish: WaitlistWish(quantity: 1),
                            joinedAt: Timestamp(microseconds: 0)))), in: context)
        }
    }
}

@Suite struct `A turn of a view` {
    /// Events of commits with these many each.
    private func events(_ commits: [Int]) -> ArraySlice<FollowedEvent> {
        var events: [FollowedEvent] = []
        for (commit, count) in commits.enumerated() {
            for _ in 0..<count {
                events.append(
                    FollowedEvent(
                        RecordedEvent(
                            position: Int64(events.count) + 1, stream: StreamID("s"), streamVersion: 1,
                            event: EncodedEvent(type: "x", schemaVersion: 1, payload: []),
                            commandID: CommandID(high: 1, low: 1), recordedAt: Timestamp(microseconds: Int64(commit)))))
            }
        }
        return events[...]
    }

    @Test(arguments: [
        ([3], 3), ([256], 256), ([200, 56], 256), ([200, 57], 200), ([100, 100, 100], 200), ([300, 5], 300),
        ([257], 257), ([5_000], 4_096), ([255, 2, 1], 255), ([1, 5_000], 1),
    ])
    func `ends between two commits where it can`(commits: [Int], length: Int) {
        #expect(View<Waitlists>.turn(of: events(commits)).count == length)
        // Wherever the slice begins.
        #expect(View<Waitlists>.turn(of: events([7] + commits).dropFirst(7)).count == length)
    }
}
