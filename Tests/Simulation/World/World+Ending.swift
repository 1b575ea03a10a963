import Availability
import Domain
import EventLog
import Following
import Projection
import Sequencing

/// The end of a run: when nothing goes wrong any more, everything that was begun must end.
extension World {
    /// What is still to be waited for; nil: nothing.
    func whatIsMissing() -> String? {
        // The operator is at hand as long as anything is left.
        if let client = clients.first(where: { $0.number == operatorNumber ? !$0.unfinished.isEmpty : !$0.isDone }) {
            return client.unfinished.isEmpty
                ? "client \(client.number) gets no read"
                : "client \(client.number) has no final answer to \(client.unfinished.count) commands"
        }
        if let missing = judge.unsettled ?? judge.unrecorded(provider.accounts) { return missing }
        for process in processes {
            if let missing = whatIsMissing(of: process) { return "process \(process.number) \(missing)" }
        }
        let stored = store.content.checkpoint.token
        guard stored == log.content.head else { return "the stored view is at \(stored)" }
        guard scenario.outlastsHolds, let hold = judge.ledger.liveHolds.first else { return nil }
        return "hold \(hold.placed.holdID) never ends"
    }

    private func whatIsMissing(of process: Process) -> String? {
        guard process.isUp, let follower = process.follower.machine else { return "is not up" }
        if process.sequences, process.sequencer.machine?.isIdle != true || !process.sequencer.inbox.isEmpty {
            return "has not answered everybody"
        }
        let head = log.content.head
        guard process.follower.status.isReady, follower.epoch == head.epoch, follower.applied == head.position,
            process.follower.views.allSatisfy({ $0.checkpoint == head.position })
        else {
            return "is at \(follower.epoch).\(follower.applied) and not ready at \(head)"
        }
        let hasWaiters = process.follower.waiters.contains { waiters in
            var waiters = waiters
            return !waiters.removeAll().isEmpty
        }
        return hasWaiters ? "lets reads wait" : nil
    }

    /// When all is quiet: views, seat maps and answers against the log.
    func judgeTheEnd() {
        for process in processes {
            let name = "process \(process.number), in the end,"
            for (view, content) in zip(process.follower.views, process.follower.contents) {
                judge.isFold(view.snapshot().payload, of: view, at: content, name)
                if content != judge.history.head {
                    judge.accuse(.viewsAreTheirFold, "\(name) has another branch of the log")
                }
            }
            process.follower.seatMaps?.read { seatMaps, _ in
                for show in showIDs {
                    let map = seatMaps.shows[show]
                    let free = map.map { map in
                        zip(map.details.areas, map.areas).map { $0.capacity - $1.counts.taken }
                    }
                    if map?.statuses != judge.ledger.statuses(of: show) || free != judge.ledger.freeUnits(of: show) {
                        judge.accuse(.viewsAreTheirFold, "\(name) has a seat map that is not what the log says")
                    }
                }
            }
        }
        judge.stands(store.content, comparesRows: true)
        judge.balances(provider.accounts)
        for answer in clients.flatMap(\.commands).compactMap(\.answer) { judge.stands(answer) }
    }
}
