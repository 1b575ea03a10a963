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
}

/// Plays ``PurchaseStory``s, one after the other, each on a seat of its own.
struct PurchaseStories {
    let cluster: Cluster
    let simulator: PaymentsSimulator
    let show: String
    let buyer: Buyer
    let admin: Buyer
    private let seats: SampleShow

    init(_ cluster: Cluster, paidBy simulator: PaymentsSimulator, at nodes: [Node]) async throws {
        self.cluster = cluster
        self.simulator = simulator
        seats = SampleShow(rows: 4, seatsPerRow: 50)
        show = try await cluster.create(seats, at: nodes[0])
        let user = try await cluster.tokens.user("user-buyer"), operatorsToken = try await cluster.tokens.admin()
        buyer = Buyer(callers: nodes.map { Caller(node: $0, token: user) })
        admin = Buyer(callers: nodes.map { Caller(node: $0, token: operatorsToken) })
    }

    /// - Parameter number: of the seat.
    func play(_ story: PurchaseStory, number: Int) async throws {
        let before = try await orders()
        let held = try await buyer.hold([seats.seats[number]], of: show)
        switch story {
        case .soldAndRefunded:
            let bought = try await buyer.order(held)
            try #require(bought.status == 201, "\(bought)")
            #expect(bought.json["status"]?.text == "completed")
            let refunded = try await buyer.refund(try Buyer.orderID(bought))
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
                try simulator.hasUnreadRequest()
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
        }
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
