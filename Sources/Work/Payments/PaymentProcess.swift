package import Domain
package import EventLog
package import Following
internal import Foundation
package import Logging
import Metrics
package import OpenPayments
package import Projection
package import Sequencing
import ServiceLifecycle
package import Traces

/// The payment process of one node: follows the log and moves money by it, while it is the active one of all nodes.
///
/// ``PaymentMachine`` has the protocol; this gives it the log, the provider and time. It starts from the view
/// ``OpenPayments``, which has everything that a new active process needs to know.
package final class PaymentProcess: Service {
    private typealias Worker = LeasedWorker<PaymentInbox>

    private let view: View<OpenPayments>
    private let log: any EventLog
    private let sequencer: Sequencer
    private let provider: any PaymentProvider
    private let limits: PaymentLimits
    private let logger: Logger
    private let traces: NodeTraces?
    private let worker: Worker
    private let openOrders = Metrics.Meter(label: "holdfast_payments_open_orders")
    private let circuitOpen = Metrics.Meter(label: "holdfast_payments_circuit_open")
    private let awaitingOperator = Metrics.Meter(label: "holdfast_payments_awaiting_operator")
    private let openDisputes = Metrics.Meter(label: "holdfast_payments_open_disputes")
    /// How often what waits for an operator is counted.
    private static let countInterval = Duration.seconds(5)

    /// - Parameters:
    ///   - view: kept up to date by this node's replica, which this process must listen to.
    ///   - lease: held by the active one of all nodes.
    ///   - traces: where the spans of traced orders go; nil: nothing is traced.
    package init(
        view: View<OpenPayments>, log: any EventLog, sequencer: Sequencer, provider: any PaymentProvider,
        lease: any Lease, limits: PaymentLimits = PaymentLimits(), traces: NodeTraces? = nil, logger: Logger
    ) {
        self.traces = traces
        self.view = view
        self.log = log
        self.sequencer = sequencer
        self.provider = provider
        self.limits = limits
        self.logger = logger
        worker = LeasedWorker(name: "payments", view: view, log: log, lease: lease, logger: logger)
    }

    /// Takes the word of the provider that something happened to an order's payment, as a hint to look.
    package func hint(_ id: OrderID) { worker.put { $0.hint(id) } }

    /// Takes the word of the provider that somebody may have moved the money of a payment, by the provider's id.
    package func hint(payment id: String) { worker.put { $0.hint(payment: id) } }

    /// Works whenever this process is the active one, until graceful shutdown.
    package func run() async {
        await cancelWhenGracefulShutdown {
            await self.worker.run { term, tasks in await self.serve(term, &tasks) }
        }
    }

    // MARK: Work

    private func serve(_ term: Worker.Term, _ tasks: inout DiscardingTaskGroup) async {
        let clock = ContinuousClock()
        let started = clock.now
        let calls = ProviderCalls(
            provider, DurabilityBarrier(log, view, epoch: term.start.epoch), traces: traces?.recorder)
        var orderTraces = OrderTraces()
        var machine = PaymentMachine(limits: limits, seed: .random(in: 0 ... .max))
        var watch = BooksWatch(limits: limits)
        var (nextReview, nextCount) = (Duration.zero, Duration.zero)
        // Another process may have called the provider for these and failed before it recorded the answer.
        for (id, record) in view.read({ view, _ in view.orders }) {
            machine.changed(id, to: record, isNew: false, now: .zero)
        }
        var cancelledShows: Set<ShowID> = []
        // From the end of the term on, another node tells.
        defer { for meter in [openOrders, awaitingOperator, openDisputes, circuitOpen] { meter.set(0) } }
        publish(isCircuitOpen: false)
        for await turn in term.turns {
            let now = started.duration(to: clock.now)
            let wasCircuitOpen = machine.isCircuitOpen
            for input in turn.inbox.inputs {
                switch input {
                case .answered(let id, let call, let result):
                    let reaction = machine.answered(id, call, result, now: now)
                    if let report = reaction.report { tell(report) }
                    if let proposal = reaction.proposal {
                        propose(proposal, under: orderTraces[id], calls.barrier, term, &tasks)
                    }
                case .proposed(let id, let isRecorded): machine.proposed(id, isRecorded: isRecorded, now: now)
                case .hinted(let id): machine.hinted(id, now: now)
                case .returned(let show): cancelledShows.remove(show)
                case .moved(let payment): watch.hinted(payment, now: now)
                case .read(let call, let result):
                    if let finding = watch.answered(call, result, now: now) {
                        record(finding, calls.barrier, term, &tasks)
                    }
                case .unrecorded(let finding): watch.failed(finding, now: now)
                }
            }
            if nextCount <= now {
                nextCount = now + Self.countInterval
                countForOperators()
            }
            if nextReview <= now {
                nextReview = now + limits.disputesLookInterval
                for payment in disputedPayments() { watch.hinted(payment, now: now) }
            }
            read(watch.advance(now: now, time: Int64(Date().timeIntervalSince1970)), term, &tasks)
            if turn.isTick { returnOrders(ofShowsBut: &cancelledShows, term, &tasks) }
            orderTraces.merge(turn.inbox.traces)
            take(turn.inbox.changed, from: term.start, into: &machine, &orderTraces, now: now)
            for call in machine.advance(now: now) {
                tasks.addTask { [parent = orderTraces[call.order]] in
                    let answer = await calls.perform(call, under: parent)
                    term.put { $0.inputs.append(.answered(call.order, call.call, answer)) }
                }
            }
            openOrders.set(machine.count)
            if machine.isCircuitOpen != wasCircuitOpen { publish(isCircuitOpen: machine.isCircuitOpen) }
        }
    }

    private func take(
        _ changed: Set<OrderID>, from start: LogPosition, into machine: inout PaymentMachine,
        _ traces: inout OrderTraces, now: Duration
    ) {
        guard !changed.isEmpty else { return }
        for (id, record) in view.read({ view, _ in changed.map { ($0, view.orders[$0]) } }) {
            // The order began in this term if nothing of it is older; no other process has been active since.
            let isNew = record.map { $0.position > start.position } ?? false
            machine.changed(id, to: record, isNew: isNew, now: now)
            if record == nil { traces.forget(id) }
        }
    }

    private func propose(
        _ proposal: PaymentMachine.Proposal, under parent: TraceContext?, _ barrier: DurabilityBarrier,
        _ term: Worker.Term, _ tasks: inout DiscardingTaskGroup
    ) {
        var request = CommandRequest(
            proposing: proposal.step, of: proposal.order, on: proposal.show,
            seenAt: LogPosition(epoch: term.start.epoch, position: proposal.seenAt))
        request.trace = parent.map(CommandTrace.init)
        tasks.addTask { [request] in
            let isRecorded = await self.submit(request, barrier)
            term.put { $0.inputs.append(.proposed(proposal.order, isRecorded: isRecorded)) }
        }
    }

    private func submit(_ request: CommandRequest, _ barrier: DurabilityBarrier) async -> Bool {
        switch await sequencer.submit(request) {
        case .recorded(let answer, let isReplayed):
            // A replayed answer was read from the log, which acknowledged nothing.
            if !isReplayed { await barrier.acknowledged(answer.token) }
            return true
        case .keyReused, .notRecorded, .unknown: return false
        }
    }

    // MARK: What others did

    private func read(_ calls: [BooksWatch.Call], _ term: Worker.Term, _ tasks: inout DiscardingTaskGroup) {
        for call in calls {
            tasks.addTask {
                let result: Result<BooksWatch.Answer, PaymentError>
                do throws(PaymentError) {
                    switch call {
                    case .books(let id): result = .success(.books(try await self.provider.books(of: id)))
                    case .changes(let time):
                        result = .success(.changes(try await self.provider.changedPayments(since: time)))
                    }
                } catch {
                    result = .failure(error)
                }
                term.put { $0.inputs.append(.read(call, result)) }
            }
        }
    }

    private func record(
        _ finding: BooksWatch.Finding, _ barrier: DurabilityBarrier, _ term: Worker.Term,
        _ tasks: inout DiscardingTaskGroup
    ) {
        for dispute in finding.ledger.disputes {
            logger.warning(
                "a payment is disputed",
                metadata: [
                    "order": "\(finding.order)", "show": "\(finding.show)", "dispute": "\(dispute.id)",
                    "status": "\(dispute.status.rawValue)",
                ])
        }
        let request = CommandRequest(
            observing: finding.ledger, of: finding.order, on: finding.show, salt: .random(in: 0 ... .max))
        tasks.addTask {
            guard await !self.submit(request, barrier) else { return }
            term.put { $0.inputs.append(.unrecorded(finding)) }
        }
    }

    private func disputedPayments() -> [String] {
        view.read { view, _ in view.orders.values.filter(\.isDisputed).map(\.paymentID) }.filter { !$0.isEmpty }
    }

    /// Publishes how much waits for an operator. It looks at every open order.
    private func countForOperators() {
        let (waiting, disputed) = view.read { view, _ in
            (view.orders.values.count(where: \.needsOperator), view.orders.values.count(where: \.isDisputed))
        }
        awaitingOperator.set(waiting)
        openDisputes.set(disputed)
    }

    /// Proposes to return the next orders of every cancelled show, one proposal a show at a time. One that comes too
    /// often changes nothing.
    private func returnOrders(
        ofShowsBut underWay: inout Set<ShowID>, _ term: Worker.Term, _ tasks: inout DiscardingTaskGroup
    ) {
        for show in view.read({ view, _ in Array(view.cancellations.keys) }) where underWay.insert(show).inserted {
            let request = CommandRequest(
                returningOrdersOf: show, limit: limits.cancelledOrdersMax, salt: .random(in: 0 ... .max))
            tasks.addTask {
                _ = await self.sequencer.submit(request)
                term.put { $0.inputs.append(.returned(show)) }
            }
        }
    }

    // MARK: For operators

    private func publish(isCircuitOpen: Bool) {
        circuitOpen.set(isCircuitOpen ? 1 : 0)
        if isCircuitOpen {
            logger.warning("payments: the provider fails; it gets only probes until a call succeeds")
        } else {
            logger.info("payments: the provider may be called")
        }
    }

    private func tell(_ report: PaymentMachine.Report) {
        logger.error(
            "a payment makes no progress",
            metadata: [
                "order": "\(report.order)", "show": "\(report.order.show?.rawValue ?? "")",
                "attempts": "\(report.attempts)", "reason": "\(report.reason)",
            ])
    }
}

extension PaymentProcess: LogListener {
    package func applied(_ events: [FollowedEvent], at position: LogPosition) {
        var changed: Set<OrderID> = []
        for case .success(let event as ShowEvent) in events.lazy.map(\.event) {
            changed.formUnion(OrderRecord.ids(in: event))
        }
        // Most batches are of holds alone and wake nobody.
        guard !changed.isEmpty else { return }
        let traced = traces(of: events)
        worker.put { [changed] in
            $0.changed.formUnion(changed)
            if !traced.isEmpty { $0.traces.merge(traced) { first, _ in first } }
        }
    }

    /// The orders whose events are of traces that are sampled.
    private func traces(of events: [FollowedEvent]) -> [OrderID: TraceContext] {
        guard let traces, let first = events.first, let last = events.last,
            traces.events.hasAny(of: first.context.position...last.context.position)
        else { return [:] }
        var found: [OrderID: TraceContext] = [:]
        for followed in events {
            guard case .success(let event as ShowEvent) = followed.event,
                let context = traces.events[followed.context.position]
            else { continue }
            for id in OrderRecord.ids(in: event) { found[id] = context }
        }
        return found
    }

    package func entered(epoch: Int64) { worker.restart() }
}

/// What comes in for the payment process between two turns.
private struct PaymentInbox: WorkerInbox {
    enum Input: Sendable {
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
    }

    /// Hints are dropped beyond so many inputs: each order is looked at anyway, later. The other inputs are bounded by the
    /// calls and proposals in flight.
    private static let hintsMax = 4_096

    var inputs: [Input] = []
    /// At most the orders of the view.
    var changed: Set<OrderID> = []
    /// Of those of `changed` that are traced.
    var traces: [OrderID: TraceContext] = [:]

    mutating func hint(payment id: String) { if inputs.count < Self.hintsMax { inputs.append(.moved(id)) } }

    mutating func hint(_ id: OrderID) { if inputs.count < Self.hintsMax { inputs.append(.hinted(id)) } }
}
