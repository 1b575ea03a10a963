import Availability
import Catalogue
import Deadlines
import DequeModule
import Domain
import EventLog
import Following
import Projection
import MyHolds
import OpenPayments

/// What `Replica` does around its machine, with a crash possible whenever it waits.
extension World {
    private static let tickInterval = Moment.milliseconds(500)

    func startFollower(_ process: Int) {
        var follower = FollowerDriver()
        let views = Views(for: processes[process].sequences ? [.command] : [.query])
        follower.deadlines = views[Deadlines.self]
        follower.payments = views[OpenPayments.self]
        follower.seatMaps = views[Availability.self]
        follower.holds = views[MyHolds.self]
        follower.views = views.all
        follower.contents = follower.views.map { _ in History.root }
        follower.compared = follower.views.map { _ in nil }
        follower.waiters = follower.views.map { _ in WaitQueue(countMax: 20) }
        processes[process].follower = follower
        ask(.epochs, from: process, for: .snapshotEpochs)
    }

    /// Puts an input into the inbox, from which the oldest falls when it is full.
    func feed(_ process: Int, _ input: FollowerDriver.Input) {
        processes[process].follower.inbox.append(input)
        if processes[process].follower.inbox.count > FollowerDriver.inboxMax {
            processes[process].follower.inbox.removeFirst()
        }
        pump(process)
    }

    func tickFollower(_ process: Int, repeats: Bool) {
        if repeats {
            plan(.followerTicks(process, life: processes[process].life, repeats: true), in: Self.tickInterval)
        }
        feed(process, .tick)
    }

    /// One input after the other, each with all that follows from it.
    private func pump(_ process: Int) {
        guard processes[process].follower.machine != nil else { return }
        while !processes[process].follower.isReading {
            if let action = processes[process].follower.pending.popFirst() {
                perform(action, process)
                if processes[process].follower.pending.isEmpty && !processes[process].follower.isReading {
                    settle(process)
                }
            } else if let input = processes[process].follower.inbox.popFirst() {
                handle(input, process)
                if processes[process].follower.pending.isEmpty { settle(process) }
            } else {
                return
            }
        }
    }

    private func handle(_ input: FollowerDriver.Input, _ process: Int) {
        let now = self.now.duration
        let actions: [FollowerMachine.Action]? =
            switch input {
            case .batch(let batch): processes[process].follower.machine?.receive(batch, now: now)
            case .tick: processes[process].follower.machine?.tick(now: now)
            }
        processes[process].follower.pending += actions ?? []
    }

    private func perform(_ action: FollowerMachine.Action, _ process: Int) {
        switch action {
        case .apply(let events, _): apply(events, process)
        case .fetch(let position, let limit):
            judge.tally.rangesFetched += 1
            note("fetch by", process, position, Int64(limit))
            read(.events(after: position, limit: limit), process, for: .followEvents(limit: limit))
        case .readHead: read(.head, process, for: .followHead)
        case .readEpochs: read(.epochs, process, for: .followEpochs)
        case .enter(let epoch):
            note("new epoch at", process, epoch)
            for view in processes[process].follower.views.indices {
                processes[process].follower.views[view].enter(epoch: epoch)
                wakeAllWaiters(process, view)
            }
            push(.enter(epoch: epoch), to: process)
            restartPayments(process)
        case .alarm(let reason): preconditionFailure("nobody lies here: \(reason)")
        case .reset(let epoch):
            note("reset of", process, epoch)
            judge.tally.resets += 1
            settle(process)
            for view in processes[process].follower.views.indices {
                processes[process].follower.views[view].reset(epoch: epoch)
                processes[process].follower.contents[view] = History.root
                wakeAllWaiters(process, view)
            }
            push(.enter(epoch: epoch), to: process)
            restartPayments(process)
        case .checkAgain(let delay):
            plan(.followerTicks(process, life: processes[process].life, repeats: false), in: Moment(delay))
        }
    }

    private func read(_ call: LogCall, _ process: Int, for purpose: Asker.Purpose) {
        processes[process].follower.isReading = true
        ask(call, from: process, for: purpose)
    }

    private func apply(_ events: [RecordedEvent], _ process: Int) {
        note("apply by", process, events.first?.position ?? 0, Int64(events.count))
        var events = events
        if strikes(.skippedEvent, perMille: 30) { events.removeFirst() }
        if let count = countBeforeOffer(events) {
            processes[process].follower.pending.prepend(.apply(Array(events[count...])))
            processes[process].follower.isReading = true
            plan(.followerGoesOn(process, life: processes[process].life), in: .milliseconds(20))
            events.removeSubrange(count...)
        }
        let followed = judge.followed(events)
        for view in processes[process].follower.views.indices {
            let content = processes[process].follower.contents[view]
            processes[process].follower.contents[view] = judge.handed(events, to: content, "process \(process)")
            if strikes(.forgottenEvent, perMille: 30) {
                forget(process, view)
            } else {
                processes[process].follower.views[view].apply(followed)
            }
            let name = "process \(process)"
            judge.stands(
                processes[process].follower.views[view], at: processes[process].follower.contents[view], name)
            wakeWaiters(process, view)
        }
        tellPayments(process, followed)
        tellStored(process, followed, inEpoch: processes[process].follower.machine?.epoch ?? 0)
        settle(process)
    }

    /// The planted fault: what came free is shown before the offer that follows. Returns how many events there are until then;
    /// nil: all are shown at once.
    private func countBeforeOffer(_ events: [RecordedEvent]) -> Int? {
        let index = events.dropLast().firstIndex { event in
            judge.waitlists[ShowID(event.stream.rawValue)]?.isExposed(at: event.position) == true
        }
        return index.flatMap { strikes(.freedSeatShown, perMille: 700) ? $0 + 1 : nil }
    }

    func resumeFollower(_ process: Int) {
        processes[process].follower.isReading = false
        pump(process)
    }

    /// The planted fault: the view is where it should be, and its state is not.
    private func forget(_ process: Int, _ view: Int) {
        let view = processes[process].follower.views[view]
        let checkpoint = judge.history.position(processes[process].follower.contents[0])
        do {
            try view.restore(view.snapshot().payload, checkpoint: checkpoint)
        } catch {
            judge.accuse(.viewsAreTheirFold, "\(error)")
        }
    }

    /// What everybody may know of the follower.
    private func settle(_ process: Int) {
        guard let machine = processes[process].follower.machine else { return }
        processes[process].follower.status = FollowerDriver.Status(
            isReady: machine.isReady, hasCaughtUp: machine.hasCaughtUp, epoch: machine.epoch, head: machine.head)
    }

    // MARK: What the log said

    func takeForFollower(_ reply: LogReply, _ process: Int, _ purpose: Asker.Purpose) {
        processes[process].follower.isReading = false
        let now = self.now.duration
        var actions: [FollowerMachine.Action]?
        switch (purpose, reply) {
        case (.snapshotEpochs, .epochs(let epochs)): return ask(.head, from: process, for: .snapshotHead(epochs))
        case (.snapshotHead(let epochs), .head(let head)): return restore(process, epochs, head)
        case (.snapshotEpochs, _), (.snapshotHead, _): return ask(.epochs, from: process, for: .snapshotEpochs)
        case (.followEpochs, .epochs(let epochs)):
            actions = processes[process].follower.machine?.epochsRead(epochs, now: now)
        case (.followHead, .head(let head)):
            actions = processes[process].follower.machine?.looked(LogLook(head: head), now: now)
        case (.followHead, _): break
        case (.followEvents(let limit), .events(let events)):
            return read(.head, process, for: .followEventsHead(events, limit: limit))
        case (.followEventsHead(let events, let limit), .head(let head)):
            actions = processes[process].follower.machine?.fetched(
                events, look: LogLook(head: head), limit: limit, now: now)
        case (.followEpochs, _), (.followEvents, _), (.followEventsHead, _):
            actions = processes[process].follower.machine?.fetchFailed(now: now)
        default: preconditionFailure("the log answered another question")
        }
        processes[process].follower.pending += actions ?? []
        if processes[process].follower.pending.isEmpty { settle(process) }
        pump(process)
    }

    /// Goes to the newest snapshots and begins to follow.
    private func restore(_ process: Int, _ epochs: EpochHistory, _ head: LogPosition) {
        processes[process].follower.status.epoch = epochs.current
        for view in processes[process].follower.views.indices {
            restore(process, view, epochs, head)
            processes[process].follower.views[view].enter(epoch: epochs.current)
            wakeAllWaiters(process, view)
        }
        let checkpoints = processes[process].follower.views.map(\.checkpoint)
        note("follow by", process, epochs.current, checkpoints.min() ?? 0)
        var machine = FollowerMachine(
            epoch: epochs.current, applied: checkpoints.min() ?? 0, furthest: checkpoints.max() ?? 0,
            limits: processes[process].followerLimits, now: now.duration)
        processes[process].follower.pending += machine.start()
        processes[process].follower.machine = machine
        pump(process)
    }

    private func restore(_ process: Int, _ index: Int, _ epochs: EpochHistory, _ head: LogPosition) {
        let view = processes[process].follower.views[index]
        let (file, snapshot, ignored) = processes[process].disk.newest(of: view, epochs: epochs, head: head)
        judge.tally.snapshotsIgnored += ignored
        guard let file, let snapshot else { return }
        do {
            try view.restore(snapshot.payload, checkpoint: snapshot.sequence)
            processes[process].follower.contents[index] = file.content
            judge.tally.snapshotsRestored += 1
            judge.isFold(view.snapshot().payload, of: view, at: file.content, "process \(process), restored,")
        } catch {
            judge.accuse(.viewsAreTheirFold, "a good snapshot can't be restored: \(error)")
        }
    }

    // MARK: Snapshots

    /// One view after the other; what is applied meanwhile makes their sequence numbers differ.
    func writeSnapshot(_ process: Int, of index: Int) {
        let life = processes[process].life
        let view = processes[process].follower.views[index]
        guard view.stop == nil, view.checkpoint > 0 else {
            return planSnapshot(process, after: index)
        }
        let epoch = processes[process].follower.status.epoch
        let (checkpoint, payload) = view.snapshot()
        let content = processes[process].follower.contents[index]
        if processes[process].follower.compared[index] != content {
            processes[process].follower.compared[index] = content
            judge.isFold(payload, of: view, at: content, "process \(process)")
        }
        let snapshot = Snapshot(
            projection: view.name, formatVersion: view.formatVersion, epoch: epoch, sequence: checkpoint,
            payload: payload)
        let file = SnapshotFile(
            projection: view.name, epoch: epoch, sequence: checkpoint, bytes: snapshot.encoded, content: content)
        plan(.snapshotIsWritten(process, life: life, view: index, file), in: random.moment(500...20_000))
        if strikes(\.crashAtAction) {
            judge.tally.crashesDuringSnapshot += 1
            plan(.processCrashes(process, life: life), in: random.moment(1...20_000))
        }
    }

    func storeSnapshot(_ process: Int, of index: Int, _ file: SnapshotFile) {
        note("snapshot of", process, Int64(index), file.sequence)
        judge.tally.snapshotsStored += 1
        processes[process].disk.store(file)
        if strikes(\.snapshotDamaged) { processes[process].disk.damage(&random) }
        planSnapshot(process, after: index)
    }

    private func planSnapshot(_ process: Int, after index: Int) {
        let isLast = index + 1 == processes[process].follower.views.count
        plan(
            .snapshotIsDue(process, life: processes[process].life, view: isLast ? 0 : index + 1),
            in: isLast ? scenario.snapshotInterval : random.moment(10...2_000))
    }
}
