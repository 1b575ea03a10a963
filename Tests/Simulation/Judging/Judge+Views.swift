import Domain
import EventLog
import Following
import Orders
import Projection

/// Promises 5 and 7: every event once and in order, and a view is the fold of what it has.
extension Judge {
    /// A follower hands `events` to a view that has come to `content`. Returns where it will be then.
    mutating func handed(_ events: [RecordedEvent], to content: FactID, _ who: @autoclosure () -> String) -> FactID {
        var content = content
        for event in events where event.position > history.position(content) {
            guard let id = history.id(of: event) else {
                accuse(.theLogIsWhole, "\(who()) applies event \(event.position), which was never committed")
                return content
            }
            guard history[id].parent == content else {
                let place = history.position(content)
                let detail = "\(who()) applies event \(event.position) after \(place), which it does not follow"
                accuse(event.position == place + 1 ? .viewsAreTheirFold : .theLogIsWhole, detail)
                return content
            }
            content = id
        }
        return content
    }

    /// The events as the views take them in: decoded once for all.
    func followed(_ events: [RecordedEvent]) -> [FollowedEvent] {
        events.map { event in history.id(of: event).map { history[$0].followed } ?? FollowedEvent(event) }
    }

    /// A view says that it has come to `checkpoint`.
    mutating func stands(_ view: any FollowingView, at content: FactID, _ who: @autoclosure () -> String) {
        if let stop = view.stop {
            accuse(.viewsAreTheirFold, "\(who()) \(view.name) stopped at \(stop.position): \(stop.reason)")
        } else if view.checkpoint != history.position(content) {
            let place = history.position(content)
            accuse(.theLogIsWhole, "\(who()) \(view.name) is at \(view.checkpoint) instead of \(place)")
        }
    }

    /// The stored view is told that `events` are folded in. Returns where it is then.
    mutating func folded(_ events: [FollowedEvent], onto content: FactID) -> FactID {
        var content = content
        for event in events {
            let follower = history.child(of: content, at: event.context)
            guard let follower else {
                let place = history.position(content)
                accuse(
                    .viewsAreTheirFold,
                    "the stored view folds event \(event.context.position) in at \(place), which it does not follow")
                return content
            }
            content = follower
        }
        return content
    }

    /// The stored view says where it is: it is the fold of what it has, and no further than its epoch's log.
    mutating func stands(_ stored: SimulatedStore.Content, comparesRows: Bool) {
        let token = stored.checkpoint.token
        if token.position != history.position(stored.fact) {
            accuse(.viewsAreTheirFold, "the stored view says \(token) and has \(history.position(stored.fact))")
        }
        if token.epoch == epochs.current && !history.isInLog(stored.fact) {
            accuse(.viewsAreTheirFold, "the stored view is at \(token) and has what was lost")
        }
        guard comparesRows else { return }
        tally.storedFoldsCompared += 1
        var fold = OrdersFold([:])
        for id in history.path(to: stored.fact) {
            do {
                try fold.apply(history[id].followed)
            } catch {
                return accuse(.viewsAreTheirFold, "a fold of the log stops: \(error)")
            }
        }
        let orders = Dictionary(uniqueKeysWithValues: fold.allRows.map { ($0.key, $0.row) })
        let tickets = Set(fold.ticketRows.filter { $0.number > 0 }.map(\.ticketID))
        if orders != stored.orders || tickets != Set(stored.tickets.values.map(\.ticketID)) {
            accuse(.viewsAreTheirFold, "the stored view at \(token) differs from a fresh fold")
        }
    }

    /// A view's state is compared with a fresh fold, byte by byte, which is what equal digests mean.
    mutating func isFold(
        _ payload: [UInt8], of view: any FollowingView, at content: FactID, _ who: @autoclosure () -> String
    ) {
        tally.foldsCompared += 1
        let fold = view.sibling()
        fold.apply(history.path(to: content).map { history[$0].followed })
        guard fold.stop == nil, fold.snapshot().payload == payload else {
            let place = history.position(content)
            return accuse(.viewsAreTheirFold, "\(who()) \(view.name) at \(place) differs from a fresh fold")
        }
    }
}
