public import Domain
public import EventLog
public import Following
public import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
public import OpenPayments
public import Sequencing
import Text
public import WebAPI

/// Buying what is held.
public struct OrderRoutes: Sendable {
    /// Finds an order that ended before, at least as the log had it at the token; nil: it was not to be had within the
    /// time.
    public typealias OrderLookUp =
        @Sendable (OrderID, UserID, LogPosition, _ timeout: Duration) async -> OrderRecord?

    private let sequencer: Sequencer
    private let view: View<OpenPayments>
    /// Callers on either way register here before they submit an order.
    let waiters: OrderWaiters
    private let lookUp: OrderLookUp
    private let openSecret: SecretOpener
    private let limits: ServerLimits

    private static let waitDefault = Duration.seconds(10)
    private static let waitLongest = Duration.seconds(30)
    /// An order that ended long ago is found at once; a longer wait would not find it either.
    private static let lookUpLongest = Duration.seconds(2)

    public init(
        sequencer: Sequencer, view: View<OpenPayments>, waiters: OrderWaiters, limits: ServerLimits,
        openSecret: @escaping SecretOpener, lookUp: @escaping OrderLookUp
    ) {
        self.sequencer = sequencer
        self.view = view
        self.waiters = waiters
        self.lookUp = lookUp
        self.openSecret = openSecret
        self.limits = limits
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) { group.command(.post, "orders", placeOrder) }

    private func placeOrder(_ call: CommandCall) async throws -> Response {
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let (command, showID) = try body.decode(OrderBody.self).command(identity)
        // Before the command goes, so that nothing of its order is missed.
        guard waiters.register(command.orderID) else { throw Self.overloaded }
        defer { waiters.unregister(command.orderID) }
        let answer = await sequencer.submit(call.request(.startPurchase(command), on: showID, identity))
        guard let order = PlacedOrder(answer, to: command) else {
            return Response(try answer.response(to: identity.commandID))
        }
        let known = order.isSettled ? nil : await follow(order, timeout: Self.timeout(call.headers))
        return Response(try response(to: order, known))
    }

    /// More callers wait than may.
    static var overloaded: Problem { Problem(.overloaded, retryAfterSeconds: 1) }

    /// How long a caller waits for the end of an order, as it asked.
    static func timeout(_ headers: HTTPFields) -> Duration {
        WaitPreference.timeout(headers, default: waitDefault, longest: waitLongest)
    }

    /// What the caller of an order is told.
    ///
    /// - Parameter known: how far the order got; nil: nothing came by since it was placed.
    /// - Throws: ``Problem`` where it failed, or where nobody can say what became of it.
    func response(to placed: PlacedOrder, _ known: OrderRecord?) throws(Problem) -> WholeResponse {
        do throws(Problem) {
            let (order, token) = try place(placed, known)
            if order.hasEnded, let failure = order.failure {
                throw Problem(
                    failure, of: order.orderID, at: token,
                    fencingToken: placed.recorded.fencingToken(after: placed.command.fencingToken),
                    mergedHold: placed.command.others.isEmpty ? nil : placed.command.holdID)
            }
            var response = response(order, at: token)
            response.set(command: placed.recorded.id, replayed: placed.isReplayed)
            return response
        } catch {
            var problem = error
            problem.set(command: placed.recorded.id, replayed: placed.isReplayed)
            throw problem
        }
    }

    /// The order, and the place in the log that this is of.
    private func place(
        _ placed: PlacedOrder, _ known: OrderRecord?
    ) throws(Problem) -> (OrderRecord, LogPosition) {
        let token = placed.recorded.token
        if placed.isSettled { return (placed.started, token) }
        if let known {
            // A failover may have come meanwhile.
            let epoch = max(token.epoch, view.place.epoch)
            return (known, LogPosition(epoch: epoch, position: known.position))
        }
        // Who asks again may have been told of its end before.
        guard !placed.isReplayed else {
            throw Problem(
                .ordersUnavailable,
                detail: "What became of the order can't be told now. Ask again with the same Idempotency-Key.",
                outcome: .unknown, retryAfterSeconds: 1)
        }
        return (placed.started, token)
    }

    /// The order when it has ended, or as far as it got within the time; nil: nothing is known of it.
    func follow(_ order: PlacedOrder, timeout: Duration) async -> OrderRecord? {
        order.isReplayed
            ? await lookAgain(at: order.started, since: order.recorded.token, timeout: timeout)
            : await waiters.end(of: order.started.orderID, timeout: timeout)
    }

    /// The order that was placed by an earlier attempt, on this node or another; nil where its state is not known.
    private func lookAgain(
        at started: OrderRecord, since token: LogPosition, timeout: Duration
    ) async -> OrderRecord? {
        let (isOpen, place) = view.read { view, place in
            guard let record = view.orders[started.orderID], !record.isRefundOnly else { return (false, place) }
            waiters.note(record)
            return (true, place)
        }
        let hasItsStart = place.epoch >= token.epoch && place.position >= token.position
        guard !isOpen, hasItsStart else { return await waiters.end(of: started.orderID, timeout: timeout) }
        // It has ended, then; the look-up must know that too.
        let found = await lookUp(started.orderID, started.userID, place, min(timeout, Self.lookUpLongest))
        return found.flatMap { $0.hasEnded ? $0 : nil }
    }

    private func response(_ order: OrderRecord, at token: LogPosition) -> WholeResponse {
        var response = WholeResponse.json(order.hasEnded ? .created : .accepted, token: token) {
            $0.value(order, openSecret: openSecret)
        }
        response.headers[.location] = "/api/v1/orders/\(order.orderID)"
        if !order.hasEnded { response.headers[.retryAfter] = "1" }
        return response
    }
}

/// `POST /orders`: for one hold, or for several of one show.
struct OrderBody: Decodable {
    var holdId: String?
    var fencingToken: Int64?
    var holds: [PaidHold]?
    var paymentMethod: String
    var returnUrl: String?

    /// A hold as its owner last saw it.
    struct PaidHold: Decodable {
        var holdId: String
        var fencingToken: Int64
    }

    /// Holds that one order may be of; many times what somebody places by hand.
    private static let holdsMax = 20

    /// The command and the show, whose id is part of the holds'.
    func command(_ identity: CommandIdentity) throws(Problem) -> (StartPurchase, ShowID) {
        let (first, others, showID) = try paid()
        guard let method = Identifier<OrderBody>(checking: paymentMethod) else {
            throw .invalid("paymentMethod must be 1 to \(Identifier<OrderBody>.lengthMax) visible ASCII characters.")
        }
        let command = StartPurchase(
            orderID: OrderID(on: showID, placedBy: identity.commandID), holdID: first.id,
            userID: identity.principal.userID, fencingToken: first.token, others: others,
            paymentMethod: method.rawValue, returnURL: try returnURL())
        return (command, showID)
    }

    /// What is to be paid for: the first hold, and the others with their tokens.
    private func paid() throws(Problem) -> (first: (id: HoldID, token: Int64), others: [HoldID: Int64], show: ShowID) {
        guard (holds == nil) == (holdId != nil), (holdId == nil) == (fencingToken == nil) else {
            throw .invalid("An order needs holdId and fencingToken, or holds, not both.")
        }
        let wanted = holds ?? [PaidHold(holdId: holdId ?? "", fencingToken: fencingToken ?? 0)]
        guard (1...Self.holdsMax).contains(wanted.count) else {
            throw .invalid("holds must be 1 to \(Self.holdsMax).")
        }
        var known: [(id: HoldID, token: Int64)] = []
        for hold in wanted {
            guard let id = HoldID(checking: hold.holdId), let show = id.show else { throw Problem(.holdNotFound) }
            guard !known.contains(where: { $0.id == id }) else { throw .invalid("holds names \(id) twice.") }
            if let first = known.first, first.id.show != show { throw Problem(.holdsOfSeveralShows) }
            known.append((id, hold.fencingToken))
        }
        guard let first = known.first, let show = first.id.show else { throw Problem(.holdNotFound) }
        return (first, Dictionary(known.dropFirst().map { ($0.id, $0.token) }, uniquingKeysWith: { $1 }), show)
    }
}

extension OrderBody {
    private static let returnURLBytesMax = 1_024

    /// Where the buyer's browser goes after the buyer's bank has seen the buyer; empty: nowhere.
    private func returnURL() throws(Problem) -> String {
        guard let url = returnUrl else { return "" }
        let scheme = "https://"
        let bytes = url.utf8
        guard bytes.count <= Self.returnURLBytesMax, bytes.allSatisfy({ (0x21...0x7E).contains($0) }),
            url.hasPrefix(scheme), let first = url.dropFirst(scheme.count).utf8.first,
            ![UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: ":")].contains(first)
        else {
            throw .invalid(
                "returnUrl must be an https:// address of at most \(Self.returnURLBytesMax) visible ASCII characters.")
        }
        return url
    }
}

extension RecordedAnswer {
    /// The hold's fencing token from here on: a purchase that gave the hold more time changed it, or other holds.
    fileprivate func fencingToken(after token: Int64) -> Int64 {
        events.reduce(token) { token, recorded in
            switch recorded.event as? ShowEvent {
            case .order(.started(let started))? where started.extendsHold: recorded.position
            case .hold(.changed)?: recorded.position
            default: token
            }
        }
    }
}
