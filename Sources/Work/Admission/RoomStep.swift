package import Domain
package import Inlets

/// Something to be recorded about a waiting room, of the room or of its show.
package enum RoomStep: Hashable, Sendable {
    /// The room learns of the first hold that was placed with an admission.
    case claim(EntryID, UserID, at: Timestamp)
    /// The room learns of a completed order.
    case finish(EntryID)
    /// Of the room: what is due by time, and admissions.
    case advance
    /// The log's hash at this sequence number, where the set of the draw was closed.
    case seal(position: Int64)
    /// The instance's own seed.
    case reveal
    /// The room of a cancelled show ends.
    case end
    /// The show learns whether its holds need an admission.
    case require(Bool)
    /// The show learns that an admission was given back.
    case endAdmission(EntryID)
}

extension Inlets {
    /// What is to be recorded about a show's room at `now`, at most `limit` steps: all of it can be done at once.
    ///
    /// ``RoomStep/advance`` comes last: what else there is may keep it from ending an admission.
    package func steps(of show: ShowID, at now: Timestamp, limit: Int) -> [RoomStep] {
        guard let room = rooms[show] else { return [] }
        let isCancelled = cancelled.contains(show)
        guard !room.hasEnded else {
            return requiring.contains(show) && !isCancelled ? [.require(false)] : []
        }
        // A cancelled show has no holds to admit anybody to.
        guard !isCancelled else { return [.end] }
        var steps: [RoomStep] = requiring.contains(show) ? [] : [.require(true)]
        steps += room.returned.prefix(limit).map { .endAdmission($0) }
        steps += room.unclaimed.prefix(limit).map { .claim($0.key, $0.value.userID, at: $0.value.at) }
        steps += room.completed.prefix(limit).map { .finish($0) }
        steps = Array(steps.prefix(limit))
        if let next = room.drawStep { steps.append(next) }
        if let due = room.inlet.nextDue(after: now), due <= now { steps.append(.advance) }
        return steps
    }
}

extension Inlets.Room {
    /// What the instance has to do for the draw.
    fileprivate var drawStep: RoomStep? {
        guard inlet.phase == .drawing else { return nil }
        guard inlet.isSealed else { return closedAt.map { .seal(position: $0) } }
        let instance = inlet.draw.parties.first { $0.name == DrawCommitment.instance }
        guard let instance, instance.seed == nil, !instance.isForfeited else { return nil }
        return .reveal
    }
}
