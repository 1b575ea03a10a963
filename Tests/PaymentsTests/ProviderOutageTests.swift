import Domain
@testable import Payments
import Testing

@Suite struct `A provider that is away` {
    enum Manner: CaseIterable, Sendable {
        /// Nothing listens: a call fails at once.
        case refuses
        /// A call is left without an answer until its caller gives up.
        case isSilent
    }

    @Test(arguments: Manner.allCases, [1, 3, 100])
    func `sells again within a second of its return`(manner: Manner, waiting: Int) {
        for length in [1, 3, 12, 47, 600].map(Duration.seconds) {
            var outage = Outage(manner, from: .zero, to: length)
            for number in 1...waiting { outage.order("show-\(number)", at: .zero) }
            outage.order("show-new", at: length)
            outage.run(until: length + .seconds(12))
            let sold = outage.sales.values.filter { $0 >= length }.min()
            #expect(sold.map { $0 - length < .seconds(1) } == true, "\(length): sold at \(String(describing: sold))")
            // Whoever has no call underway that nobody will answer.
            let waited = manner == .refuses ? Duration.seconds(2) : .seconds(12)
            #expect(outage.sales.count == waiting + 1)
            #expect(outage.sales.values.allSatisfy { $0 - length < waited }, "\(length): \(outage.sales)")
        }
    }

    @Test(arguments: Manner.allCases, [1, 3, 100])
    func `gets two calls a second at most, however many orders wait`(manner: Manner, waiting: Int) {
        var outage = Outage(manner, from: .zero, to: .seconds(600))
        for number in 1...waiting { outage.order("show-\(number)", at: .seconds(number % 7)) }
        outage.run(until: .seconds(600))
        // From when the outage is known: the first calls may all be under way by then.
        let calls = outage.calls.filter { $0 > .seconds(30) }
        #expect(calls.count > 40)
        for (index, call) in calls.enumerated() where index + 2 < calls.count {
            #expect(calls[index + 2] - call >= .seconds(1), "three calls within a second of \(call)")
        }
    }

    @Test func `is not spared for one order that it never answers`() {
        var outage = Outage(.refuses, from: .zero, to: .seconds(300), only: OrderID("show-poison"))
        outage.order("show-poison", at: .zero)
        for number in 1...600 { outage.order("show-\(number)", at: .milliseconds(500 * number)) }
        outage.run(until: .seconds(310))
        for number in 1...600 {
            let sold = outage.sales[OrderID("show-\(number)")]
            #expect(sold.map { $0 - .milliseconds(500 * number) < .milliseconds(200) } == true)
        }
        // While others are sold its own pauses grow to half a minute.
        #expect(outage.callsWithoutAnswer < 80)
    }
}

/// The machine, driven as the payment process does, against a provider that is away for a time.
private struct Outage {
    private enum Event {
        case order(SampleOrder)
        case tick
        case answer(PaymentMachine.ProviderCall, Result<PaymentMachine.Answer, PaymentError>)
    }

    private static let tick = Duration.milliseconds(100)
    private static let roundTrip = Duration.milliseconds(30)
    private static let callTimeout = Duration.seconds(10)

    private let manner: `A provider that is away`.Manner
    private let time: Range<Duration>
    private let victim: OrderID?
    private var machine = PaymentMachine(seed: 7)
    private var events: [Duration: [Event]] = [:]
    private var orders: [OrderID: SampleOrder] = [:]
    /// When each order's payment was authorized: its sale.
    private(set) var sales: [OrderID: Duration] = [:]
    /// When calls were made.
    private(set) var calls: [Duration] = []
    private(set) var callsWithoutAnswer = 0

    /// - Parameter victim: the one order that the outage is about; nil: all are.
    init(
        _ manner: `A provider that is away`.Manner, from start: Duration, to end: Duration, only victim: OrderID? = nil
    ) {
        self.manner = manner
        time = start..<end
        self.victim = victim
    }

    mutating func order(_ name: String, at time: Duration) { plan(.order(SampleOrder(name)), at: time) }

    private mutating func plan(_ event: Event, at time: Duration) { events[time, default: []].append(event) }

    mutating func run(until end: Duration) {
        plan(.tick, at: .zero)
        while let now = events.keys.min(), now <= end, let due = events.removeValue(forKey: now) {
            for event in due {
                switch event {
                case .order(let order):
                    orders[order.id] = order
                    machine.changed(order.id, to: order.record, isNew: true, now: now)
                case .tick: plan(.tick, at: now + Self.tick)
                case .answer(let call, let answer): take(answer, to: call, now: now)
                }
            }
            for call in machine.advance(now: now) { perform(call, now: now) }
        }
    }

    private mutating func perform(_ call: PaymentMachine.ProviderCall, now: Duration) {
        calls.append(now)
        let isAway = time.contains(now) && (victim == nil || victim == call.order)
        if isAway { callsWithoutAnswer += 1 }
        switch (call.call, isAway, manner) {
        case (_, true, .refuses): plan(.answer(call, .failure(.unavailable("refused"))), at: now + .milliseconds(1))
        case (_, true, .isSilent): plan(.answer(call, .failure(.unknown("silence"))), at: now + Self.callTimeout)
        case (.find, false, _): plan(.answer(call, .success(.notFound)), at: now + Self.roundTrip)
        case (.authorize, false, _):
            plan(.answer(call, .success(.state(.authorized("pi_\(call.order)")))), at: now + Self.roundTrip)
        case (.capture(let id), false, _):
            plan(.answer(call, .success(.state(.captured(id)))), at: now + Self.roundTrip)
        case (.close, false, _), (.void, false, _), (.refund, false, _), (.books, false, _):
            Issue.record("nothing is taken back")
        }
    }

    private mutating func take(
        _ answer: Result<PaymentMachine.Answer, PaymentError>, to call: PaymentMachine.ProviderCall, now: Duration
    ) {
        guard let proposal = machine.answered(call.order, call.call, answer, now: now).proposal,
            var order = orders[call.order]
        else { return }
        switch proposal.step {
        case .authorized(let paymentID):
            order.sell(paymentID)
            sales[order.id] = now
        case .captured: order.capture()
        // It is never too late.
        case .unanswered: break
        default: Issue.record("\(proposal.step)")
        }
        orders[order.id] = order
        machine.proposed(order.id, isRecorded: true, now: now)
        machine.changed(order.id, to: order.record, isNew: true, now: now)
    }
}
