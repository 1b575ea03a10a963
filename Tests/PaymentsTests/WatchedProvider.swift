import Domain
import PaymentContract
import Payments

/// The provider in memory, with somebody who counts its calls and may stop one on its way there or back.
actor WatchedProvider: PaymentProvider {
    typealias Call = InMemoryPaymentProvider.Call

    enum Place: CaseIterable {
        case before, after
    }

    private struct Stop: Hashable {
        var call: Call
        var place: Place
    }

    let books: InMemoryPaymentProvider
    private(set) var calls: [Call] = []
    private var stops: Set<Stop> = []
    private var stopped: [CheckedContinuation<Void, Never>] = []

    init(books: InMemoryPaymentProvider = InMemoryPaymentProvider()) { self.books = books }

    /// The next call of this kind goes no further, there or back, until ``letGo()``.
    func stop(next call: Call, _ place: Place) { stops.insert(Stop(call: call, place: place)) }

    var isSomebodyStopped: Bool { !stopped.isEmpty }

    func letGo() {
        for caller in stopped { caller.resume() }
        stopped = []
    }

    static func canCharge(_ amount: Int64, _ currency: String) -> Bool {
        InMemoryPaymentProvider.canCharge(amount, currency)
    }

    func authorize(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState {
        await pass(.authorize, .before)
        let state = try await books.authorize(payment)
        await pass(.authorize, .after)
        return state
    }

    func find(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState? {
        await pass(.find, .before)
        let state = try await books.find(payment)
        await pass(.find, .after)
        return state
    }

    func close(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState {
        await pass(.close, .before)
        let state = try await books.close(payment)
        await pass(.close, .after)
        return state
    }

    func capture(_ paymentID: String) async throws(PaymentError) -> PaymentState {
        await pass(.capture, .before)
        let state = try await books.capture(paymentID)
        await pass(.capture, .after)
        return state
    }

    func void(_ paymentID: String) async throws(PaymentError) -> PaymentState {
        await pass(.void, .before)
        let state = try await books.void(paymentID)
        await pass(.void, .after)
        return state
    }

    func refund(_ paymentID: String, _ refundID: RefundID, amount: Int64?) async throws(PaymentError) {
        await pass(.refund, .before)
        try await books.refund(paymentID, refundID, amount: amount)
        await pass(.refund, .after)
    }

    func books(of paymentID: String) async throws(PaymentError) -> ProviderBooks {
        try await books.books(of: paymentID)
    }

    func changedPayments(since time: Int64) async throws(PaymentError) -> Set<String> {
        try await books.changedPayments(since: time)
    }

    private func pass(_ call: Call, _ place: Place) async {
        if place == .before { calls.append(call) }
        guard stops.remove(Stop(call: call, place: place)) != nil else { return }
        await withCheckedContinuation { stopped.append($0) }
    }
}
