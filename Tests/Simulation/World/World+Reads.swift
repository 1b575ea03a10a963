import Availability
import Domain
import EventLog
import Following
import Projection
import MyHolds

/// What `FreshRead` and `View` do with a read: find out what it has to wait for, wait, and answer in one step.
extension World {
    func arrive(_ read: Int) {
        let process = reads[read].process
        guard !reads[read].isAnswered else { return }
        guard processes[process].isUp else { return send(.refused, to: read) }
        guard isReadable(process) else { return sayNotReady(read) }
        reads[read].deadline = now + reads[read].timeout
        switch reads[read].freshness {
        case .any: goOn(read)
        case .head:
            reads[read].mark = judge.history.head
            ask(.head, from: process, for: .readHead(read))
        case .token(let token):
            reads[read].wanted = token
            goOn(read)
        }
    }

    func takeForRead(_ reply: LogReply, _ process: Int, _ purpose: Asker.Purpose) {
        switch (purpose, reply) {
        case (.readHead(let read), .head(let head)):
            reads[read].wanted = head
            goOn(read)
        case (.readTokenHead(let read), .head(let head)):
            if reads[read].wanted?.epoch == head.epoch {
                confirm(read, head)
            } else {
                ask(.epochs, from: process, for: .readEpochs(read, head))
            }
        case (.readEpochs(let read, let head), .epochs(let epochs)):
            switch reads[read].wanted.map(epochs.judge) {
            case .valid, nil: confirm(read, head)
            case .unknownEpoch: sayAhead(read)
            case .lost where reads[read].freshness == .head: ask(.head, from: process, for: .readHead(read))
            case .lost: sayLost(read)
            }
        case (.readHead(let read), _), (.readEpochs(let read, _), _), (.readTokenHead(let read), _):
            send(.logUnavailable, to: read)
        default: preconditionFailure("the log answered another question")
        }
    }

    // MARK: What to wait for

    /// Answers if the view has what is wanted; else finds out what that is here and now, and waits for it.
    private func goOn(_ read: Int) {
        let (place, content) = place(of: read)
        // A lost tail may have emptied the view meanwhile.
        guard isReadable(reads[read].process) else { return sayNotReady(read) }
        guard place.epoch == 0 || !place.includes(reads[read].wanted) else { return answer(read) }
        reads[read].judgedAt = (place, content)
        guard let token = reads[read].wanted, !place.includes(token) else { return startWaiting(read) }
        let status = processes[reads[read].process].follower.status
        if token.epoch == place.epoch && token.epoch == status.epoch && token.position <= status.head {
            startWaiting(read)
        } else {
            ask(.head, from: reads[read].process, for: .readTokenHead(read))
        }
    }

    /// The log knows the token; it may stand for a place in a later epoch now.
    private func confirm(_ read: Int, _ head: LogPosition) {
        guard let token = reads[read].wanted, token.position <= head.position else { return sayAhead(read) }
        let epoch = max(token.epoch, reads[read].judgedAt.place.epoch)
        reads[read].wanted = LogPosition(epoch: epoch, position: token.position)
        startWaiting(read)
    }

    // MARK: Waiting

    private func startWaiting(_ read: Int) {
        reads[read].awaited = (reads[read].wanted.map { [$0] } ?? []) + [LogPosition(epoch: 1, position: 0)]
        wait(read)
    }

    func wait(_ read: Int) {
        let (process, view) = (reads[read].process, viewIndex(of: read))
        reads[read].waiter = nil
        if strikes(.staleRead, perMille: 300) { return answer(read) }
        while let token = reads[read].awaited.first {
            let (place, _) = place(of: read)
            if (token.epoch, token.position) <= (place.epoch, place.position) {
                reads[read].awaited.removeFirst()
                continue
            }
            let target = token.epoch == place.epoch ? token.position : .max
            guard now < reads[read].deadline,
                let waiter = processes[process].follower.waiters[view].add(read, until: target)
            else { return sayBehind(read) }
            judge.tally.readsWaited += 1
            reads[read].waiter = waiter
            let life = processes[process].life
            return plan(.waitEnds(read: read, life: life), in: reads[read].deadline - now)
        }
        goOn(read)
    }

    func wakeWaiters(_ process: Int, _ view: Int) {
        let checkpoint = processes[process].follower.views[view].checkpoint
        wake(processes[process].follower.waiters[view].advance(to: checkpoint), process)
    }

    /// In a new epoch everybody looks again at what they wait for.
    func wakeAllWaiters(_ process: Int, _ view: Int) {
        wake(processes[process].follower.waiters[view].removeAll(), process)
    }

    private func wake(_ woken: [Int], _ process: Int) {
        for read in woken {
            // Another thread goes on with it, a moment later.
            plan(.waiterWakes(read: read, life: processes[process].life), in: random.moment(0...80))
        }
    }

    func giveUpWaiting(_ read: Int) {
        guard let waiter = reads[read].waiter, !reads[read].isAnswered else { return }
        guard processes[reads[read].process].follower.waiters[viewIndex(of: read)].cancel(waiter) != nil else { return }
        sayBehind(read)
    }

    // MARK: Answering

    private func answer(_ read: Int) {
        let (place, content) = place(of: read)
        let follower = processes[reads[read].process].follower
        let shown: Read.Content =
            switch reads[read].question {
            case .holds(let user):
                .holds(follower.holds?.read { view, _ in view.holds(of: user).map(\.placed.holdID) } ?? [])
            case .seatMap(let show):
                .seatMap(held: follower.seatMaps?.read { view, _ in view.shows[show]?.counts.held } ?? nil)
            }
        judge.hasCaughtUp(reads[read], from: content, since: processes[reads[read].process].headAtStart)
        judge.read(reads[read], from: content, token: place, shows: shown)
        note("read answered by", reads[read].process, Int64(read), place.position)
        send(.content(token: place, from: content), to: read)
    }

    private func isReadable(_ process: Int) -> Bool {
        processes[process].follower.status.hasCaughtUp || strikes(.earlyRead, perMille: 1_000)
    }

    private func sayNotReady(_ read: Int) {
        judge.tally.readsNotReady += 1
        send(.notReady, to: read)
    }

    private func sayLost(_ read: Int) {
        let (place, content) = reads[read].judgedAt
        judge.refusedAsLost(reads[read])
        let isBetter = place.epoch > reads[read].wanted?.epoch ?? 0
        if isBetter { judge.given(place, for: content, "read \(read), refused as lost,") }
        send(.lost(token: isBetter ? place : nil, from: content), to: read)
    }

    private func sayBehind(_ read: Int) {
        judge.tally.readsBehind += 1
        let (place, content) = place(of: read)
        if place.epoch > 0 { judge.given(place, for: content, "read \(read), told to come again,") }
        send(.behind(token: place.epoch > 0 ? place : nil, from: content), to: read)
    }

    private func sayAhead(_ read: Int) {
        judge.refusedAsAhead(reads[read])
        send(.ahead, to: read)
    }

    private func send(_ answer: ReadAnswer, to read: Int) {
        reads[read].isAnswered = true
        let isLost = strikes(\.requestLost)
        plan(
            .readAnswerArrives(read, isLost ? .refused : answer),
            in: random.moment(scenario.hop) + (isLost ? scenario.clientPatience : 0))
    }

    private func viewIndex(of read: Int) -> Int {
        switch reads[read].question {
        case .seatMap: 0
        case .holds: 1
        }
    }

    /// Where the view is that answers a read, and what it has.
    private func place(of read: Int) -> (place: LogPosition, content: FactID) {
        let follower = processes[reads[read].process].follower
        let place =
            switch reads[read].question {
            case .seatMap: follower.seatMaps?.place
            case .holds: follower.holds?.place
            }
        return (place ?? LogPosition(epoch: 0, position: 0), follower.contents[viewIndex(of: read)])
    }
}

extension LogPosition {
    /// Whoever has come to this place has seen what `token` stands for. Of another epoch's tokens that can't be told.
    fileprivate func includes(_ token: LogPosition?) -> Bool {
        guard let token else { return true }
        return token.epoch == epoch && token.position <= position
    }
}
