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
            if hold.fares.runs.contains(where: { !$0.fare.isPlain }) { json.ticketTypes(of: hold) }
            json.member("total", hold.total)
            json.member("currency", hold.currency)
            json.member("placedAt", hold.placedAt)
            json.member("expiresAt", hold.expiresAt)
            json.member("fencingToken", fencingToken)
            if let entry = hold.offerOf { json.member("offerOf", entry) }
            json.member("status", orderID == nil ? "active" : "purchasing")
            if let orderID { json.member("orderId", orderID) }
        }
    }

    /// The types in the form that a request has them in, and what they cost beside the prices.
    private mutating func ticketTypes(of hold: HoldPlaced) {
        var fares = Array(hold.fares.all)[...]
        object("ticketTypes") { json in
            for (seat, fare) in zip(hold.seats, fares) where !fare.ticketType.isEmpty {
                json.key(seat.guid)
                json.value(fare.ticketType)
            }
            fares = fares.dropFirst(hold.seats.count)
            for area in hold.areas {
                let units = FareList(fares.prefix(area.quantity)).runs.filter { !$0.fare.ticketType.isEmpty }
                fares = fares.dropFirst(area.quantity)
                guard !units.isEmpty else { continue }
                json.key(area.areaID.rawValue)
                json.object { json in
                    for (type, count) in FareList.counts(units) {
                        json.key(type)
                        json.value(count)
                    }
                }
            }
        }
        member("fees", hold.fares.fees)
        member("tax", hold.fares.tax)
    }
}
