// The line: numbers, entries, and whose they are.
extension WaitingRoomState {
    /// The entry with this id, if it is this person's.
    func place(of entry: EntryID, ownedBy user: UserID) -> Int? {
        guard let place = ids.place(of: entry), users.place(of: user) == Int(entries[place].user) else { return nil }
        return place
    }

    /// The number that whoever comes next gets; nil in the prequeue.
    var nextNumber: Int? {
        switch inlet.phase {
        case .closed, .prequeue: nil
        case .drawing, .open, .paused, .ended: drawnCount + entries.count - prequeueCount + 1
        }
    }

    /// The entry with a number, by its place.
    func place(ofNumber number: Int) -> Int {
        number <= drawnCount ? Int(order[number - 1]) : prequeueCount + number - drawnCount - 1
    }

    /// The largest number that was given out, once the prequeue is closed; before the draw is held, 0.
    var lastNumber: Int {
        order.count < drawnCount ? 0 : drawnCount + entries.count - prequeueCount
    }

    /// The next who wait, in the order of their numbers.
    func nextWaiting(_ count: Int) -> [EntriesAdmitted.Entry] {
        var next: [EntriesAdmitted.Entry] = []
        next.reserveCapacity(count)
        var number = servedThrough
        while next.count < count, number < lastNumber {
            number += 1
            let place = place(ofNumber: number)
            if entries[place].status == .waiting { next.append(admission(place, number)) }
        }
        return next
    }

    private func admission(_ place: Int, _ number: Int) -> EntriesAdmitted.Entry {
        EntriesAdmitted.Entry(entryID: ids[place], userID: users[Int(entries[place].user)], number: number)
    }

    /// The live entries of a user, the newest first, by their places. They are no more than were once allowed.
    func liveEntries(of user: UserID) -> [Int] {
        guard let user = users.place(of: user) else { return [] }
        var live: [Int] = []
        var next = newestOfUser[user]
        while next >= 0 {
            live.append(Int(next))
            next = entries[Int(next)].olderOfUser
        }
        return live
    }

    /// An entry as an event names it.
    func ended(_ place: Int) -> EntriesEnded.Entry {
        EntriesEnded.Entry(entryID: ids[place], userID: users[Int(entries[place].user)])
    }
}
