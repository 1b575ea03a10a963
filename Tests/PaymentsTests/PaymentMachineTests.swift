import Domain
@testable import Payments
import Testing

@Suite struct `The payment machine` {
    private typealias Call = PaymentMachine.Call
    private var machine = PaymentMachine(limits: .slow, seed: 1)
    private var order = SampleOrder()

    private static let lost = PaymentError.unknown("no answer")
    private static let away = PaymentError.unavailable("connection refused")

    private func call(_ call: Call) -> [Action] { [.call(order.id, call, seenAt: order.position)] }

    private func proposal(_ step: PaymentStep) -> [Action] {
        [.propose(order.id, show, step, seenAt: order.position)]
    }

    // MARK: The straight way

    @Test mutating func `authorizes, proposes the sale, and captures only what the log has sold`() {
        #expect(machine.see(order, now: .zero) == call(.authorize(order.request)))
        let authorized = machine.hear(order, .authorize(order.request), .success(.state(.authorized("pi"))), now: .zero)
        #expect(authorized == proposal(.authorized("pi")))
        machine.proposed(order.id, isRecorded: true, now: .zero)
        // Recorded is not yet seen in the log.
        #expect(machine.calls(now: .seconds(1)).isEmpty)
        order.sell("pi")
        #expect(machine.see(order, now: .seconds(1)) == call(.capture("pi")))
        #expect(
            machine.hear(order, .capture("pi"), .success(.state(.captured("pi"))), now: .seconds(1))
                == proposal(.captured))
        order.capture()
        _ = machine.see(order, now: .seconds(1))
        #expect(machine.count == 0)
        machine.proposed(order.id, isRecorded: true, now: .seconds(1))
        #expect(machine.calls(now: .seconds(1_000)).isEmpty)
    }

    @Test mutating func `takes the log's word on a proposal before its own answer`() {
        _ = machine.see(order, now: .zero)
        _ = machine.hear(order, .authorize(order.request), .success(.state(.authorized("pi"))), now: .zero)
        order.sell("pi")
        // One thing at a time: the proposal is not answered yet.
        #expect(machine.see(order, now: .zero).isEmpty)
        machine.proposed(order.id, isRecorded: true, now: .zero)
        #expect(machine.calls(now: .zero) == call(.capture("pi")))
    }

    @Test mutating func `proposes what the provider declined, and is done`() {
        _ = machine.see(order, now: .zero)
        let declined = machine.hear(
            order, .authorize(order.request), .success(.state(.declined("lost_card"))), now: .zero)
        #expect(declined == proposal(.declined("lost_card")))
        order.fail(.declined("lost_card"), .none)
        _ = machine.see(order, now: .zero)
        #expect(machine.count == 0)
    }

    @Test mutating func `makes nothing of a free order`() {
        order = SampleOrder(total: 0)
        #expect(machine.see(order, now: .zero).isEmpty)
        order.sell("")
        #expect(machine.see(order, now: .zero).isEmpty)
        #expect(machine.count == 0)
    }

    // MARK: What is not known

    @Test mutating func `looks an unknown authorization up before anything else`() {
        _ = machine.see(order, now: .zero)
        #expect(machine.hear(order, .authorize(order.request), .failure(Self.lost), now: .zero).isEmpty)
        #expect(machine.calls(now: .seconds(1)) == call(.find(order.request)))
        // Not even a look-up that fails makes it forget.
        #expect(machine.hear(order, .find(order.request), .failure(Self.away), now: .seconds(1)).isEmpty)
        #expect(machine.calls(now: .seconds(10)) == call(.find(order.request)))
        let found = machine.hear(order, .find(order.request), .success(.state(.authorized("pi"))), now: .seconds(10))
        #expect(found == proposal(.authorized("pi")))
    }

    @Test mutating func `authorizes again what is not found`() {
        _ = machine.see(order, now: .zero)
        _ = machine.hear(order, .authorize(order.request), .failure(Self.lost), now: .zero)
        _ = machine.calls(now: .seconds(1))
        let again = machine.hear(order, .find(order.request), .success(.notFound), now: .seconds(1))
        #expect(again == call(.authorize(order.request)))
    }

    @Test mutating func `authorizes again without a look what certainly did not happen`() {
        _ = machine.see(order, now: .zero)
        #expect(machine.hear(order, .authorize(order.request), .failure(Self.away), now: .zero).isEmpty)
        #expect(machine.calls(now: .seconds(1)) == call(.authorize(order.request)))
    }

    @Test mutating func `waits, and looks, while the provider has not decided`() {
        _ = machine.see(order, now: .zero)
        #expect(machine.hear(order, .authorize(order.request), .success(.state(.pending("pi"))), now: .zero).isEmpty)
        #expect(machine.calls(now: .milliseconds(400)).isEmpty)
        #expect(machine.calls(now: .seconds(1)) == call(.find(order.request)))
    }

    @Test mutating func `looks first at an order that it has not followed from its start`() {
        #expect(machine.see(order, isNew: false, now: .zero) == call(.find(order.request)))
    }

    @Test(arguments: [PaymentState.authorized("pi"), .captured("pi")])
    mutating func `sells what is paid for already`(state: PaymentState) {
        _ = machine.see(order, isNew: false, now: .zero)
        let found = machine.hear(order, .find(order.request), .success(.state(state)), now: .zero)
        #expect(found == proposal(.authorized("pi")))
    }

    @Test mutating func `gives up an order whose payment was canceled at the provider`() {
        _ = machine.see(order, isNew: false, now: .zero)
        let found = machine.hear(order, .find(order.request), .success(.state(.voided)), now: .zero)
        #expect(found == proposal(.declined("canceled")))
    }

    // MARK: Taking back

    @Test mutating func `closes what may have been authorized, and voids what it finds`() {
        order.fail(.expired, .unknown)
        #expect(machine.see(order, now: .zero) == call(.close(order.request)))
        let found = machine.hear(order, .close(order.request), .success(.state(.authorized("pi"))), now: .zero)
        #expect(found == call(.void("pi")))
        #expect(machine.hear(order, .void("pi"), .success(.state(.voided)), now: .zero) == proposal(.voided))
    }

    @Test(arguments: [PaymentState.voided, .declined("lost_card")])
    mutating func `is content with a closed payment`(state: PaymentState) {
        order.fail(.expired, .unknown)
        _ = machine.see(order, now: .zero)
        #expect(machine.hear(order, .close(order.request), .success(.state(state)), now: .zero) == proposal(.voided))
    }

    @Test(arguments: [PaymentState.authorized("pi"), .pending("pi")])
    mutating func `pauses before it voids again what would not be voided`(state: PaymentState) {
        order.fail(.expired, .authorized("pi"))
        #expect(machine.see(order, now: .zero) == call(.void("pi")))
        #expect(machine.hear(order, .void("pi"), .success(.state(state)), now: .zero).isEmpty)
        #expect(machine.calls(now: .seconds(1)) == call(.void("pi")))
    }

    @Test mutating func `voids the late authorization of an order that failed meanwhile`() {
        _ = machine.see(order, now: .zero)
        order.fail(.expired, .unknown)
        #expect(machine.see(order, now: .zero).isEmpty)
        let late = machine.hear(order, .authorize(order.request), .success(.state(.authorized("pi"))), now: .zero)
        #expect(late == call(.void("pi")))
    }

    @Test mutating func `closes an order that failed while its authorization was under way and got no answer`() {
        _ = machine.see(order, now: .zero)
        order.fail(.expired, .unknown)
        _ = machine.see(order, now: .zero)
        let late = machine.hear(order, .authorize(order.request), .failure(Self.lost), now: .zero)
        #expect(late == call(.close(order.request)))
    }

    @Test mutating func `does not park for a refusal of what is needed no more`() {
        _ = machine.see(order, now: .zero)
        order.fail(.expired, .unknown)
        _ = machine.see(order, now: .zero)
        let late = machine.hear(order, .authorize(order.request), .failure(.refused("no such card")), now: .zero)
        #expect(late == call(.close(order.request)))
    }

    @Test(arguments: [PaymentState.authorized("pi"), .pending("pi"), .voided, .declined("lost_card")])
    mutating func `captures what another process sold, whatever its own late authorization says`(state: PaymentState) {
        _ = machine.see(order, now: .zero)
        order.sell("pi")
        _ = machine.see(order, now: .zero)
        let late = machine.hear(order, .authorize(order.request), .success(.state(state)), now: .zero)
        #expect(late == call(.capture("pi")))
    }

    @Test mutating func `gives back what was charged without a sale`() {
        order.fail(.expired, .authorized("pi"))
        _ = machine.see(order, now: .zero)
        let refund = Call.refund("pi", RefundID("show-one-r0"), amount: nil)
        #expect(machine.hear(order, .void("pi"), .success(.state(.captured("pi"))), now: .zero) == call(refund))
        #expect(machine.hear(order, refund, .failure(Self.lost), now: .zero).isEmpty)
        #expect(machine.calls(now: .seconds(1)) == call(refund))
        #expect(machine.hear(order, refund, .success(.refunded), now: .seconds(1)) == proposal(.voided))
    }

    @Test mutating func `voids a sale that was revoked before its capture, or takes the capture that was faster`() {
        order.sell("pi")
        #expect(machine.see(order, now: .zero) == call(.capture("pi")))
        order.returnTickets([1, 2], refund: "r1", amount: 9_000)
        _ = machine.see(order, now: .zero)
        #expect(machine.hear(order, .capture("pi"), .failure(Self.lost), now: .zero) == call(.void("pi")))
        let captured = machine.hear(order, .void("pi"), .success(.state(.captured("pi"))), now: .zero)
        #expect(captured == proposal(.captured))
        order.capture()
        machine.proposed(order.id, isRecorded: true, now: .zero)
        #expect(machine.see(order, now: .zero) == call(.refund("pi", RefundID("r1"), amount: 9_000)))
    }

    // MARK: Refunds

    @Test mutating func `makes the refunds one after the other`() {
        order.sell("pi")
        order.capture()
        order.returnTickets([1], refund: "r1", amount: 4_000)
        order.returnTickets([2], refund: "r2", amount: 5_000)
        let first = Call.refund("pi", RefundID("r1"), amount: 4_000)
        #expect(machine.see(order, now: .zero) == call(first))
        #expect(machine.hear(order, first, .success(.refunded), now: .zero) == proposal(.refunded(RefundID("r1"))))
        order.refund("r1", amount: 4_000)
        machine.proposed(order.id, isRecorded: true, now: .zero)
        #expect(machine.see(order, now: .zero) == call(.refund("pi", RefundID("r2"), amount: 5_000)))
    }

    @Test mutating func `takes the late answer to a refund that another process recorded for nothing else`() {
        order.sell("pi")
        order.capture()
        order.returnTickets([1], refund: "r1", amount: 4_000)
        let first = Call.refund("pi", RefundID("r1"), amount: 4_000)
        _ = machine.see(order, now: .zero)
        order.refund("r1", amount: 4_000)
        order.returnTickets([2], refund: "r2", amount: 5_000)
        _ = machine.see(order, now: .zero)
        #expect(
            machine.hear(order, first, .success(.refunded), now: .zero)
                == call(.refund("pi", RefundID("r2"), amount: 5_000)))
    }

    // MARK: Patience

    @Test mutating func `pauses longer after every failure, then asks the log whether it is too late, and goes on`() {
        _ = machine.see(order, now: .zero)
        var now = Duration.zero
        var call = Call.authorize(order.request)
        for attempt in 1..<6 {
            #expect(machine.hear(order, call, .failure(Self.lost), now: now).isEmpty)
            let pause = Duration.seconds(min(1 << (attempt - 1), 8))
            #expect(machine.calls(now: now + pause * 0.499).isEmpty)
            now += pause
            call = .find(order.request)
            #expect(machine.calls(now: now) == self.call(call))
        }
        let last = machine.hear(order, call, .failure(Self.lost), now: now)
        #expect(last.first == .report(order.id, attempts: 6, reason: "no answer"))
        guard last.count == 2, case .propose(order.id, show, .unanswered, seenAt: order.position) = last[1] else {
            return #expect(Bool(false), "\(last)")
        }
        // It is not too late: the log has no word for it.
        machine.proposed(order.id, isRecorded: true, now: now)
        #expect(machine.calls(now: now + .seconds(100)) == self.call(call))
    }

    @Test mutating func `never gives a sale's capture up while the provider is away`() {
        order.sell("pi")
        var now = Duration.zero
        #expect(machine.see(order, now: now) == call(.capture("pi")))
        for attempt in 1..<100 {
            let failure = attempt % 2 == 0 ? Self.lost : Self.away
            let heard = machine.hear(order, .capture("pi"), .failure(failure), now: now)
            #expect(heard == (attempt == 6 ? [.report(order.id, attempts: 6, reason: "no answer")] : []))
            // Longer than any pause, of the order or of the breaker.
            now += .seconds(20)
            #expect(machine.calls(now: now) == call(.capture("pi")))
        }
    }

    @Test mutating func `parks what the provider leaves open too often`() {
        order.sell("pi")
        var now = Duration.zero
        _ = machine.see(order, now: now)
        for _ in 1..<6 {
            #expect(machine.hear(order, .capture("pi"), .success(.state(.pending("pi"))), now: now).isEmpty)
            now += .seconds(20)
            _ = machine.calls(now: now)
        }
        let last = machine.hear(order, .capture("pi"), .success(.state(.pending("pi"))), now: now)
        #expect(last == proposal(.parked(reason: "6 attempts: the provider has not decided")))
    }

    @Test mutating func `does not count an outage as answers`() {
        order.sell("pi")
        var now = Duration.zero
        _ = machine.see(order, now: now)
        for _ in 1...10 {
            _ = machine.hear(order, .capture("pi"), .failure(Self.away), now: now)
            now += .seconds(20)
            _ = machine.calls(now: now)
        }
        #expect(machine.hear(order, .capture("pi"), .success(.state(.pending("pi"))), now: now).isEmpty)
    }

    @Test mutating func `spares nobody a provider that answers, whatever it says`() {
        order.fail(.expired, .unknown)
        var now = Duration.zero
        _ = machine.see(order, now: now)
        for _ in 1...20 {
            _ = machine.hear(order, .close(order.request), .failure(.undecided("recorded")), now: now)
            #expect(!machine.isCircuitOpen)
            now += .seconds(20)
            #expect(machine.calls(now: now) == call(.close(order.request)))
        }
    }

    @Test mutating func `parks at once what the provider refuses for good`() {
        order.sell("pi")
        _ = machine.see(order, now: .zero)
        let refused = machine.hear(order, .capture("pi"), .failure(.refused("no such payment")), now: .zero)
        #expect(refused == call(.books("pi")))
        let books = ProviderLedger(paymentID: "pi", captured: 0)
        let read = machine.hear(order, .books("pi"), .success(.books(books)), now: .zero)
        #expect(read == proposal(.parked(reason: "no such payment")))
    }

    @Test mutating func `closes what was refused, whatever became of earlier attempts`() {
        _ = machine.see(order, now: .zero)
        let refused = machine.hear(order, .authorize(order.request), .failure(.refused("too much")), now: .zero)
        #expect(refused == proposal(.refused("too much")))
        order.fail(.declined("too much"), .unknown)
        machine.proposed(order.id, isRecorded: true, now: .zero)
        #expect(machine.see(order, now: .zero) == call(.close(order.request)))
    }

    @Test mutating func `parks a capture that can't be`() {
        order.sell("pi")
        _ = machine.see(order, now: .zero)
        let refused = machine.hear(order, .capture("pi"), .success(.state(.voided)), now: .zero)
        #expect(refused == proposal(.parked(reason: "can't be captured: voided")))
    }

    @Test mutating func `leaves a parked order alone until an operator resumes it, and then begins anew`() {
        order.sell("pi")
        order.park()
        #expect(machine.see(order, now: .zero).isEmpty)
        machine.hinted(order.id, now: .seconds(1))
        #expect(machine.calls(now: .seconds(1_000)).isEmpty)
        order.resume()
        #expect(machine.see(order, now: .seconds(1_000)) == call(.capture("pi")))
        for _ in 1..<6 {
            let now = Duration.seconds(1_000)
            #expect(machine.hear(order, .capture("pi"), .failure(Self.away), now: now).isEmpty)
            machine.hinted(order.id, now: now)
            #expect(machine.calls(now: now) == call(.capture("pi")))
        }
    }

    @Test mutating func `tries again when a proposal gets no echo`() {
        order.sell("pi")
        _ = machine.see(order, now: .zero)
        _ = machine.hear(order, .capture("pi"), .success(.state(.captured("pi"))), now: .zero)
        machine.proposed(order.id, isRecorded: true, now: .zero)
        #expect(machine.calls(now: .seconds(99)).isEmpty)
        #expect(machine.calls(now: .seconds(100)) == call(.capture("pi")))
    }

    @Test mutating func `tries again soon when a proposal may not be recorded`() {
        order.sell("pi")
        _ = machine.see(order, now: .zero)
        _ = machine.hear(order, .capture("pi"), .success(.state(.captured("pi"))), now: .zero)
        machine.proposed(order.id, isRecorded: false, now: .zero)
        #expect(machine.calls(now: .seconds(1)) == call(.capture("pi")))
        // The same proposal on the same state: the same command.
        #expect(
            machine.hear(order, .capture("pi"), .success(.state(.captured("pi"))), now: .seconds(1))
                == proposal(.captured))
    }

    @Test mutating func `takes no older state for a newer one`() {
        let before = order
        order.sell("pi")
        _ = machine.see(order, now: .zero)
        _ = machine.hear(order, .capture("pi"), .failure(Self.away), now: .zero)
        #expect(machine.see(before, now: .seconds(1)) == call(.capture("pi")))
    }

    // MARK: Many

    @Test mutating func `has no more calls under way than it may, and the others go as these come back`() {
        var limits = PaymentLimits.slow
        limits.callsMax = 3
        machine = PaymentMachine(limits: limits, seed: 1)
        let orders = (1...5).map { SampleOrder("show-\($0)") }
        for order in orders { machine.changed(order.id, to: order.record, isNew: true, now: .zero) }
        let first = machine.calls(now: .zero)
        #expect(first == orders[0..<3].map { .call($0.id, .authorize($0.request), seenAt: $0.position) })
        let more = machine.hear(orders[1], .authorize(orders[1].request), .success(.state(.declined("no"))), now: .zero)
        #expect(more.last == .call(orders[3].id, .authorize(orders[3].request), seenAt: orders[3].position))
    }

    @Test mutating func `takes nothing from the answer to a call of an order's earlier life`() {
        order.sell("pi")
        _ = machine.see(order, now: .zero)
        order.capture()
        _ = machine.see(order, now: .zero)
        order.returnTickets([1], refund: "r1", amount: 4_000)
        let refund = Call.refund("pi", RefundID("r1"), amount: 4_000)
        #expect(machine.see(order, now: .zero) == call(refund))
        #expect(machine.hear(order, .capture("pi"), .failure(.refused("captured before")), now: .zero).isEmpty)
        #expect(machine.hear(order, refund, .success(.refunded), now: .zero) == proposal(.refunded(RefundID("r1"))))
    }

    @Test mutating func `does one thing at a time for an order, however often it is hinted at`() {
        #expect(machine.see(order, now: .zero) == call(.authorize(order.request)))
        for _ in 1...100 {
            machine.hinted(order.id, now: .zero)
            #expect(machine.calls(now: .seconds(1)).isEmpty)
        }
        _ = machine.hear(order, .authorize(order.request), .failure(Self.away), now: .seconds(1))
        for _ in 1...100 { machine.hinted(order.id, now: .seconds(1)) }
        #expect(machine.calls(now: .seconds(1)) == call(.authorize(order.request)))
        machine.hinted(OrderID("show-nobodys"), now: .seconds(1))
        #expect(machine.calls(now: .seconds(2)).isEmpty)
    }

    @Test mutating func `is made no larger by hints`() {
        // The breaker opens; every hint then finds the order waiting already.
        for number in 1...8 {
            let order = SampleOrder("show-\(number)")
            _ = machine.see(order, now: .zero)
            _ = machine.hear(order, .authorize(order.request), .failure(.refused("")), now: .zero)
        }
        _ = machine.see(order, now: .zero)
        var now = Duration.zero
        var call = Call.authorize(order.request)
        while !machine.isCircuitOpen {
            let actions = machine.hear(order, call, .failure(Self.away), now: now)
            if case .propose? = actions.last {
                order.park()
                machine.proposed(order.id, isRecorded: true, now: now)
                _ = machine.see(order, now: now)
                order.resume()
                _ = machine.see(order, now: now)
                continue
            }
            now += .seconds(8)
            for case .call(order.id, let next, _) in machine.calls(now: now) { call = next }
        }
        for _ in 1...1_000 {
            machine.hinted(order.id, now: now)
            _ = machine.calls(now: now)
        }
        #expect(machine.queuedCount <= 20)
    }

    // MARK: The breaker

    @Test mutating func `spares a provider that fails, probes it, and goes on when it is back`() {
        var limits = PaymentLimits.slow
        limits.attemptsMax = 3
        machine = PaymentMachine(limits: limits, seed: 1)
        let orders = (1...10).map { SampleOrder("show-\($0)") }
        for order in orders.prefix(8) {
            _ = machine.see(order, now: .zero)
            _ = machine.hear(order, .authorize(order.request), .failure(Self.away), now: .zero)
        }
        #expect(machine.isCircuitOpen)
        // Those that wait lose no attempt by it, and new ones wait too.
        for order in orders.suffix(2) { #expect(machine.see(order, now: .zero).isEmpty) }
        var now = Duration.zero
        var probed: Set<OrderID> = []
        for _ in 1...10 {
            #expect(machine.calls(now: now + CircuitBreaker.probeInterval.lowerBound - .milliseconds(1)).isEmpty)
            now += CircuitBreaker.probeInterval.upperBound
            let probes = machine.calls(now: now)
            #expect(probes.count == 1)
            guard case .call(let id, let call, _)? = probes.first else { return }
            #expect(machine.calls(now: now).isEmpty)
            probed.insert(id)
            _ = machine.hear(id, call, .failure(Self.away), now: now)
        }
        // Each order is the probe in its turn: one that fails whatever the provider does keeps no other from being tried.
        #expect(probed.count == orders.count)
        now += CircuitBreaker.probeInterval.upperBound
        guard case .call(let id, let call, _)? = machine.calls(now: now).first else { return }
        _ = machine.hear(id, call, .success(.state(.declined("no"))), now: now)
        #expect(!machine.isCircuitOpen)
        // All others at once.
        #expect(machine.calls(now: now).count == orders.count - 1)
    }

    @Test mutating func `does not spare a provider for what it refuses`() {
        for number in 1...20 {
            let order = SampleOrder("show-\(number)")
            _ = machine.see(order, now: .zero)
            _ = machine.hear(order, .authorize(order.request), .failure(.refused("no")), now: .zero)
        }
        #expect(!machine.isCircuitOpen)
    }
}
