import Contract
import Domain
public import Projection
import SwiftProtobuf

extension OpenPayments {
    private var byID: [OrderRecord] { orders.values.sorted { $0.orderID < $1.orderID } }

    public var encoded: [UInt8] {
        canonicalBytes(
            of: Holdfast_V1_OpenPaymentsSnapshot.with {
                $0.orders = byID.map(Holdfast_V1_OrderRecord.init)
                for (show, left) in cancellations { $0.cancellations[show.rawValue] = UInt32(left) }
            })
    }

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        self.init()
        do {
            let message = try Holdfast_V1_OpenPaymentsSnapshot(serializedBytes: encoded)
            var last: OrderID?
            for message in message.orders {
                let record = try OrderRecord(message)
                if let last, record.orderID <= last { throw ProjectionFault("order \(record.orderID) is not in order") }
                last = record.orderID
                guard record.isOpen else { throw ProjectionFault("order \(record.orderID) is settled") }
                restore(record)
            }
            for (show, left) in message.cancellations where left > 0 { restore(Int(left), of: ShowID(show)) }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    public var lines: [String] {
        byID.map { order in
            jsonLine([
                ("order", .text(order.orderID.rawValue)), ("show", .text(order.showID.rawValue)),
                ("user", .text(order.userID.rawValue)), ("status", .text(order.status.rawValue)),
                ("payment", .text("\(order.payment)")), ("paymentId", .text(order.paymentID)),
                ("total", .number(order.total)), ("parked", .text(order.parkedBecause ?? "")),
                ("refundsDue", .texts(order.refunds.filter { !$0.isDone }.map { "\($0.refundID):\($0.amount)" })),
                ("position", .number(order.position)),
            ])
        }
            + cancellations.sorted { $0.key < $1.key }.map { show, left in
                jsonLine([("cancelledShow", .text(show.rawValue)), ("ordersLeft", .number(Int64(left)))])
            }
    }
}
