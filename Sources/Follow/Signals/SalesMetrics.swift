public import EventLog
public import Following
import Metrics
public import Projection
import Synchronization

/// Counts what this node's own commits did to the sale: places held and sold, checkouts, payments, admissions.
///
/// The sequencer only says which positions it appended. The events are counted when the replica, which decodes them anyway,
/// has applied them; so a restart counts nothing twice, and no command waits.
public final class SalesMetrics: LogListener {
    private struct State {
        var own = OwnCommits()
        /// How far the replica is.
        var applied = LogPosition(epoch: 0, position: 0)
    }

    private let state = Mutex(State())
    private let counters = Counters()
    private let log: SaleLog?

    /// - Parameter log: told of the same events; nil: nobody is.
    public init(log: SaleLog? = nil) { self.log = log }

    /// This node has committed `batch`; comes before the replica beside the sequencer is told.
    public func committed(_ batch: CommittedBatch) {
        guard let first = batch.events.first, let last = batch.events.last else { return }
        let isApplied = state.withLock { state in
            // A replica that read the log by itself was faster.
            guard (state.applied.epoch, state.applied.position) < (batch.epoch, first.position) else { return true }
            state.own.append(first.position...last.position, epoch: batch.epoch)
            return false
        }
        if isApplied { count(batch.events.map { FollowedEvent($0) }) }
    }

    public func applied(_ events: [FollowedEvent], at position: LogPosition) {
        guard let first = events.first?.context.position else { return }
        let stretches = state.withLock { state in
            state.applied = position
            return state.own.take(first...position.position, epoch: position.epoch)
        }
        for stretch in stretches {
            count(events[Int(stretch.lowerBound - first)...Int(stretch.upperBound - first)])
        }
    }

    public func entered(epoch: Int64) {}

    private func count(_ events: some Sequence<FollowedEvent>) {
        var tally = SalesTally()
        for followed in events {
            guard case .success(let event) = followed.event else { continue }
            tally.add(event)
            log?.note(event, followed.context)
        }
        counters.add(tally)
    }
}

private struct Counters: Sendable {
    let holds = Counter(label: "holdfast_holds_placed")
    let held = Counter(label: "holdfast_seats_held")
    let released = Counter(label: "holdfast_seats_released", dimensions: [("reason", "released")])
    let expired = Counter(label: "holdfast_seats_released", dimensions: [("reason", "expired")])
    let sold = Counter(label: "holdfast_seats_sold")
    let returned = Counter(label: "holdfast_seats_returned")
    let started = Counter(label: "holdfast_checkouts_started")
    let completed = Counter(label: "holdfast_checkouts_completed")
    let failed = SalesTally.FailureReason.allCases.map {
        (reason: $0, counter: Counter(label: "holdfast_checkouts_failed", dimensions: [("reason", $0.rawValue)]))
    }
    let payments = SalesTally.PaymentStep.allCases.map {
        (step: $0, counter: Counter(label: "holdfast_payments_recorded", dimensions: [("step", $0.rawValue)]))
    }
    let joined = Counter(label: "holdfast_waiting_room_joined")
    let admitted = Counter(label: "holdfast_waiting_room_admitted")
    let scanned = Counter(label: "holdfast_tickets_scanned")

    func add(_ tally: SalesTally) {
        for (counter, count) in [
            (holds, tally.holds), (held, tally.placesHeld), (released, tally.placesReleased),
            (expired, tally.placesExpired), (sold, tally.placesSold), (returned, tally.placesReturned),
            (started, tally.checkoutsStarted), (completed, tally.checkoutsCompleted),
            (joined, tally.entriesJoined), (admitted, tally.entriesAdmitted), (scanned, tally.ticketsScanned),
        ] where count > 0 {
            counter.increment(by: count)
        }
        for (reason, counter) in failed { counter.increment(by: tally.checkoutsFailed[reason] ?? 0) }
        for (step, counter) in payments { counter.increment(by: tally.paymentSteps[step] ?? 0) }
    }
}
