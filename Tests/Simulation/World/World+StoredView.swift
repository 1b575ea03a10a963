import EventLog
import Following
import Orders
import Projection

/// What `StoredView` does around its machine, in every process that serves reads: a lease that most of the time one of
/// them has, calls that are late, lost, refused or done without an answer, and a crash possible whenever one is under way.
///
/// It draws from its own generator, so that it changes nothing of what happens elsewhere.
extension World {
    private static let leaseInterval = Moment.milliseconds(100)
    private static let limits: StoredViewMachine.Limits = {
        var limits = StoredViewMachine.Limits()
        limits.pageEvents = 7
        limits.bufferMax = 25
        limits.pollInterval = .milliseconds(200)
        return limits
    }()

    // MARK: The lease

    func seekStoredLease(_ process: Int) {
        plan(.storedLeaseIsSought(process, life: processes[process].life), in: Self.leaseInterval)
        if let driver = processes[process].stored {
            wakeStored(process)
            // Its session broke, which it will notice only when it looks.
            if storedLease == driver.lease, strikesStored(\.leaseLost) {
                storedLease = nil
                let time = storedRandom.moment(.milliseconds(10)...(.milliseconds(1_500)))
                plan(.storedLeaseLossIsNoticed(process, lease: driver.lease), in: time)
            }
        } else if storedLease == nil {
            if processes.contains(where: { $0.stored != nil }) { judge.tally.storedLeasesShared += 1 }
            storedLeases += 1
            storedLease = storedLeases
            processes[process].stored = StoredDriver(
                machine: StoredViewMachine(formatVersion: OrdersFold.formatVersion, limits: Self.limits),
                buffer: EventBuffer(countMax: Self.limits.bufferMax), lease: storedLeases)
            wakeStored(process)
        }
    }

    func noticeStoredLeaseLoss(_ process: Int, _ lease: Int) {
        if processes[process].stored?.lease == lease { processes[process].stored = nil }
    }

    /// The database frees what a dead process held, sooner or later.
    func loseStored(_ process: Int) {
        guard let held = processes[process].stored?.lease else { return }
        processes[process].stored = nil
        if storedLease == held { plan(.storedLeaseIsFreed(held), in: storedRandom.moment(0...(.milliseconds(300)))) }
    }

    func freeStoredLease(_ freed: Int) { if storedLease == freed { storedLease = nil } }

    // MARK: Turns

    /// The replica of the process has applied events.
    func tellStored(_ process: Int, _ events: [FollowedEvent], inEpoch epoch: Int64) {
        guard processes[process].stored != nil else { return }
        processes[process].stored?.buffer.append(events, inEpoch: epoch)
        wakeStored(process)
    }

    private func wakeStored(_ process: Int) {
        guard let driver = processes[process].stored, !driver.isAwake else { return }
        processes[process].stored?.isAwake = true
        plan(.storedTurns(process, lease: driver.lease), in: storedRandom.moment(1...20_000))
    }

    func takeStoredTurn(_ process: Int, _ lease: Int) {
        guard processes[process].stored?.lease == lease else { return }
        processes[process].stored?.isAwake = false
        processes[process].stored?.machine.beginTurn()
        goOnStored(process)
    }

    private func goOnStored(_ process: Int) {
        guard var driver = processes[process].stored, !driver.isCalling else { return }
        let action = driver.machine.step(now: now.duration, buffer: &driver.buffer)
        driver.isCalling = action != nil
        processes[process].stored = driver
        switch action {
        case nil: break
        case .readCheckpoint: call(.checkpoint, process)
        case .readEpochs: call(.log(.epochs, events: []), process)
        case .enter(let from, let token): call(.enter(from: from, token), process)
        case .clear(let from, let start): call(.clear(from: from, start), process)
        case .readEvents(let position, let limit):
            call(.log(.events(after: position, limit: limit), events: []), process)
        case .readHead(let events, _):
            judge.tally.storedPagesHeard += 1
            call(.log(.head, events: events), process)
        case .fold(let page): call(.load(page), process)
        }
    }

    // MARK: Calls

    private func strikesStored(_ rate: KeyPath<Scenario.Faults, Int>) -> Bool {
        !isEnding && storedRandom.isLucky(perMille: scenario.faults[keyPath: rate])
    }

    private func call(_ call: StoredCall, _ process: Int) {
        guard let lease = processes[process].stored?.lease else { return }
        let way = storedRandom.moment(scenario.hop)
        let time = storedRandom.moment(scenario.logTime)
        let reply = { (reply: StoredReply) in Happening.storedReplyArrives(reply, process, lease: lease) }
        if strikesStored(\.callRefused) { return plan(reply(.failed), in: way) }
        if strikesStored(\.callLost) { return plan(reply(.failed), in: time * 4) }
        if strikesStored(\.answerLost) {
            plan(.storedCallArrives(call, process, lease: lease, answerAfter: nil), in: way)
            return plan(reply(.failed), in: time * 4)
        }
        // A caller that gives up may be given what it asked for after all, much later.
        if strikesStored(\.callSlow) {
            plan(.storedCallArrives(call, process, lease: lease, answerAfter: nil), in: way + time * 30)
            return plan(reply(.failed), in: way + time * 3)
        }
        let back = storedRandom.moment(scenario.hop)
        plan(.storedCallArrives(call, process, lease: lease, answerAfter: back), in: way + time)
    }

    func executeStored(_ call: StoredCall, _ process: Int, _ lease: Int, answerAfter delay: Moment?) {
        let reply = now < log.outageEnds ? .failed : execute(call)
        if let delay { plan(.storedReplyArrives(reply, process, lease: lease), in: delay) }
    }

    private func execute(_ call: StoredCall) -> StoredReply {
        switch call {
        case .log(let call, let events): return .log(look(call), events: events)
        case .checkpoint: return .checkpoint(store.content.checkpoint)
        case .load(let page):
            let keys = OrdersFold.keys(in: page.events)
            return .rows(store.content.orders.filter { keys.contains($0.key) }, page)
        case .commit(let page, let folded):
            let isCommitted = commit(page, folded)
            return .folded(folded, isCommitted: isCommitted)
        case .enter(let from, let token):
            return .committed(store.commit(OrdersFold([:]), from: from, to: token, fact: store.content.fact))
        case .clear(let from, let start):
            if from.token.position > 0 && store.content.checkpoint == from { judge.tally.storedRebuilds += 1 }
            return .committed(store.clear(from: from, to: start))
        }
    }

    private func commit(_ page: StoredPage, _ folded: FoldedPage<OrdersFold>) -> Bool {
        let isExpected = store.content.checkpoint == page.from
        if !isExpected { judge.tally.storedRacesLost += 1 }
        guard isExpected || strikes(.uncheckedCheckpoint, perMille: 1_000) else { return false }
        let events = page.events.prefix { $0.context.position <= folded.reached.position }
        let fact = judge.folded(Array(events), onto: store.content.fact)
        store.put(folded.fold, folded.reached, fact)
        if strikes(.forgottenRow, perMille: 30) { store.forgetRow() }
        judge.tally.storedCommits += 1
        judge.stands(store.content, comparesRows: storedRandom.isLucky(perMille: 100))
        return true
    }

    // MARK: What came of it

    func takeForStored(_ reply: StoredReply, _ process: Int, _ lease: Int) {
        guard processes[process].stored?.lease == lease else { return }
        let now = self.now.duration
        switch reply {
        case .rows(let rows, let page): return call(.commit(page, page.folded(onto: rows)), process)
        case .log(.events(let events), _):
            return call(.log(.head, events: events.map { judge.followed([$0])[0] }), process)
        case .checkpoint(let checkpoint): processes[process].stored?.machine.checkpointRead(checkpoint, now: now)
        case .log(.epochs(let epochs), _): processes[process].stored?.machine.epochsRead(epochs, now: now)
        case .log(.head(let head), let events):
            let seen = seen(head, by: process)
            processes[process].stored?.machine.eventsRead(events, head: seen, now: now)
        case .committed(let isDone): processes[process].stored?.machine.committed(isDone, now: now)
        case .folded(let folded, let isCommitted):
            if isCommitted, let stop = folded.stop {
                judge.accuse(.viewsAreTheirFold, "the stored view stopped at \(stop.position): \(stop.reason)")
            }
            processes[process].stored?.machine.folded(
                to: folded.reached, stop: folded.stop, isCommitted: isCommitted, now: now)
        case .failed, .log: processes[process].stored?.machine.failed(now: now)
        }
        processes[process].stored?.isCalling = false
        goOnStored(process)
    }

    /// The planted fault takes every head for one of the epoch that it knows.
    private func seen(_ head: LogPosition, by process: Int) -> LogPosition {
        guard strikes(.ignoredEpoch, perMille: 1_000), let known = processes[process].stored?.machine.checkpoint else {
            return head
        }
        var head = head
        head.epoch = known.token.epoch
        return head
    }

    // MARK: Faults

    /// The view's database crashes: its last commits were on no disk.
    func crashStore() {
        guard !isEnding, storedRandom.isLucky(perMille: scenario.faults.outages / 20) else { return }
        judge.tally.storedCommitsLost += store.crash(losing: storedRandom.int(1...3))
    }
}
