public import Domain
public import Text

extension JSONWriter {
    /// A hold as every answer shows it.
    ///
    /// - Parameters:
    ///   - fencingToken: the sequence number that granted the hold or last extended it.
    ///   - orderID: the order that is paying for it.
    public mutating func value(_ hold: HoldPlaced, show: ShowID, fencingToken: Int64, orderID: OrderID? = nil) {
        object { json in
            json.member("holdId", hold.holdID)
            json.member("showId", show)
            json.member("userId", hold.userID)
            json.array("seats") { json in for seat in hold.seats { json.value(seat.guid) } }
            json.object("areas") { json in
                for area in hold.areas {
                    json.key(area.areaID.rawValue)
                    json.value(area.quantity)
                }
            }
            if let isNextToEachOther = hold.isNextToEachOther { json.member("nextToEachOther", isNextToEachOther) }
            json.member("total", hold.total)
            json.member("currency", hold.currency)
            json.member("placedAt", hold.placedAt)
            json.member("expiresAt", hold.expiresAt)
            json.member("fencingToken", fencingToken)
            json.member("status", orderID == nil ? "active" : "purchasing")
            if let orderID { json.member("orderId", orderID) }
        }
    }
}
