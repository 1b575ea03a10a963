import Domain
import Payments

/// What others do at the payment provider, and how the payment process comes to see it.
extension World {
    /// Somebody refunds or disputes a payment at the provider.
    func moveMoney(on show: ShowID) {
        plan(.clientActs(operatorNumber), in: random.moment(.milliseconds(5)...(.milliseconds(50))))
        let paid = provider.accounts.filter { id, account in
            id.show == show && account.state == .captured && account.captured > account.refunded
                && judge.ledger.orders[id]?.status == .sold && !judge.payments.lost.contains(id)
        }
        guard let id = paid.keys.sorted().randomElement(using: &random), let account = paid[id] else { return }
        if account.isDisputed {
            let next: [DisputeChanged.Status] = [.fundsWithdrawn, .won, .lost]
            provider.dispute(id, random.pick(next), now: now)
        } else if account.dispute == nil, random.isLucky(perMille: 400) {
            provider.dispute(id, random.isLucky(perMille: 300) ? .inquiry : .open, now: now)
        } else {
            let left = account.captured - account.refunded
            provider.refundByHand(id, random.isLucky(perMille: 300) ? left : min(left, 1_000), now: now)
        }
        note("money moved by hand")
        hintMoney(account.paymentID)
    }

    /// Banks come to a decision, sooner or later.
    func closeDisputes() {
        for (id, account) in provider.accounts.sorted(by: { $0.key < $1.key }) where account.isDisputed {
            provider.dispute(id, random.isLucky(perMille: 500) ? .won : .lost, now: now)
            hintMoney(account.paymentID)
        }
    }

    private func hintMoney(_ payment: String) {
        guard random.isLucky(perMille: 500) else { return }
        let process = random.int(0...(scenario.writers - 1))
        plan(.moneyHintArrives(payment, at: process), in: random.moment(0...(.milliseconds(200))))
    }

    func hearHint(payment: String, _ process: Int) {
        guard processes[process].payments != nil else { return }
        push(.moved(payment), toPayments: process)
    }

    // MARK: Looks at the books

    func ask(_ call: BooksWatch.Call, _ process: Int, _ turn: Int) {
        let way = random.moment(scenario.hop) * 5
        if strikes(\.paymentLost) || strikes(\.paymentUnavailable) {
            return plan(
                .booksArrive(call, .failure(.unavailable("no route")), at: process, turn: turn), in: way)
        }
        plan(.booksAreAskedFor(call, by: process, turn: turn), in: way + random.moment(scenario.providerTime))
    }

    func readBooks(_ call: BooksWatch.Call, _ process: Int, _ turn: Int) {
        let result: Result<BooksWatch.Answer, PaymentError>
        switch call {
        case _ where now < provider.outageEnds: result = .failure(.unavailable("no route"))
        case .books(let payment): result = provider.books(of: payment)
        case .changes(let time):
            let since = Moment(time * 1_000_000 - Self.firstTime)
            result = .success(.changes(provider.changes(since: since)))
        }
        plan(.booksArrive(call, result, at: process, turn: turn), in: random.moment(scenario.hop) * 5)
    }

    func takeBooks(
        _ call: BooksWatch.Call, _ result: Result<BooksWatch.Answer, PaymentError>, _ process: Int, _ turn: Int
    ) {
        guard processes[process].payments?.turn == turn else { return }
        push(.read(call, result), toPayments: process)
    }
}
