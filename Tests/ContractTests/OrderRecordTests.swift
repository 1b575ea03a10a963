import Contract
import Domain
import SwiftProtobuf
import Testing

@Suite struct `A stored order` {
    static let order = OrderID("0123456789abcdef-o")

    static let started = OrderRecord(
        PurchaseStarted(
            orderID: order, holdID: HoldID("0123456789abcdef-h"), userID: UserID("ada"), paymentMethod: "card",
            total: 4_200, currency: "EUR", startedAt: Timestamp(microseconds: 1), expiresAt: Timestamp(microseconds: 2),
            extendsHold: true),
        show: ShowID("0123456789abcdef"), at: 7)

    static var all: [OrderRecord] {
        let failures: [PurchaseFailed.Reason] = [
            .declined("insufficient_funds"), .declined(""), .expired, .showCancelled, .abandoned,
        ]
        let payments: [OrderRecord.Payment] = [.none, .unknown, .authorized, .captured]
        let statuses: [OrderRecord.Status] = [
            .pending, .requiresAction, .confirmed, .completed, .failed,
        ]
        var sold = started
        sold.status = .completed
        sold.payment = .captured
        sold.paymentID = "pi_1"
        sold.parkedBecause = ""
        sold.tickets = [TicketStatus.valid, .listed, .scanned, .returned, .resold, .outside, .suspended].enumerated()
            .map {
                index, status in
                OrderRecord.Ticket(
                    ticketID: TicketID(index + 1, of: order), seat: index == 1 ? nil : index == 2 ? "" : "A-\(index)",
                    area: index == 1 ? AreaID("floor") : nil, owner: UserID("bob"), generation: index + 1,
                    status: status,
                    passes: index == 2 ? [DoorPass(direction: .entry, at: Timestamp(microseconds: 0), gate: "ü")] : [],
                    offeredTo: index == 0 ? UserID("eve") : nil)
            }
        sold.refunds = [
            OrderRecord.Refund(refundID: RefundID("r1"), amount: 1, isDone: true),
            OrderRecord.Refund(refundID: RefundID("r2"), amount: .max, isDone: false),
            OrderRecord.Refund(refundID: RefundID("re_1"), amount: 2, isDone: true, isProviders: true),
        ]
        sold.disputes = DisputeChanged.Status.allCases.map {
            OrderRecord.Dispute(disputeID: "dp_\($0)", status: $0, amount: 7, reason: "fraudulent")
        }
        sold.review = "the payment is disputed"
        var asking = started
        asking.status = .requiresAction
        asking.sealedSecret = [0, 255]
        asking.returnURL = "https://tickets.example/"
        return [started, sold, asking]
            + failures.map { failure in with(started) { ($0.status, $0.failure) = (.failed, failure) } }
            + payments.map { payment in with(started) { $0.payment = payment } }
            + statuses.map { status in with(started) { $0.status = status } }
    }

    private static func with(_ record: OrderRecord, _ change: (inout OrderRecord) -> Void) -> OrderRecord {
        var record = record
        change(&record)
        return record
    }

    @Test func `was sold once it had tickets, whatever became of them`() {
        for status in [OrderRecord.Status.pending, .requiresAction, .failed] {
            #expect(!Self.with(Self.started) { $0.status = status }.isSold)
        }
        #expect(Self.all[1].isSold)
        #expect(Self.with(Self.all[1]) { ($0.status, $0.payment) = (.failed, .none) }.isSold)
    }

    @Test(arguments: all) func `is what was stored`(record: OrderRecord) throws {
        #expect(try OrderRecord(encoded: record.encoded) == record)
        #expect(record.encoded == record.encoded)
    }

    @Test func `that nobody can read is refused`() throws {
        #expect(throws: UnreadableOrder.self) { try OrderRecord(encoded: [0xFF]) }
        #expect(throws: UnreadableOrder.self) { try OrderRecord(encoded: []) }
        var message = Holdfast_V1_OrderRecord(Self.started)
        message.status = .UNRECOGNIZED(9)
        #expect(throws: UnreadableOrder.self) { try OrderRecord(message) }
        message = Holdfast_V1_OrderRecord(Self.started)
        message.payment = .unspecified
        #expect(throws: UnreadableOrder.self) { try OrderRecord(message) }
        message = Holdfast_V1_OrderRecord(Self.started)
        message.failure = .UNRECOGNIZED(9)
        #expect(throws: UnreadableOrder.self) { try OrderRecord(message) }
        message = Holdfast_V1_OrderRecord(Self.started)
        message.tickets = [Holdfast_V1_OrderRecord.Ticket()]
        #expect(throws: UnreadableOrder.self) { try OrderRecord(message) }
    }
}
