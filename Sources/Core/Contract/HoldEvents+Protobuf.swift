public import Domain

extension HoldPlaced {
    public init(_ message: Holdfast_V1_HoldPlaced) throws(UnreadableEvent) {
        guard message.seatIndexes.count == message.seatGuids.count else {
            throw UnreadableEvent(
                "HoldPlaced with \(message.seatIndexes.count) indexes, \(message.seatGuids.count) guids")
        }
        self.init(
            holdID: HoldID(message.holdID), userID: UserID(message.userID),
            seats: zip(message.seatIndexes, message.seatGuids).map { HeldSeat(index: Int($0), guid: $1) },
            resaleSeats: message.resaleSeatIndexes.map(Int.init), areas: message.areas.map(AreaQuantity.init),
            total: message.total, currency: message.currency, placedAt: Timestamp(microseconds: message.placedAt),
            expiresAt: Timestamp(microseconds: message.expiresAt),
            isNextToEachOther: message.hasNextToEachOther ? message.nextToEachOther : nil)
    }
}

extension HoldEnded {
    public init(_ message: Holdfast_V1_HoldEnded) throws(UnreadableEvent) {
        self.init(
            holdID: HoldID(message.holdID), userID: UserID(message.userID),
            seatIndexes: message.seatIndexes.map(Int.init), resaleSeats: message.resaleSeatIndexes.map(Int.init),
            areas: message.areas.map(AreaQuantity.init), endedAt: Timestamp(microseconds: message.endedAt))
    }
}

extension Holdfast_V1_AreaQuantity {
    init(_ area: AreaQuantity) {
        self.init()
        areaID = area.areaID.rawValue
        quantity = UInt32(area.quantity)
    }
}

extension AreaQuantity {
    init(_ message: Holdfast_V1_AreaQuantity) {
        self.init(areaID: AreaID(message.areaID), quantity: Int(message.quantity))
    }
}
