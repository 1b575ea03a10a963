import Domain
import EventLog
import OpenPayments
import Payments
import Following
import Projection
import Sequencing

/// What `PaymentProcess` is around its machine, while it is the active one.
struct PaymentDriver {
    enum Input {
        case answered(OrderID, PaymentMachine.Call, Result<PaymentMachine.Answer, PaymentError>)
        case proposed(OrderID, isRecorded: Bool)
        case hinted(OrderID)
        /// A proposal to return orders of a cancelled show was answered.
        case returned(ShowID)
        /// Somebody may have moved the money of this payment.
        case moved(String)
        case read(BooksWatch.Call, Result<BooksWatch.Answer, PaymentError>)
        /// A finding did not reach the log.
        case unrecorded(BooksWatch.Finding)
        case tick
    }

    enum Phase {
        /// The log's head is asked for.
        case starting
        /// The view has to come this far first.
        case catchingUp(LogPosition)
        case working
    }

    var machine: PaymentMachine
    var watch: BooksWatch
    /// Which of all times that any process was the active one.
    let lease: Int
    /// Which term of that: a new epoch begins another.
    let turn: Int
    var phase = Phase.starting
    /// Where the log was when the term began.
    var start = LogPosition(epoch: 0, position: 0)
    var inbox: [Input] = []
    var changed: Set<OrderID> = []
    var returning: Set<ShowID> = []
    var isAwake = false
    /// What is known of the log's durability in the epoch of ``start``.
    var durable = DurablePrefix(epoch: 0)
    /// Calls that wait for a barrier, and whether one is under way.
    var heldCalls: [PaymentMachine.ProviderCall] = []
    var isPassingBarrier = false
}

/// What `PaymentProcess` does around its machine, with a crash possible between any two actions, and the lease that
/// makes one process the active one: most of the time.
extension World {
    static let paymentsInterval = Moment.milliseconds(100)

    // MARK: The lease

    func seekLease(_ process: Int) {
        plan(.leaseIsSought(process, life: processes[process].life), in: Self.paymentsInterval)
        if let driver = processes[process].payments {
            push(.tick, toPayments: process)
            // Its session broke, which it will notice only when it looks.
            if lease == driver.lease, strikes(\.leaseLost) {
                lease = nil
                let patience = random.moment(.milliseconds(10)...(.milliseconds(1_500)))
                plan(.leaseLossIsNoticed(process, lease: driver.lease), in: patience)
            }
        } else if lease == nil {
            judge.tally.leasesTaken += 1
            if processes.contains(where: { $0.payments != nil }) { judge.tally.leasesShared += 1 }
            leases += 1
            lease = leases
            beginTerm(process, lease: leases)
        }
    }

    func noticeLeaseLoss(_ process: Int, _ lease: Int) {
        guard processes[process].payments?.lease == lease else { return }
        note("payments no more by", process, Int64(lease))
        processes[process].payments = nil
    }

    /// The database frees what a dead process held, sooner or later.
    func losePayments(_ process: Int) {
        guard let held = processes[process].payments?.lease else { return }
        processes[process].payments = nil
        if lease == held { plan(.leaseIsFreed(held), in: random.moment(0...(.milliseconds(300)))) }
    }

    func freeLease(_ freed: Int) { if lease == freed { lease = nil } }

    // MARK: What it follows

    /// A new active process, or a new epoch: what the view has may be old, so it comes up to the log's head first.
    private func beginTerm(_ process: Int, lease: Int) {
        turns += 1
        note("payments by", process, Int64(lease), Int64(turns))
        let machine = PaymentMachine(limits: scenario.paymentLimits, seed: random.next())
        processes[process].payments = PaymentDriver(
            machine: machine, watch: BooksWatch(limits: scenario.paymentLimits), lease: lease, turn: turns)
        ask(.head, from: process, for: .paymentsHead(turn: turns))
    }

    /// The log is in another epoch.
    func restartPayments(_ process: Int) {
        if let lease = processes[process].payments?.lease { beginTerm(process, lease: lease) }
    }

    func takeForPayments(_ reply: LogReply, _ process: Int, turn: Int) {
        guard processes[process].payments?.turn == turn else { return }
        guard case .head(let head) = reply else { return ask(.head, from: process, for: .paymentsHead(turn: turn)) }
        processes[process].payments?.phase = .catchingUp(head)
        wakePayments(process)
    }

    /// The replica has applied events.
    func tellPayments(_ process: Int, _ events: [FollowedEvent]) {
        guard processes[process].payments != nil else { return }
        for case .success(let event as ShowEvent) in events.lazy.map(\.event) {
            processes[process].payments?.changed.formUnion(OrderRecord.ids(in: event))
        }
        wakePayments(process)
    }

    func push(_ input: PaymentDriver.Input, toPayments process: Int) {
        processes[process].payments?.inbox.append(input)
        wakePayments(process)
    }

    private func wakePayments(_ process: Int) {
        guard let driver = processes[process].payments, !driver.isAwake else { return }
        processes[process].payments?.isAwake = true
        plan(.paymentsWake(process, turn: driver.turn), in: random.moment(1...60))
    }

    // MARK: Work

    func work(_ process: Int, _ turn: Int) {
        guard var driver = processes[process].payments, driver.turn == turn,
            let view = processes[process].follower.payments
        else { return }
        driver.isAwake = false
        let now = self.now.duration
        var actions: [PaymentAction] = []
        let inputs = driver.inbox
        driver.inbox = []
        for input in inputs {
            switch input {
            case .answered(let id, let call, let result):
                captureEarly(call, result, process)
                let reaction = driver.machine.answered(id, call, result, now: now)
                if let report = reaction.report { actions.append(.report(report)) }
                if let proposal = reaction.proposal { actions.append(.propose(proposal)) }
            case .proposed(let id, let isRecorded): driver.machine.proposed(id, isRecorded: isRecorded, now: now)
            case .hinted(let id): driver.machine.hinted(id, now: now)
            case .returned(let show): driver.returning.remove(show)
            case .moved(let payment): driver.watch.hinted(payment, now: now)
            case .read(let call, let result):
                if let finding = driver.watch.answered(call, result, now: now) { actions.append(.record(finding)) }
            case .unrecorded(let finding): driver.watch.failed(finding, now: now)
            case .tick: break
            }
        }
        let isTicked = inputs.contains { if case .tick = $0 { true } else { false } }
        var shows: [ShowID] = []
        switch driver.phase {
        case .starting: break
        case .catchingUp(let token):
            guard view.place >= token else { break }
            guard view.place.epoch == token.epoch else { return beginTerm(process, lease: driver.lease) }
            driver.phase = .working
            driver.start = token
            driver.durable = DurablePrefix(epoch: token.epoch)
            for (id, record) in view.read({ view, _ in view.orders.sorted { $0.key < $1.key } }) {
                driver.machine.changed(id, to: record, isNew: false, now: now)
            }
            driver.changed = []
        case .working:
            let records = view.read { view, _ in driver.changed.sorted().map { ($0, view.orders[$0]) } }
            for (id, record) in records {
                let isNew = record.map { $0.position > driver.start.position } ?? false
                driver.machine.changed(id, to: record, isNew: isNew, now: now)
            }
            driver.changed = []
            if isTicked { shows = view.read { view, _ in view.cancellations.keys.sorted() } }
            shows.removeAll { !driver.returning.insert($0).inserted }
        }
        actions += driver.machine.advance(now: now).map(PaymentAction.call)
        if case .working = driver.phase {
            let time = (Self.firstTime + self.now) / 1_000_000
            actions += driver.watch.advance(now: now, time: time).map(PaymentAction.read)
        }
        if driver.machine.isCircuitOpen { judge.tally.paymentsSpared += 1 }
        processes[process].payments = driver
        perform(actions, returning: shows, inEpoch: driver.start.epoch, process, turn)
    }

    private func perform(
        _ actions: [PaymentAction], returning shows: [ShowID], inEpoch epoch: Int64, _ process: Int, _ turn: Int
    ) {
        let life = processes[process].life
        for action in actions {
            if strikes(\.crashAtAction) {
                judge.tally.crashesAtPayment += 1
                return crash(process)
            }
            switch action {
            case .call(let call):
                note("payment call by", process, Int64(turn))
                callWhenDurable(call, process, turn)
            case .propose(let proposal):
                note("payment step by", process, proposal.seenAt)
                propose(
                    CommandRequest(
                        proposing: proposal.step, of: proposal.order, on: proposal.show,
                        seenAt: LogPosition(epoch: epoch, position: proposal.seenAt)),
                    by: .payments(process, turn: turn, .order(proposal.order)))
            case .read(let call): ask(call, process, turn)
            case .record(let finding):
                propose(
                    CommandRequest(
                        observing: finding.ledger, of: finding.order, on: finding.show, salt: random.next()),
                    by: .payments(process, turn: turn, .books(finding)))
            case .report: judge.tally.paymentsReported += 1
            }
            guard isAlive(process, life) else { return }
        }
        for show in shows {
            let limit = scenario.paymentLimits.cancelledOrdersMax
            propose(
                CommandRequest(returningOrdersOf: show, limit: limit, salt: random.next()),
                by: .payments(process, turn: turn, .returning(show)))
        }
    }

    /// `DurabilityBarrier`: what can't be undone waits until the log that it is based on is durable.
    private func callWhenDurable(_ call: PaymentMachine.ProviderCall, _ process: Int, _ turn: Int) {
        guard let driver = processes[process].payments, driver.turn == turn else { return }
        if !call.call.needsDurableLog || driver.durable.covers(call.seenAt) || planted == .skippedBarrier {
            self.call(call.order, call.call, from: process, turn)
            refundAgain(call.order, call.call, process)
        } else {
            judge.tally.callsAwaitingBarrier += 1
            processes[process].payments?.heldCalls.append(call)
            passBarrier(process, turn)
        }
    }

    private func passBarrier(_ process: Int, _ turn: Int) {
        guard let driver = processes[process].payments, !driver.isPassingBarrier,
            let seen = processes[process].follower.payments?.place
        else { return }
        processes[process].payments?.isPassingBarrier = true
        ask(.barrier, from: process, for: .paymentsBarrier(turn: turn, seen: seen))
    }

    func takeBarrierForPayments(_ reply: LogReply, _ process: Int, turn: Int, seen: LogPosition) {
        guard var driver = processes[process].payments, driver.turn == turn else { return }
        let calls = driver.heldCalls
        driver.heldCalls = []
        driver.isPassingBarrier = false
        do throws(LogError) {
            guard case .barrierPassed(let head) = reply else {
                throw LogError(code: .unavailable, message: "no barrier was passed")
            }
            try driver.durable.passed(to: head, after: seen)
            processes[process].payments = driver
            for call in calls { callWhenDurable(call, process, turn) }
        } catch {
            processes[process].payments = driver
            for call in calls {
                push(.answered(call.order, call.call, .failure(.unavailable("\(error)"))), toPayments: process)
            }
        }
    }

    private func propose(_ request: CommandRequest, by asker: Attempt.Asker) {
        guard case .payments(let process, _, _) = asker else { return }
        attempts.append(Attempt(asker: asker, request: request, process: process))
        judge.takenIn(request.id)
        push(.submit(attempt: attempts.count - 1), to: process)
    }

    /// Its own sequencer's answer to a proposal.
    func takeForPayments(_ answer: CommandAnswer, _ process: Int, _ turn: Int, _ proposal: Attempt.Proposal) {
        guard processes[process].payments?.turn == turn else { return }
        switch (proposal, answer) {
        case (.order(let id), .recorded(let answer, let isReplayed)):
            if !isReplayed { processes[process].payments?.durable.acknowledged(answer.token) }
            push(.proposed(id, isRecorded: true), toPayments: process)
        case (.order(let id), _): push(.proposed(id, isRecorded: false), toPayments: process)
        case (.returning(let show), _): push(.returned(show), toPayments: process)
        case (.books, .recorded(let answer, let isReplayed)):
            if !isReplayed { processes[process].payments?.durable.acknowledged(answer.token) }
        case (.books(let finding), _): push(.unrecorded(finding), toPayments: process)
        }
    }

    // MARK: Planted faults

    private func captureEarly(
        _ call: PaymentMachine.Call, _ result: Result<PaymentMachine.Answer, PaymentError>, _ process: Int
    ) {
        guard case .authorize(let payment) = call, case .success(.state(.authorized(let id))) = result,
            strikes(.earlyCapture, perMille: 300)
        else { return }
        self.call(payment.orderID, .capture(id), from: process, Payer.nobodysTurn)
    }

    private func refundAgain(_ id: OrderID, _ call: PaymentMachine.Call, _ process: Int) {
        guard case .refund(let paymentID, let refundID, let amount) = call, strikes(.doubleRefund, perMille: 500) else {
            return
        }
        let again = PaymentMachine.Call.refund(paymentID, RefundID("\(refundID)-again"), amount: amount)
        self.call(id, again, from: process, Payer.nobodysTurn)
    }
}

/// What the machine wants to have done, in its order.
private enum PaymentAction {
    case report(PaymentMachine.Report)
    case propose(PaymentMachine.Proposal)
    case call(PaymentMachine.ProviderCall)
    case read(BooksWatch.Call)
    case record(BooksWatch.Finding)
}

extension LogPosition {
    fileprivate static func >= (a: Self, b: Self) -> Bool { (a.epoch, a.position) >= (b.epoch, b.position) }
}
