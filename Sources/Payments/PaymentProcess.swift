package import Domain
package import EventLog
import Failpoints
package import Logging
import Metrics
package import OpenPayments
package import Projecting
package import Sequencing
import ServiceLifecycle
import Synchronization

/// The payment process of one node: follows the log and moves money by it, while it is the active one of all nodes.
///
/// All protocol is ``PaymentMachine``'s; this gives it the log, the provider and time. What it works by is the view
/// ``OpenPayments``: a new active process takes over from that, with no word from the one before.
package final class PaymentProcess: Service {
    private enum Input: Sendable {
        case answered(OrderID, PaymentMachine.Call, Result<PaymentMachine.Answer, PaymentError>)
        case proposed(OrderID, isRecorded: Bool)
        case hinted(OrderID)
        /// A proposal to return orders of a cancelled show came to its end.
        case returned(ShowID)
        case tick
    }

    /// What came in during one term as the active process.
    private struct Inbox {
        var term: UInt64 = 0
        var inputs: [Input] = []
        var changed: Set<OrderID> = []
        var mustRestart = false
        /// Nil: this process is not the active one.
        var wakeUp: AsyncStream<Void>.Continuation?

        mutating func take() -> (inputs: [Input], changed: Set<OrderID>, mustRestart: Bool) {
            defer {
                inputs = []
                changed = []
            }
            return (inputs, changed, mustRestart)
        }
    }

    private let view: View<OpenPayments>
    private let log: any EventLog
    private let sequencer: Sequencer
    private let provider: any PaymentProvider
    private let lease: any Lease
    private let limits: PaymentLimits
    private let logger: Logger
    private let inbox = Mutex(Inbox())
    private let openOrders = Metrics.Meter(label: "holdfast_payments_open_orders")
    private let circuitOpen = Metrics.Meter(label: "holdfast_payments_circuit_open")

    /// Hints that may wait; more are dropped, since each order is looked at anyway, later.
    private static let hintsMax = 4_096
    private static let tickInterval = Duration.milliseconds(100)
    private static let catchUpPatience = Duration.seconds(5)
    private static let catchUpPause = Duration.milliseconds(200)

    /// - Parameters:
    ///   - view: kept up to date by this node's replica, which must call ``applied(_:)`` and ``restart()``.
    ///   - lease: held by the active one of all nodes.
    package init(
        view: View<OpenPayments>, log: any EventLog, sequencer: Sequencer, provider: any PaymentProvider,
        lease: any Lease, limits: PaymentLimits = PaymentLimits(), logger: Logger
    ) {
        self.view = view
        self.log = log
        self.sequencer = sequencer
        self.provider = provider
        self.lease = lease
        self.limits = limits
        self.logger = logger
    }

    /// What the replica has applied.
    package func applied(_ events: [FollowedEvent]) {
        var changed: Set<OrderID> = []
        for case .success(let event) in events.lazy.map(\.event) { changed.formUnion(OrderRecord.ids(in: event)) }
        // Most batches are of holds alone: no news here, and nobody to wake.
        guard !changed.isEmpty else { return }
        withInbox { $0.changed.formUnion(changed) }
    }

    /// The log entered another epoch: what was known may be of a tail that was lost.
    package func restart() { withInbox { $0.mustRestart = true } }

    /// The provider says that something happened to an order's payment. It is taken as a hint to look.
    package func hint(_ id: OrderID) {
        withInbox { if $0.inputs.count < Self.hintsMax { $0.inputs.append(.hinted(id)) } }
    }

    /// Answers of an earlier term are nobody's any more.
    private func push(_ input: Input, in term: UInt64) {
        withInbox { if $0.term == term { $0.inputs.append(input) } }
    }

    /// Changes the inbox of an active process, and wakes it.
    private func withInbox(_ change: (inout Inbox) -> Void) {
        inbox.withLock { inbox in
            guard let wakeUp = inbox.wakeUp else { return }
            change(&inbox)
            wakeUp.yield()
        }
    }

    /// Works whenever this process is the active one, until graceful shutdown.
    package func run() async {
        await cancelWhenGracefulShutdown {
            await self.lease.whileHeld {
                while !Task.isCancelled { await self.serveTerm() }
            }
        }
    }

    // MARK: Work

    /// Serves until cancelled, or until the log enters another epoch.
    private func serveTerm() async {
        guard let start = await caughtUp() else { return }
        logger.info("payments: this process is the active one", metadata: ["from": "\(start)"])
        let (wakeUps, wakeUp) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let term = inbox.withLock { inbox in
            inbox = Inbox(term: inbox.term + 1, wakeUp: wakeUp)
            return inbox.term
        }
        await withDiscardingTaskGroup { tasks in
            let ticking = Task { await self.tick(in: term) }
            await self.turn(from: start, wakeUps, in: term, &tasks)
            ticking.cancel()
            tasks.cancelAll()
        }
        inbox.withLock { $0.wakeUp = nil }
    }

    /// Waits until the view is as far as the log is now: what is done by an old state is harmless, but useless. Nil:
    /// cancelled.
    private func caughtUp() async -> SequenceToken? {
        while !Task.isCancelled {
            do {
                let head = try await log.head()
                let start = SequenceToken(epoch: head.epoch, sequence: head.position)
                // In a later epoch it may have begun anew: then once more, from that one's head.
                if await view.wait(for: start, timeout: Self.catchUpPatience) == .reached,
                    view.place.epoch == start.epoch
                {
                    return start
                }
            } catch {
                logger.warning("payments: can't read the log", metadata: ["error": "\(error)"])
            }
            await pause(Self.catchUpPause)
        }
        return nil
    }

    private func tick(in term: UInt64) async {
        while !Task.isCancelled {
            await pause(Self.tickInterval)
            push(.tick, in: term)
        }
    }

    private func turn(
        from start: SequenceToken, _ wakeUps: AsyncStream<Void>, in term: UInt64, _ tasks: inout DiscardingTaskGroup
    ) async {
        let clock = ContinuousClock()
        let started = clock.now
        let barrier = DurabilityBarrier(log, view, epoch: start.epoch)
        var machine = PaymentMachine(limits: limits, seed: .random(in: 0 ... .max))
        // Another process may have called the provider for these, and not lived to tell.
        for (id, record) in view.read({ view, _ in view.orders }) {
            machine.changed(id, to: record, isNew: false, now: .zero)
        }
        var cancelled: Set<ShowID> = []
        var isCircuitOpen = false
        note(isCircuitOpen: false)
        for await _ in wakeUps {
            let news = inbox.withLock { $0.take() }
            guard !news.mustRestart else { return }
            let now = started.duration(to: clock.now)
            for input in news.inputs {
                switch input {
                case .answered(let id, let call, let result):
                    let reaction = machine.answered(id, call, result, now: now)
                    if let report = reaction.report { tell(report) }
                    if let proposal = reaction.proposal {
                        propose(proposal, inEpoch: start.epoch, barrier, in: term, &tasks)
                    }
                case .proposed(let id, let isRecorded): machine.proposed(id, isRecorded: isRecorded, now: now)
                case .hinted(let id): machine.hinted(id, now: now)
                case .returned(let show): cancelled.remove(show)
                case .tick: returnCancelled(&cancelled, in: term, &tasks)
                }
            }
            if !news.changed.isEmpty {
                let records = view.read { view, _ in news.changed.map { ($0, view.orders[$0]) } }
                for (id, record) in records {
                    // Seen for the first time after the start, it began after it, and no other process was active since.
                    let isNew = record.map { $0.position > start.sequence } ?? false
                    machine.changed(id, to: record, isNew: isNew, now: now)
                }
            }
            for call in machine.advance(now: now) {
                tasks.addTask {
                    let answer = await self.perform(call, barrier)
                    self.push(.answered(call.order, call.call, answer), in: term)
                }
            }
            openOrders.set(machine.count)
            if machine.isCircuitOpen != isCircuitOpen { note(isCircuitOpen: machine.isCircuitOpen) }
            isCircuitOpen = machine.isCircuitOpen
        }
    }

    private func note(isCircuitOpen: Bool) {
        circuitOpen.set(isCircuitOpen ? 1 : 0)
        if isCircuitOpen {
            logger.warning("payments: the provider fails; it is called now and then until it is well again")
        } else {
            logger.info("payments: the provider may be called")
        }
    }

    private func propose(
        _ proposal: PaymentMachine.Proposal, inEpoch epoch: Int64, _ barrier: DurabilityBarrier, in term: UInt64,
        _ tasks: inout DiscardingTaskGroup
    ) {
        if case .parked(let reason) = proposal.step {
            logger.error(
                "a payment waits for an operator", metadata: ["order": "\(proposal.order)", "reason": "\(reason)"])
        }
        let request = CommandRequest(
            proposing: proposal.step, of: proposal.order, on: proposal.show,
            seenAt: SequenceToken(epoch: epoch, sequence: proposal.seenAt))
        tasks.addTask {
            self.push(.proposed(proposal.order, isRecorded: await self.submit(request, barrier)), in: term)
        }
    }

    private func tell(_ report: PaymentMachine.Report) {
        logger.error(
            "a payment makes no progress",
            metadata: [
                "order": "\(report.order)", "attempts": "\(report.attempts)", "reason": "\(report.reason)",
            ])
    }

    private func submit(_ request: CommandRequest, _ barrier: DurabilityBarrier) async -> Bool {
        switch await sequencer.submit(request) {
        case .recorded(let answer, let isReplayed):
            // What was read from the log is not an acknowledgement.
            if !isReplayed { await barrier.acknowledged(answer.token) }
            return true
        case .keyReused, .notRecorded, .unknown: return false
        }
    }

    private func perform(
        _ providerCall: PaymentMachine.ProviderCall, _ barrier: DurabilityBarrier
    ) async -> Result<PaymentMachine.Answer, PaymentError> {
        let call = providerCall.call
        do throws(PaymentError) {
            if call.needsDurableLog {
                do {
                    try await barrier.wait(for: providerCall.seenAt)
                } catch {
                    throw .unavailable("the log is not known to be durable: \(error)")
                }
            }
            Failpoint.before(call)?.pass()
            let answer: PaymentMachine.Answer =
                switch call {
                case .authorize(let payment): .state(try await provider.authorize(payment))
                case .find(let payment): try await provider.find(payment).map(PaymentMachine.Answer.state) ?? .notFound
                case .close(let payment): .state(try await provider.close(payment))
                case .capture(let id): .state(try await provider.capture(id))
                case .void(let id): .state(try await provider.void(id))
                case .refund(let id, let refundID, let amount): try await refund(id, refundID, amount)
                }
            Failpoint.after(call)?.pass()
            return .success(answer)
        } catch {
            return .failure(error)
        }
    }

    private func refund(
        _ id: String, _ refundID: RefundID, _ amount: Int64?
    ) async throws(PaymentError) -> PaymentMachine.Answer {
        try await provider.refund(id, refundID, amount: amount)
        return .refunded
    }

    // MARK: Cancelled shows

    /// Proposes to return the next orders of every cancelled show, one proposal a show at a time. One that comes too
    /// often changes nothing.
    private func returnCancelled(
        _ underWay: inout Set<ShowID>, in term: UInt64, _ tasks: inout DiscardingTaskGroup
    ) {
        for show in view.read({ view, _ in Array(view.cancellations.keys) }) where underWay.insert(show).inserted {
            let request = CommandRequest(
                returningOrdersOf: show, limit: limits.cancelledOrdersMax, salt: .random(in: 0 ... .max))
            tasks.addTask {
                _ = await self.sequencer.submit(request)
                self.push(.returned(show), in: term)
            }
        }
    }
}

extension Failpoint {
    fileprivate static func before(_ call: PaymentMachine.Call) -> Failpoint? {
        switch call {
        case .authorize: .beforeAuthorize
        case .find: nil
        case .close: .beforeClose
        case .capture: .beforeCapture
        case .void: .beforeVoid
        case .refund: .beforeRefund
        }
    }

    fileprivate static func after(_ call: PaymentMachine.Call) -> Failpoint? {
        switch call {
        case .authorize: .afterAuthorize
        case .find: nil
        case .close: .afterClose
        case .capture: .afterCapture
        case .void: .afterVoid
        case .refund: .afterRefund
        }
    }
}
