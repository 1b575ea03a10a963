import Domain
import Foundation
import Testing
import TestSupport

/// A purchase from its hold to the end of its money. What it is, is what each of its batches records: one event each.
enum PurchaseStory: String, CaseIterable, Sendable {
    /// HoldPlaced, PurchaseStarted, SeatsSold, PaymentCaptured, TicketsReturned, PaymentRefunded.
    case soldAndRefunded
    /// HoldPlaced, PurchaseStarted, PurchaseFailed.
    case declined
    /// An operator gives it up while the authorization is on its way, which then comes: HoldPlaced, PurchaseStarted,
    /// PurchaseFailed, PaymentVoided.
    case authorizedTooLate
    /// An operator gives it up before anything is authorized, and nothing must be any more: HoldPlaced,
    /// PurchaseStarted, PurchaseFailed, PaymentVoided.
    case neverAuthorized
    /// The money can't be taken, and an operator takes the sale back: HoldPlaced, PurchaseStarted, SeatsSold,
    /// PaymentParked, TicketsReturned, PaymentVoided.
    case revoked
    /// The show is cancelled: HoldPlaced, PurchaseStarted, SeatsSold, PaymentCaptured, ShowCancelled, TicketsReturned,
    /// PaymentRefunded.
    case cancelled
    /// The ticket is sold on: HoldPlaced, PurchaseStarted, SeatsSold, PaymentCaptured, TicketChanged, HoldPlaced,
    /// PurchaseStarted, SeatsSold; then PaymentCaptured and the seller's PaymentRefunded, in any order.
    case resold
}

/// Plays ``PurchaseStory``s, one after the other, each in a show of its own.
struct PurchaseStories {
    let cluster: Cluster
    let simulator: PaymentsSimulator
    /// The node that settles payments.
    let payer: Node
    /// One for each play: what is appended in a play begins with its hold.
    let shows: [String]
    let buyer: Buyer
    let nextBuyer: Buyer
    let admin: Buyer

    init(
        _ cluster: Cluster, paidBy simulator: PaymentsSimulator, through payer: Node, at node: Node, plays: Int
    ) async throws {
        self.cluster = cluster
        self.simulator = simulator
        self.payer = payer
        var shows: [String] = []
        for _ in 0..<plays { shows.append(try await cluster.create(SampleShow(rows: 1, seatsPerRow: 2), at: node)) }
        self.shows = shows
        buyer = try await cluster.buyer("user-buyer", at: node)
        nextBuyer = try await cluster.buyer("user-next", at: node)
        admin = try await cluster.operator(at: node)
    }

    /// - Parameter number: of the play.
    func play(_ story: PurchaseStory, number: Int) async throws {
        let show = shows[number], seat = "1-1"
        let before = try await orders()
        let held = try await buyer.hold([seat], of: show)
        switch story {
        case .soldAndRefunded:
            let refunded = try await buyer.refund(try Buyer.orderID(try await pay(for: held, buyer)))
            #expect(refunded.status == 200, "\(refunded)")
        case .declined:
            let refused = try await buyer.order(held, Card.declined)
            #expect(refused.code == "payment-declined", "\(refused)")
        case .authorizedTooLate:
            simulator.signal(SIGSTOP)
            defer { simulator.signal(SIGCONT) }
            async let answer = buyer.order(held)
            let order = try await newOrder(since: before)
            try await eventually("the authorization is on its way", within: .seconds(60)) {
                try await payer.callsInFlight("authorize") == 1
            }
            try await giveUp(order)
            simulator.signal(SIGCONT)
            #expect(try await answer.json["failure"]?.text == "payment-abandoned")
        case .neverAuthorized:
            async let answer = buyer.order(held, Card.authorizeFailsAlways)
            try await giveUp(try await newOrder(since: before))
            #expect(try await answer.json["failure"]?.text == "payment-abandoned")
        case .revoked:
            async let answer = buyer.order(held, Card.captureRefused)
            let order = try await newOrder(since: before)
            try await eventually("\(order) waits for an operator", within: .seconds(60)) {
                try await orders()[order]?.isParked == true
            }
            try await giveUp(order)
            #expect(try await answer.status != 201)
        case .cancelled:
            _ = try await pay(for: held, buyer)
            let cancelled = try await admin.finally(.post, "shows/\(show)/cancel")
            #expect(cancelled.status == 200 && cancelled.json["orders"]?.integer == 1, "\(cancelled)")
        case .resold:
            let bought = try await pay(for: held, buyer)
            let ticket = try #require(bought.json["tickets"]?[0]?["ticketId"]?.text, "\(bought)")
            let listed = try await buyer.finally(.post, "tickets/\(ticket)/resale")
            #expect(listed.status == 200, "\(listed)")
            _ = try await pay(for: try await nextBuyer.hold([seat], of: show), nextBuyer)
        }
    }

    private func pay(for held: Buyer.Held, _ buyer: Buyer) async throws -> Answer {
        let bought = try await buyer.order(held)
        try #require(bought.status == 201, "\(bought)")
        #expect(bought.json["status"]?.text == "completed")
        return bought
    }

    private func orders() async throws -> [OrderID: LoggedOrder] {
        var log = LoggedOrders()
        try await log.catchUp(with: cluster.log())
        return log.orders
    }

    private func newOrder(since before: [OrderID: LoggedOrder]) async throws -> OrderID {
        var order: OrderID?
        try await eventually("a new order", within: .seconds(60)) {
            order = try await orders().keys.first { before[$0] == nil }
            return order != nil
        }
        return try #require(order)
    }

    private func giveUp(_ order: OrderID) async throws {
        let answer = try await admin.finally(.post, "payments/\(order)/void")
        #expect(answer.status == 200, "\(answer)")
    }
}

extension Node {
    /// Calls of a kind that its payment process waits for.
    func callsInFlight(_ call: String) async throws -> Double {
        try await metric("holdfast_payments_calls_in_flight{call=\"\(call)\"}")
    }
}
