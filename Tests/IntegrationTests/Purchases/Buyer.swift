import Domain
import TestSupport
import Testing

/// How to pay, by the simulator's names.
enum Card {
    static let good = "pm_card_visa"
    static let declined = "pm_card_chargeDeclinedInsufficientFunds"
    static let authorizeFailsAlways = "pm_card_error500BeforeAlways"
    static let captureRefused = "pm_card_captureRefused"
}

/// Somebody who buys and does not give up: a request that got no answer, or none that is final, is sent again with the
/// same key, to one node after the other.
struct Buyer: Sendable {
    /// On every node that takes commands.
    var callers: [Caller]

    struct Held: Sendable {
        var id: String
        var fencingToken: Int64
        var show: String

        init(_ answer: Answer, of show: String) throws {
            id = try #require(answer.json["holdId"]?.text, "\(answer)")
            fencingToken = try #require(answer.json["fencingToken"]?.integer, "\(answer)")
            self.show = show
        }
    }

    func hold(_ seats: [String], of show: String) async throws -> Held {
        try await hold(Hold.seats(seats), of: show)
    }

    func hold(_ places: JSON, of show: String) async throws -> Held {
        let answer = try await finally(.post, "shows/\(show)/holds", places)
        try #require(answer.status == 201, "\(answer)")
        return try Held(answer, of: show)
    }

    /// Orders what is held, and waits for the end of it.
    func order(_ held: Held, _ card: String = Card.good, key: String = .random) async throws -> Answer {
        try await finally(.post, "orders", held.order(card), key: key)
    }

    /// The id of an order that was answered with, whatever came of it.
    static func orderID(_ answer: Answer) throws -> String { try #require(answer.json["orderId"]?.text, "\(answer)") }

    func refund(_ order: String, tickets: [String]? = nil) async throws -> Answer {
        try await finally(
            .post, "orders/\(order)/refund", .object(tickets.map { ["tickets": .list($0.map(JSON.text))] } ?? [:]))
    }

    enum Method { case post, delete }

    /// Sends a command until there is a final answer to it; an order's is the one at its end.
    func finally(_ method: Method, _ path: String, _ body: JSON = [:], key: String = .random) async throws -> Answer {
        var turn = 0
        return try await finalAnswer("a final answer to \(path)") {
            defer { turn += 1 }
            let caller = callers[turn % callers.count]
            return switch method {
            case .post: try await caller.post("/api/v1/\(path)", body, key: key, headers: ["Prefer": "wait=2"])
            case .delete: try await caller.delete("/api/v1/\(path)", key: key)
            }
        }
    }
}

/// Asks until there is an answer that is final.
func finalAnswer(_ what: String, _ ask: () async throws -> Answer) async throws -> Answer {
    var final: Answer?
    try await eventually(what, within: .seconds(300)) {
        do {
            let answer = try await ask()
            if answer.status != 503, answer.status != 202 { final = answer }
        } catch {
            // A node that is gone. It, or another, will be there.
        }
        // Nobody hammers on a node that is not there.
        if final == nil { try await Task.sleep(for: .milliseconds(50)) }
        return final != nil
    }
    return try #require(final)
}

extension Buyer.Held {
    /// The body of `POST /orders`.
    func order(_ card: String) -> JSON {
        ["holdId": .text(id), "fencingToken": .integer(fencingToken), "paymentMethod": .text(card)]
    }
}

extension Cluster {
    func buyer(_ name: String = "user-\(String.random.prefix(8))", at nodes: Node...) async throws -> Buyer {
        let token = try await tokens.user(name)
        return Buyer(callers: nodes.map { Caller(node: $0, token: token) })
    }

    /// An admin, who does not give up either.
    func `operator`(at nodes: Node...) async throws -> Buyer {
        let token = try await tokens.admin()
        return Buyer(callers: nodes.map { Caller(node: $0, token: token) })
    }
}
