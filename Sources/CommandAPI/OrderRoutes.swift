public import Domain
public import EventLog
import HTTPTypes
public import Hummingbird
public import OpenPayments
public import Payments
public import Projecting
public import Sequencing
public import WebAPI

/// Buying what is held, and what a payment provider has to say of it.
public struct OrderRoutes: Sendable {
    /// Finds an order that ended before, at least as the log had it at the token; nil: it is not known.
    public typealias OrderLookUp = @Sendable (OrderID, UserID, SequenceToken) async throws -> OrderRecord?

    private let sequencer: Sequencer
    private let view: View<OpenPayments>
    private let waiters: OrderWaiters
    private let lookUp: OrderLookUp
    private let limits: ServerLimits

    private static let waitStandard = Duration.seconds(10)
    private static let waitLongest = Duration.seconds(30)

    public init(
        sequencer: Sequencer, view: View<OpenPayments>, waiters: OrderWaiters, limits: ServerLimits,
        lookUp: @escaping OrderLookUp
    ) {
        self.sequencer = sequencer
        self.view = view
        self.waiters = waiters
        self.lookUp = lookUp
        self.limits = limits
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.post("orders") { request, context in try await told { try await placeOrder(request, context) } }
        group.get("payments/parked") { request, context in try parked(request, context) }
    }

    private func placeOrder(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let key = try IdempotencyKey(request.headers)
        let body = try await request.jsonBody(bytesMax: limits.bodyBytesMax)
        let identity = CommandIdentity(request, principal: principal, key: key, body: body)
        let order = try body.decode(OrderBody.self)
        guard let holdID = HoldID(checking: order.holdId), let showID = holdID.show else { throw Problem(.holdNotFound) }
        guard let method = Identifier<OrderBody>(checking: order.paymentMethod) else {
            throw Problem.invalid("paymentMethod must be 1 to \(Identifier<OrderBody>.lengthMax) visible ASCII characters.")
        }
        let orderID = OrderID(on: showID, placedBy: identity.commandID)
        // Before the command goes, so that nothing of its order is missed.
        guard waiters.register(orderID) else {
            throw Problem(.overloaded, outcome: Problem.Outcome.none, retryAfterSeconds: 1)
        }
        defer { waiters.unregister(orderID) }
        let command = StartPurchase(
            orderID: orderID, holdID: holdID, userID: principal.userID, fencingToken: order.fencingToken,
            paymentMethod: method.rawValue)
        let answer = await sequencer.submit(CommandRequest(.startPurchase(command), on: showID, identity, request))
        guard case .recorded(let recorded, let isReplayed) = answer, recorded.outcome == .accepted,
            case .purchaseStarted(let started)? = recorded.events.first?.event
        else { return try answer.response(to: identity.commandID) }

        let timeout = WaitPreference.timeout(
            request.headers, standard: Self.waitStandard, longest: Self.waitLongest)
        let record = try await end(of: orderID, recorded, isReplayed: isReplayed, timeout: timeout)
        let reached = record ?? OrderRecord(started, show: showID, at: recorded.token.sequence)
        let token = SequenceToken(epoch: recorded.token.epoch, sequence: reached.position)
        if reached.status == .failed, let failure = reached.failure {
            var problem = Problem(failure, of: orderID, at: token)
            problem.outcome = .rejected
            // For the next attempt: this one may have extended the hold.
            let fencingToken = started.extendsHold ? recorded.events[0].position : order.fencingToken
            problem.members.append(Problem.Member("fencingToken", .integer(fencingToken)))
            problem.headers[.commandID] = identity.commandID.description
            if isReplayed { problem.headers[.idempotentReplayed] = "true" }
            throw problem
        }
        var response = Response.json(reached.hasEnded ? .created : .accepted, token: token) { $0.value(reached) }
        response.headers[.location] = "/api/v1/orders/\(orderID)"
        if !reached.hasEnded { response.headers[.retryAfter] = "1" }
        response.set(command: identity.commandID, replayed: isReplayed)
        return response
    }

    /// The order when it has ended, or as far as it got within the time; nil: nothing of it came by.
    private func end(
        of id: OrderID, _ recorded: RecordedAnswer, isReplayed: Bool, timeout: Duration
    ) async throws -> OrderRecord? {
        if isReplayed {
            let (isOpen, place) = view.read { view, place in
                let record = view.orders[id]
                if let record { waiters.note(record) }
                return (record != nil, place)
            }
            // Where this node's view has its start and not the order, it has ended; the look-up must know that too.
            if !isOpen, place.sequence >= recorded.token.sequence,
                case .purchaseStarted(let started)? = recorded.events.first?.event,
                let record = try await lookUp(id, started.userID, place), record.hasEnded
            {
                return record
            }
        }
        return await waiters.end(of: id, timeout: timeout)
    }

    /// The payments that wait for an operator.
    private func parked(_ request: Request, _ context: APIContext) throws -> Response {
        _ = try context.requireAdmin()
        let (orders, place) = view.read { view, place in
            (view.orders.values.filter { $0.parkedBecause != nil }.sorted { $0.position < $1.position }, place)
        }
        return Response.json(token: place) { json in
            json.object { json in
                json.array("parked") { json in
                    for order in orders {
                        json.object { json in
                            json.member("orderId", order.orderID)
                            json.member("showId", order.showID)
                            json.member("userId", order.userID)
                            json.member("status", order.status.rawValue)
                            json.member("total", order.total)
                            json.member("currency", order.currency)
                            json.member("paymentId", order.paymentID)
                            json.member("reason", order.parkedBecause ?? "")
                        }
                    }
                }
            }
        }
    }
}

/// `POST /orders`.
struct OrderBody: Decodable {
    var holdId: String
    var fencingToken: Int64
    var paymentMethod: String
}
