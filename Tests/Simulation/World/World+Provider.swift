import Domain
import Payments

/// The way to the payment provider and back: late, lost, refused, twice, or done when nobody waits for it any more.
extension World {
    /// A caller that hears nothing for so long takes it for unknown.
    private static let patience = Moment.milliseconds(400)

    func call(_ order: OrderID, _ call: PaymentMachine.Call, from process: Int, _ turn: Int) {
        judge.tally.callsOfProvider += 1
        let payer = Payer(process: process, turn: turn, order: order, call: call)
        let way = random.moment(scenario.hop) * 5
        if isVoidForgotten(call) { return plan(.providerAnswers(.success(.state(.voided)), to: payer), in: way) }
        if strikes(\.paymentUnavailable) {
            return plan(.providerAnswers(.failure(.unavailable("connection refused")), to: payer), in: way)
        }
        if strikes(\.paymentRefused) {
            return plan(.providerAnswers(.failure(.refused("forbidden")), to: payer), in: way)
        }
        if strikes(\.paymentLost) {
            return plan(.providerAnswers(.failure(.unknown("no answer")), to: payer), in: Self.patience)
        }
        let time = way + random.moment(scenario.providerTime)
        if strikes(\.paymentAnswerLost) {
            plan(.providerIsCalled(call, by: payer, answers: false), in: time)
            return plan(.providerAnswers(.failure(.unknown("no answer")), to: payer), in: max(time, Self.patience))
        }
        if strikes(\.paymentLate) {
            judge.tally.lateEffects += 1
            plan(
                .providerIsCalled(call, by: payer, answers: false), in: Self.patience + random.moment(0...(.seconds(4)))
            )
            return plan(.providerAnswers(.failure(.unknown("no answer")), to: payer), in: Self.patience)
        }
        if strikes(\.paymentDoubled) {
            judge.tally.doubledEffects += 1
            plan(.providerIsCalled(call, by: payer, answers: false), in: time + random.moment(0...(.seconds(2))))
        }
        plan(.providerIsCalled(call, by: payer, answers: true), in: time)
    }

    func executeAtProvider(_ call: PaymentMachine.Call, by payer: Payer, answers: Bool) {
        guard now >= provider.outageEnds else {
            if answers {
                plan(.providerAnswers(.failure(.unavailable("no route")), to: payer), in: random.moment(scenario.hop))
            }
            return
        }
        let (answer, effect) = provider.perform(call, now: now)
        note("payment done for", payer.process, Int64(payer.turn))
        if let effect { judge.moved(effect, durable: log.durablePosition(now: now)) }
        if case .find = call, case .success(.notFound) = answer, provider.accounts[payer.order] != nil {
            judge.tally.lookUpsBlind += 1
        }
        if answers { plan(.providerAnswers(answer, to: payer), in: random.moment(scenario.hop) * 5) }
        hint(payer.order)
    }

    func hear(_ answer: Result<PaymentMachine.Answer, PaymentError>, _ payer: Payer) {
        guard processes[payer.process].payments?.turn == payer.turn else { return }
        push(.answered(payer.order, payer.call, answer), toPayments: payer.process)
    }

    // MARK: Webhooks

    /// The provider tells some process of its own accord, which hands it on only when it is the active one.
    private func hint(_ order: OrderID) {
        guard random.isLucky(perMille: 300) else { return }
        for _ in 0..<(strikes(\.hintDoubled) ? 2 : 1) {
            let process = random.int(0...(scenario.writers - 1))
            plan(.hintArrives(order, at: process), in: random.moment(0...(.milliseconds(isEnding ? 10 : 900))))
        }
    }

    func hearHint(_ order: OrderID, _ process: Int) {
        guard processes[process].payments != nil else { return }
        judge.tally.hints += 1
        push(.hinted(order), toPayments: process)
    }

    // MARK: Planted faults

    private func isVoidForgotten(_ call: PaymentMachine.Call) -> Bool {
        switch call {
        case .void, .close: strikes(.forgottenVoid, perMille: 500)
        case .authorize, .find, .capture, .refund, .books: false
        }
    }
}

/// Who called the provider, and what for.
struct Payer {
    var process: Int
    var turn: Int
    var order: OrderID
    var call: PaymentMachine.Call

    /// Of calls that no machine made: nobody hears their answers.
    static let nobodysTurn = -1
}
