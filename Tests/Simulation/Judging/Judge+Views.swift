import Domain
import EventLog
import Following
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
