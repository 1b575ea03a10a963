import Contract
import EventLog
import Testing
@testable import Domain

extension ShowState {
    /// Begins to pay, with the hold's own fencing token unless another is given.
    @discardableResult
    mutating func start(
        _ order: String, hold: String, by user: String = "ann", token: Int64? = nil, at now: Timestamp = .at(2)
    ) throws(Rejection) -> [ShowEvent] {
        try run(.start(order, hold: hold, by: user, token: token ?? self.token(of: hold)), at: now)
    }

    @discardableResult
    mutating func pay(_ step: PaymentStep, _ order: String, at now: Timestamp = .at(3)) throws(Rejection) -> [ShowEvent]
    {
        try run(.payment(step, of: OrderID(order)), at: now)
    }

    @discardableResult
    mutating func ticket(
        _ step: TicketStep, _ ticket: String, by user: String = "ann", at now: Timestamp = .at(10)
    ) throws(Rejection) -> [ShowEvent] {
        try run(.ticket(step, TicketID(ticket), by: UserID(user)), at: now)
    }

    /// From nothing to an order that is paid for, or sold at least.
    mutating func buy(
        _ order: String, by user: String = "ann", seats: [String] = [], areas: [String: Int] = [:],
        isCaptured: Bool = true,
        at now: Timestamp = .at(1)
    ) throws {
        try hold("h-\(order)", by: user, seats: seats, areas: areas, at: now)
        try start(order, hold: "h-\(order)", by: user, at: now)
        guard orders[OrderID(order)]?.phase == .authorizing else { return }
        try pay(.authorized("pay-\(order)"), order, at: now)
        if isCaptured { try pay(.captured, order, at: now) }
    }

    /// 0: there is none, or nobody can know it yet.
    func token(of hold: String) -> Int64 { holds[HoldID(hold)]?.fencingToken ?? 0 }

    func order(_ id: String) throws -> Order { try #require(orders[OrderID(id)]) }

    func ticket(_ id: String) throws -> Ticket { try #require(ticket(TicketID(id))).ticket }

    func status(_ guid: String) throws -> SeatStatus {
        let index = try #require(layout?.seatIndex(guid))
        return try #require(SeatStatus(rawValue: seats[index]))
    }

    /// A command that changes nothing, because there is nothing to change or because it is refused.
    func expectNothing(from command: ShowCommand, at now: Timestamp, _ place: SourceLocation = #_sourceLocation) {
        #expect(throws: Never.self, sourceLocation: place) {
            let events = try decide(command, now: now)
            #expect(events.isEmpty, sourceLocation: place)
        }
    }

    func expect(
        _ rejection: Rejection, from command: ShowCommand, at now: Timestamp, _ place: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: rejection, sourceLocation: place) { try decide(command, now: now) }
    }
}

extension TicketStep {
    /// Of somebody who comes in.
    static func scan(generation: Int) -> Self { .scan(TicketScan(generation: generation)) }
}

extension ShowCommand {
    static func start(
        _ order: String, hold: String, by user: String = "ann", token: Int64, others: [HoldID: Int64] = [:]
    ) -> Self {
        .startPurchase(
            StartPurchase(
                orderID: OrderID(order), holdID: HoldID(hold), userID: UserID(user), fencingToken: token,
                others: others, paymentMethod: "card"))
    }

    static func pay(_ step: PaymentStep, _ order: String) -> Self { .payment(step, of: OrderID(order)) }

    static func ticket(_ step: TicketStep, _ ticket: String, by user: String = "ann") -> Self {
        .ticket(step, TicketID(ticket), by: UserID(user))
    }

    static func refund(_ order: String, _ tickets: [Int]? = nil, by user: String? = "ann") -> Self {
        .refund(OrderID(order), tickets: tickets, by: user.map { UserID($0) })
    }
}

extension [ShowEvent] {
    /// What happened, without what it happened to.
    /// The names that the events have in the log.
    var kinds: [String] {
        map { event in
            let type = EncodedEvent(event).type
            return type.prefix(1).lowercased() + type.dropFirst()
        }
    }

    var failure: PurchaseFailed? {
        lazy.compactMap { event in if case .order(.failed(let failed)) = event { failed } else { nil } }.first
    }

    var sale: SeatsSold? {
        lazy.compactMap { event in if case .order(.sold(let sold)) = event { sold } else { nil } }.first
    }

    var started: PurchaseStarted? {
        lazy.compactMap { event in if case .order(.started(let started)) = event { started } else { nil } }.first
    }

    var returns: [TicketsReturned] {
        compactMap { event in if case .order(.returned(let returned)) = event { returned } else { nil } }
    }
}
