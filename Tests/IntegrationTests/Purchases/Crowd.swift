import Domain
import SeededRandom
import Synchronization
import Testing

/// Very many buyers who each do something else with what they hold, drawn from a seed: some pay with a bad card first,
/// some give tickets back, pass them on or resell them. They note what they were told.
final class Crowd: Sendable {
    struct Told: Sendable {
        /// Orders that were said to be paid, and to have come to nothing.
        var completed: Set<String> = []
        var failed: Set<String> = []
        /// Purchases that came too late for their hold.
        var missed = 0
        var refunds = 0
        var transfers = 0
        var resales = 0

        var count: Int { completed.count + failed.count }
    }

    private let cluster: Cluster
    private let nodes: [Node]
    private let seed: UInt64
    private let shows: Mutex<[String]>
    private let told = Mutex(Told())
    private let nextNumber = Mutex(0)
    private let isStopping = Mutex(false)

    private static let plan = SampleShow(rows: 20, seatsPerRow: 25)
    private static let seats = plan.seats

    init(_ cluster: Cluster, at nodes: [Node], seed: UInt64) {
        self.cluster = cluster
        self.nodes = nodes
        self.seed = seed
        shows = Mutex([])
    }

    var status: Told { told.withLock { $0 } }
    var allShows: [String] { shows.withLock { $0 } }

    func stop() { isStopping.withLock { $0 = true } }

    /// Opens enough shows for so many purchases. Of every three, one gives little time to pay, and another does as well,
    /// and sells to those who were too late.
    func openShows(for purchases: Int) async throws {
        let admin = try await cluster.operator(at: nodes[0])
        for number in 0...(purchases / Self.seats.count) {
            var show = Self.plan
            if number % 3 > 0 { (show.holdSeconds, show.paymentSeconds) = (5, 10) }
            show.regrantsLatePayments = number % 3 == 2
            let body = try JSON(parsing: show.body)
            let answer = try await admin.finally(.post, "shows", body)
            let id = try #require(answer.json["showId"]?.text, "\(answer)")
            shows.withLock { $0.append(id) }
        }
    }

    /// So many buyers at a time, one after the other, until ``stop()``.
    func buy(atOnce count: Int) async throws {
        try await withThrowingTaskGroup { tasks in
            for _ in 0..<count {
                tasks.addTask { while let number = self.take() { try await self.purchase(number) } }
            }
            try await tasks.waitForAll()
        }
    }

    /// The next purchase's number; nil: there are no more.
    private func take() -> Int? {
        guard !isStopping.withLock({ $0 }) else { return nil }
        return nextNumber.withLock { number in
            defer { number += 1 }
            return number < allShows.count * Self.seats.count ? number : nil
        }
    }

    private func purchase(_ number: Int) async throws {
        var random = SeededGenerator(seed: seed &+ UInt64(number))
        // Neighbours in number are of different shows, so that each is sold all the time.
        let show = allShows[number % allShows.count]
        let seat = Self.seats[number / allShows.count]
        let buyer = try await buyer("user-\(number)", using: &random)
        guard let held = try await hold(seat, of: show, by: buyer) else { return }
        let isDeclinedFirst = Int.random(in: 0..<10, using: &random) == 0
        if isDeclinedFirst { try await note(try await buyer.order(held, Card.declined)) }
        let payable = isDeclinedFirst ? try await again(held, buyer) : held
        guard let order = try await note(try await buyer.order(payable)) else { return }
        let ticket = try #require(order.json["tickets"]?[0]?["ticketId"]?.text, "\(order)")
        switch Int.random(in: 0..<10, using: &random) {
        case 0...1:
            let answer = try await buyer.refund(try Buyer.orderID(order))
            #expect(answer.status == 200, "\(answer)")
            told.withLock { $0.refunds += 1 }
        case 2:
            let answer = try await buyer.finally(.post, "tickets/\(ticket)/transfer", ["to": .text("friend-\(number)")])
            #expect(answer.status == 200, "\(answer)")
            let friend = try await self.buyer("friend-\(number)", using: &random)
            let accepted = try await friend.finally(.post, "tickets/\(ticket)/transfer/accept")
            #expect(accepted.status == 200, "\(accepted)")
            told.withLock { $0.transfers += 1 }
        case 3:
            let answer = try await buyer.finally(.post, "tickets/\(ticket)/resale")
            #expect(answer.status == 200, "\(answer)")
            let next = try await self.buyer("next-\(number)", using: &random)
            guard let held = try await hold(seat, of: show, by: next) else { return }
            if try await note(try await next.order(held)) != nil { told.withLock { $0.resales += 1 } }
        default: break
        }
    }

    private func buyer(_ name: String, using random: inout SeededGenerator) async throws -> Buyer {
        let nodes = nodes.shuffled(using: &random)
        let token = try await cluster.tokens.user(name)
        return Buyer(callers: nodes.map { Caller(node: $0, token: token) })
    }

    /// Nil: the seat is not to be had; one that was too late gets it back where the show says so.
    private func hold(_ seat: String, of show: String, by buyer: Buyer) async throws -> Buyer.Held? {
        let answer = try await buyer.finally(.post, "shows/\(show)/holds", Hold.seats(seat))
        guard answer.status == 201 else {
            #expect(answer.code == "seats-unavailable", "\(answer)")
            told.withLock { $0.missed += 1 }
            return nil
        }
        return try Buyer.Held(answer, of: show)
    }

    /// The hold as it is after a failed attempt to pay for it, if it still is.
    private func again(_ held: Buyer.Held, _ buyer: Buyer) async throws -> Buyer.Held {
        var held = held
        var turn = 0
        let answer = try await finalAnswer("a hold is read") {
            defer { turn += 1 }
            return try await buyer.callers[turn % buyer.callers.count].get(
                "/api/v1/holds/\(held.id)", headers: ["Last-Seen-Sequence": "head"])
        }
        if let fencingToken = answer.json["fencingToken"]?.integer { held.fencingToken = fencingToken }
        return held
    }

    /// Returns what came of an order if it was paid.
    @discardableResult
    private func note(_ answer: Answer) async throws -> Answer? {
        if answer.status == 201 {
            let order = try Buyer.orderID(answer)
            _ = told.withLock { $0.completed.insert(order) }
            return answer
        }
        if let order = answer.json["orderId"]?.text {
            #expect(answer.code == "payment-declined" || answer.code == "payment-failed", "\(answer)")
            _ = told.withLock { $0.failed.insert(order) }
        } else {
            #expect(["hold-not-found", "stale-fencing-token"].contains(answer.code), "\(answer)")
            told.withLock { $0.missed += 1 }
        }
        return nil
    }
}

extension Crowd.Told {
    /// What somebody was told, and is not so by the log.
    func falsehoods(against orders: [OrderID: LoggedOrder]) -> [String] {
        func order(_ id: String) -> LoggedOrder? { orders[OrderID(id)] }
        return completed.filter { order($0)?.isSold != true }.map { "\($0) was said to be paid" }
            + failed.filter { order($0)?.hasFailed != true && order($0)?.isRevoked != true }
            .map { "\($0) was said to have come to nothing" }
            + orders.filter { $0.value.isSold && !$0.value.isRevoked && !completed.contains($0.key.rawValue) }
            .map { "\($0.key) is sold, and its buyer was not told" }
    }
}
