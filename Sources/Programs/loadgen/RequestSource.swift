import Glibc
import SeededRandom

/// Makes a load's requests: everything that can be is formatted once, so that a request is a few copies.
struct RequestSource {
    private struct Template {
        var name: String
        var heads: [[UInt8]]
        /// Length and body; one that is empty for requests without.
        var tails: [[UInt8]]
        var isAuthenticated: Bool
        /// By user: header lines of theirs beside the token. Empty: nobody has any.
        var ownHeaders: [[UInt8]]
        var isIdempotent: Bool
        var pick: RequestPlan.Pick
        /// Weights of this and all before.
        var weightUpTo: Double
        var sent = 0
    }

    /// `POST /orders` for what was held.
    private struct OrderTemplate {
        var head: [UInt8]
        /// The ends of their bodies, after the fencing token.
        var paymentMethods: [[UInt8]]
        var sent = 0
    }

    private var templates: [Template] = []
    private var orders: [OrderTemplate] = []
    /// By request: which of the ``orders`` comes after it.
    private var orderOfRequest: [Int?] = []
    private let authorizations: [[UInt8]]
    private let keyPrefix: [UInt8]
    private var keys: UInt64 = 0
    private var random: SeededGenerator
    private var user = 0

    /// Of the requests, and after them of the orders.
    let names: [String]
    var userCount: Int { authorizations.count }

    init(_ plan: LoadPlan, tokens: [String], seed: UInt64) throws {
        var weight = 0.0
        for request in plan.requests {
            weight += request.weight ?? 1
            let isAuthenticated = request.isAuthenticated ?? false
            guard !request.paths.isEmpty, request.bodies?.isEmpty != true, !isAuthenticated || !tokens.isEmpty else {
                throw PlanFault("\(request.name) has no path, no body or no token to choose from")
            }
            let extra = (request.headers ?? [:]).map { "\($0.key): \($0.value)\r\n" }.joined()
            let ownHeaders = request.userHeaders ?? [:]
            guard ownHeaders.isEmpty || isAuthenticated, ownHeaders.values.allSatisfy({ $0.count == tokens.count })
            else {
                throw PlanFault("\(request.name) has no value of a header for each token")
            }
            templates.append(
                Template(
                    name: request.name,
                    heads: request.paths.map {
                        Array("\(request.method) \($0) HTTP/1.1\r\nHost: \(plan.host ?? "127.0.0.1")\r\n\(extra)".utf8)
                    },
                    tails: request.bodies?.map {
                        Array("Content-Type: application/json\r\nContent-Length: \($0.utf8.count)\r\n\r\n\($0)".utf8)
                    } ?? [Array("\r\n".utf8)],
                    isAuthenticated: isAuthenticated,
                    ownHeaders: ownHeaders.isEmpty
                        ? []
                        : tokens.indices.map { user in
                            ownHeaders.flatMap { Array("\($0.key): \($0.value[user])\r\n".utf8) }
                        },
                    isIdempotent: request.isIdempotent ?? false,
                    pick: request.pick ?? .random, weightUpTo: weight))
        }
        guard weight > 0 else { throw PlanFault("\(plan.name) has no requests") }
        for request in plan.requests {
            guard let order = request.order else {
                orderOfRequest.append(nil)
                continue
            }
            guard request.isAuthenticated == true, !order.paymentMethods.isEmpty else {
                throw PlanFault("\(order.name) has no user or no payment method to choose from")
            }
            orderOfRequest.append(orders.count)
            orders.append(
                OrderTemplate(
                    head: Array("POST /api/v1/orders HTTP/1.1\r\nHost: \(plan.host ?? "127.0.0.1")\r\n".utf8),
                    paymentMethods: order.paymentMethods.map { Array(",\"paymentMethod\":\"\($0)\"}".utf8) }))
        }
        names = plan.requests.map(\.name) + plan.requests.compactMap(\.order?.name)
        authorizations = tokens.map { Array("Authorization: Bearer \($0)\r\n".utf8) }
        random = SeededGenerator(seed: seed)
        // No two runs use the same key.
        var nonce = SystemRandomNumberGenerator()
        keyPrefix = Array("Idempotency-Key: \(String(nonce.next(), radix: 36))-".utf8)
    }

    /// Appends a request to `bytes`; returns which of ``names`` it is and for which user.
    ///
    /// - Parameter following: the user, and the value of `Last-Seen-Sequence`, if it is not anybody's.
    mutating func write(to bytes: inout [UInt8], following: Followed?) -> (request: Int, user: Int) {
        var index = 0
        if templates.count > 1, let total = templates.last?.weightUpTo {
            let place = random.unit() * total
            index = templates.firstIndex { place < $0.weightUpTo } ?? templates.count - 1
        }
        let chosen: (head: Int, tail: Int)
        switch templates[index].pick {
        case .random:
            chosen = (choice(templates[index].heads.count), choice(templates[index].tails.count))
        case .sequence:
            let sent = templates[index].sent
            chosen = (sent % templates[index].heads.count, sent % templates[index].tails.count)
        }
        templates[index].sent += 1
        let template = templates[index]
        bytes.append(contentsOf: template.heads[chosen.head])
        if template.isAuthenticated {
            user = following?.user ?? (user + 1 < authorizations.count ? user + 1 : 0)
            bytes.append(contentsOf: authorizations[user])
            if !template.ownHeaders.isEmpty { bytes.append(contentsOf: template.ownHeaders[user]) }
        }
        if let following {
            bytes.append(contentsOf: Self.lastSeen)
            bytes.append(contentsOf: following.sequence)
            bytes.append(0x0D)
            bytes.append(0x0A)
        }
        if template.isIdempotent { writeKey(to: &bytes) }
        bytes.append(contentsOf: template.tails[chosen.tail])
        return (index, user)
    }

    /// Whether an accepted request is followed by an order of what it holds.
    func isBought(_ request: Int) -> Bool { request < orderOfRequest.count && orderOfRequest[request] != nil }

    /// Appends the order that follows a request to `bytes`; returns which of ``names`` it is and for which user.
    mutating func writeOrder(
        to bytes: inout [UInt8], of held: HeldSeats, after request: Int, by user: Int
    ) -> (request: Int, user: Int) {
        guard let index = orderOfRequest[request] else { preconditionFailure("only what is bought has an order") }
        bytes.append(contentsOf: orders[index].head)
        bytes.append(contentsOf: authorizations[user])
        writeKey(to: &bytes)
        let paymentMethod = orders[index].paymentMethods[orders[index].sent % orders[index].paymentMethods.count]
        orders[index].sent += 1
        let length =
            Self.orderStart.count + held.holdID.count + Self.orderMiddle.count + held.fencingToken.count
            + paymentMethod.count
        bytes.append(contentsOf: "Content-Type: application/json\r\nContent-Length: \(length)\r\n\r\n".utf8)
        bytes.append(contentsOf: Self.orderStart)
        bytes.append(contentsOf: held.holdID)
        bytes.append(contentsOf: Self.orderMiddle)
        bytes.append(contentsOf: held.fencingToken)
        bytes.append(contentsOf: paymentMethod)
        return (templates.count + index, user)
    }

    private mutating func writeKey(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: keyPrefix)
        keys += 1
        var rest = keys
        repeat {
            bytes.append(0x30 + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes.append(0x0D)
        bytes.append(0x0A)
    }

    private static let orderStart = Array("{\"holdId\":\"".utf8)
    private static let orderMiddle = Array("\",\"fencingToken\":".utf8)

    private static let lastSeen = Array("Last-Seen-Sequence: ".utf8)

    private mutating func choice(_ count: Int) -> Int { count == 1 ? 0 : random.index(below: count) }
}

/// Whom a request that follows another is for, and what it must see.
struct Followed {
    var user: Int
    var sequence: [UInt8]
}
