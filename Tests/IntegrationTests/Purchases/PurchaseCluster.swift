import Testing
import TestSupport

/// Tests of purchases that kill nobody. They share a cluster, and at their end its books must balance.
@Suite(.purchaseCluster, .keepingLogs)
enum Purchases {}

/// What the tests in ``Purchases`` talk to: two nodes that settle payments, a replica, and a payment provider that
/// tells the first node what happens.
struct PurchaseCluster: Sendable {
    let cluster: Cluster
    let simulator: PaymentsSimulator
    let a: Node
    let b: Node
    let replica: Node

    @TaskLocal static var running: PurchaseCluster?

    static var current: PurchaseCluster {
        guard let running else { preconditionFailure("only for tests in Purchases") }
        return running
    }

    var nodes: [Node] { [a, b, replica] }

    func buyer(_ name: String = "user-\(String.random.prefix(8))") async throws -> Buyer {
        try await cluster.buyer(name, at: a, b)
    }

    /// A scanner's, or another's who has that role.
    func caller(role: String, shows: [String]? = nil) async throws -> Caller {
        Caller(node: a, token: try await cluster.tokens.token("user-\(role)", role: role, shows: shows))
    }

    /// A read that is as fresh as the log.
    func read(_ path: String, as buyer: Buyer, at node: Node? = nil) async throws -> Answer {
        try await buyer.callers[0].at(node ?? replica).get(
            "/api/v1/\(path)", headers: ["Last-Seen-Sequence": "head"])
    }

    /// Places that somebody bought.
    struct Bought: Sendable {
        var order: String
        var tickets: [String]
        var answer: Answer
    }

    func buy(
        _ seats: [String], of show: String, by buyer: Buyer, with card: String = Card.good
    ) async throws -> Bought {
        let answer = try await buyer.order(try await buyer.hold(seats, of: show), card)
        try #require(answer.status == 201, "\(answer)")
        return Bought(
            order: try Buyer.orderID(answer),
            tickets: answer.json["tickets"]?.list?.compactMap { $0["ticketId"]?.text } ?? [], answer: answer)
    }

    /// The digit of a seat on the map, by its place in the plan.
    func status(ofSeat index: Int, in show: String, as buyer: Buyer) async throws -> String {
        let statuses = try #require(try await read("shows/\(show)/availability", as: buyer).json["statuses"]?.text)
        return String(Array(statuses)[index])
    }
}

struct PurchaseClusterTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Cluster.with { cluster in
            let simulator = try cluster.paymentSimulator()
            let shared = PurchaseCluster(
                cluster: cluster, simulator: simulator, a: cluster.payingNode("a", by: simulator),
                b: cluster.payingNode("b", by: simulator), replica: cluster.node("replica", roles: [.query]))
            try await simulator.start(telling: shared.a)
            try await cluster.start(shared.a, shared.b, shared.replica)
            try await PurchaseCluster.$running.withValue(shared) { try await function() }
            try await cluster.expectBalancedBooks(with: simulator)
            try await cluster.expectViewsAreFolds(on: shared.nodes, cluster.ledger(), shows: [])
        }
    }
}

extension Trait where Self == PurchaseClusterTrait {
    static var purchaseCluster: Self { Self() }
}
