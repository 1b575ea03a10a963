import Contract
import Domain
public import Projection
import SwiftProtobuf

extension MyHolds {
    private var byToken: [Hold] { live.sorted { $0.fencingToken < $1.fencingToken } }

    public var encoded: [UInt8] {
        // By hand: there may be millions, each as frequent as its event.
        var snapshot = WireWriter(capacity: live.count * 256)
        for hold in byToken {
            snapshot.message(1) { message in
                message.message(1, hold.placed.wireBytes)
                message.text(2, hold.show.rawValue)
                message.int64(3, hold.fencingToken)
                message.text(4, hold.orderID?.rawValue ?? "")
            }
        }
        return snapshot.bytes
    }

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        self.init()
        var last = Int64.min
        do {
            for message in try Holdfast_V1_MyHoldsSnapshot(serializedBytes: encoded).holds {
                let placed = try HoldPlaced(message.hold)
                // One event grants one hold; of two with its token the order would be anybody's guess.
                guard message.fencingToken > last else {
                    throw ProjectionFault("hold \(placed.holdID) is not in order")
                }
                last = message.fencingToken
                let hold = Hold(
                    placed: placed, show: ShowID(message.showID), fencingToken: message.fencingToken,
                    orderID: message.orderID.isEmpty ? nil : OrderID(message.orderID))
                guard insert(hold) else { throw ProjectionFault("hold \(placed.holdID) is there twice") }
            }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    public var lines: [String] {
        byToken.map { hold in
            jsonLine([
                ("hold", .text(hold.placed.holdID.rawValue)), ("show", .text(hold.show.rawValue)),
                ("user", .text(hold.placed.userID.rawValue)), ("seats", .texts(hold.placed.seats.map(\.guid))),
                ("areas", .texts(hold.placed.areas.map { "\($0.areaID):\($0.quantity)" })),
                ("total", .number(hold.placed.total)), ("currency", .text(hold.placed.currency)),
                ("expiresAt", .number(hold.placed.expiresAt.microseconds)),
                ("fencingToken", .number(hold.fencingToken)),
                ("order", .text(hold.orderID?.rawValue ?? "")),
            ])
        }
    }
}
