import Contract
import Domain
import EventLog

/// Events of purchases, as a show's stream has them.
enum Purchase {
    static let show = ShowID("0123456789abcdef")

    static func order(_ name: String) -> OrderID { OrderID("\(show)-\(name)") }

    static func ticket(_ number: Int, _ name: String) -> TicketID { TicketID(number, of: order(name)) }

    static func started(_ name: String, by user: String = "ada", total: Int64 = 200) -> ShowEvent {
        .order(
            .started(
                PurchaseStarted(
                    orderID: order(name), holdID: HoldID("\(show)-h-\(name)"), userID: UserID(user),
                    paymentMethod: "card",
                    total: total, currency: "EUR", startedAt: Timestamp(microseconds: 1),
                    expiresAt: Timestamp(microseconds: 2), extendsHold: true)))
    }

    static func sold(
        _ name: String, to user: String = "ada", seats: [Int] = [0, 1], resold: [ResoldSeat] = []
    ) -> ShowEvent {
        .order(
            .sold(
                SeatsSold(
                    orderID: order(name), holdID: HoldID("\(show)-h-\(name)"), userID: UserID(user),
                    seats: seats.map { HeldSeat(index: $0, guid: "s\($0)") }, areas: [], wasHeld: true, resold: resold,
                    total: 200, currency: "EUR", paymentID: "pi_\(name)", soldAt: Timestamp(microseconds: 3))))
    }

    static func captured(_ name: String, of user: String = "ada") -> ShowEvent {
        .order(
            .captured(
                PaymentCaptured(
                    orderID: order(name), userID: UserID(user), amount: 200, capturedAt: Timestamp(microseconds: 4))))
    }

    static func failed(_ name: String, of user: String = "ada") -> ShowEvent {
        .order(
            .failed(
                PurchaseFailed(
                    orderID: order(name), holdID: HoldID("\(show)-h-\(name)"), userID: UserID(user),
                    reason: .declined("insufficient_funds"), payment: .none, failedAt: Timestamp(microseconds: 4))))
    }

    static func passed(
        _ ticket: TicketID, from owner: String, to receiver: String, generation: Int, boughtBy user: String = "ada"
    ) -> ShowEvent {
        .ticket(
            .changed(
                TicketChanged(
                    ticketID: ticket, orderUserID: UserID(user), ownerID: UserID(owner),
                    change: .accepted(by: UserID(receiver), generation: generation),
                    changedAt: Timestamp(microseconds: 5))))
    }

    /// Somebody buys, and has bought.
    static func completed(_ name: String, by user: String = "ada", seats: [Int] = [0, 1]) -> [ShowEvent] {
        [started(name, by: user), sold(name, to: user, seats: seats), captured(name, of: user)]
    }
}

extension EventAppender where Self: EventReader {
    /// Appends them, each as a commit of its own.
    func append(_ events: [ShowEvent]) async throws {
        for event in events { try await append([EncodedEvent(event)]) }
    }

    func append(_ events: [EncodedEvent]) async throws {
        let head = try await self.head()
        _ = try await append(
            AppendBatch(
                epoch: head.epoch,
                streams: [
                    StreamAppend(
                        stream: StreamID(Purchase.show), expectedVersion: head.position,
                        commands: [
                            DecidedCommand(
                                id: CommandID(high: UInt64(head.epoch), low: UInt64(head.position) + 1),
                                principal: "test", fingerprint: [UInt8](repeating: 0, count: 32), outcome: [],
                                events: events)
                        ])
                ]))
    }
}
