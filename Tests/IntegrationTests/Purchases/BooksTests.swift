import Domain
import Testing
import TestSupport

/// Differences are planted: books that always balance prove nothing.
@Suite("The checks of the books")
struct BooksTests {
    private let id = OrderID("show-order")
    private let sold = LoggedOrder(
        total: 100, isSold: true, paymentID: "pi_1", captured: 100, ticketsLeft: 2)
    private let charged = PaymentsSimulator.Payment(
        order: "show-order", payment: "pi_1", state: "succeeded", amount: 100, captured: 100, refunded: 0, charges: 1,
        authorizations: 1, refunds: [])
    private let failed = LoggedOrder(total: 100, hasFailed: true, isVoid: true)
    private let voided = PaymentsSimulator.Payment(
        order: "show-order", payment: "pi_1", state: "canceled", amount: 100, captured: 0, refunded: 0, charges: 0,
        authorizations: 1, refunds: [])

    private func books(_ order: LoggedOrder, _ payments: PaymentsSimulator.Payment...) -> Books {
        Books(orders: [id: order], payments: payments)
    }

    private func changed<T>(_ value: T, _ change: (inout T) -> Void) -> T {
        var value = value
        change(&value)
        return value
    }

    private func refund(_ name: String, _ amount: Int64) -> PaymentsSimulator.Payment.Refund {
        PaymentsSimulator.Payment.Refund(refund: name, amount: amount)
    }

    @Test("Books that balance")
    func balanced() {
        #expect(books(sold, charged).difference == [])
        #expect(books(failed, voided).difference == [])
        #expect(books(failed).difference == [])
        #expect(books(LoggedOrder(total: 0, isSold: true, captured: 0, ticketsLeft: 1)).difference == [])
        let half = changed(sold) { order in
            order.ticketsLeft = 1
            order.owed = [RefundID("r-1"): 50]
            order.refunded = [RefundID("r-1"): 50]
        }
        let halfBack = changed(charged) { payment in
            payment.refunded = 50
            payment.refunds = [refund("r-1", 50)]
        }
        #expect(books(half, halfBack).difference == [])
    }

    @Test("Wrongs at any time")
    func wrongs() {
        #expect(books(LoggedOrder(total: 100), charged).wrongs.name("nothing was sold"))
        #expect(books(failed, charged).wrongs.name("nothing was sold"))
        #expect(Books(orders: [:], payments: [voided]).wrongs.name("no such order"))
        let other = changed(charged) { $0.payment = "pi_2" }
        #expect(books(sold, other).wrongs.name("the sale is by pi_1"))
        #expect(books(sold, charged, other).wrongs.name("charged 2 times"))
        #expect(books(sold, changed(charged) { $0.charges = 2 }).wrongs.name("charged 2 times"))
        #expect(books(failed, changed(voided) { $0.authorizations = 2 }).wrongs.name("authorized 2 times"))
        #expect(books(sold, changed(charged) { $0.captured = 90 }).wrongs.name("charged 90 of 100"))
        #expect(books(sold, changed(charged) { $0.amount = 90 }).wrongs.name("is of 90"))
        let back = changed(charged) { payment in
            payment.refunded = 50
            payment.refunds = [refund("r-1", 50)]
        }
        #expect(books(sold, back).wrongs.name("is not in the log"))
        let owing = changed(sold) { $0.owed = [RefundID("r-1"): 40] }
        #expect(books(owing, back).wrongs.name("by the log of 40"))
        let twice = changed(back) { $0.refunds += [refund("r-1", 50)] }
        #expect(books(owing, twice).wrongs.name("refunded twice"))
        #expect(books(owing, changed(back) { $0.refunded = 60 }).wrongs.name("refunded 60"))
    }

    @Test("Differences at the end")
    func differences() {
        #expect(books(sold).difference.name("charged 0, by the log 100"))
        #expect(books(sold, voided).difference.name("charged 0, by the log 100"))
        #expect(books(changed(sold) { $0.captured = nil }, charged).difference.name("not settled"))
        #expect(books(changed(failed) { $0.isVoid = false }, voided).difference.name("not settled"))
        let stray = changed(voided) { $0.state = "requires_capture" }
        #expect(books(failed, stray).difference.name("still authorized"))
        #expect(books(sold, charged, changed(stray) { $0.payment = "pi_2" }).difference.name("still authorized"))
        let returned = changed(sold) { order in
            order.ticketsLeft = 0
            order.owed = [RefundID("r-1"): 100]
            order.refunded = [RefundID("r-1"): 100]
        }
        #expect(books(returned, charged).difference.name("0 tickets for 100"))
        #expect(books(returned, charged).difference.name("refunds"))
        #expect(books(changed(returned) { $0.refunded = [:] }, charged).difference.name("not settled"))
        #expect(books(changed(sold) { $0.isParked = true }, charged).difference.name("waits for an operator"))
        #expect(books(LoggedOrder(total: 100)).difference.name("neither sold nor failed"))
    }

    @Test("What somebody else does at the provider is found in real books")
    func real() async throws {
        try await Cluster.with { cluster in
            let simulator = try cluster.paymentSimulator()
            let a = cluster.payingNode("a", by: simulator)
            try await simulator.start()
            try await a.startReady()
            let show = try await cluster.create(at: a)
            let buyer = try await cluster.buyer(at: a)
            let bought = try await buyer.order(try await buyer.hold(["1-1"], of: show))
            #expect(bought.status == 201, "\(bought)")
            try await cluster.expectBalancedBooks(with: simulator)
            let order = try Buyer.orderID(bought)
            let payment = try #require(try await simulator.ledger().first?.payment)
            // A second authorization under another key, its capture, and a refund that nobody asked for.
            let stray = try await simulator.call(
                "payment_intents",
                [
                    "amount": "\(SampleShow.price)", "currency": "eur", "payment_method": Card.good, "confirm": "true",
                    "capture_method": "manual", "payment_method_types[]": "card", "metadata[order]": order,
                ])
            var books = try await cluster.books(with: simulator)
            #expect(books.wrongs.name("authorized 2 times"), "\(books.wrongs)")
            #expect(books.difference.name("still authorized"), "\(books.difference)")
            let second = try #require(stray["id"]?.text)
            try await simulator.call("payment_intents/\(second)/capture")
            try await simulator.call("refunds", ["payment_intent": payment])
            books = try await cluster.books(with: simulator)
            #expect(books.wrongs.name("charged 2 times"), "\(books.wrongs)")
            #expect(books.wrongs.name("is not in the log"), "\(books.wrongs)")
        }
    }
}

extension [String] {
    /// Whether one of them says so.
    fileprivate func name(_ what: String) -> Bool { contains { $0.contains(what) } }
}
