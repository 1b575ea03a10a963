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
            resaleSeats: message.resaleSeatIndexes.map(Int.init),
            blockedSeats: message.blockedSeatIndexes.map(Int.init), areas: message.areas.map(AreaQuantity.init),
            fares: try FareList(message.fares, seats: message.seatGuids.count, areas: message.areas),
            total: message.total, currency: message.currency, placedAt: Timestamp(microseconds: message.placedAt),
            expiresAt: Timestamp(microseconds: message.expiresAt),
            isNextToEachOther: message.hasNextToEachOther ? message.nextToEachOther : nil,
            admission: message.admission.orNil.map { EntryID($0) },
            offerOf: message.offerOf.isEmpty ? nil : WaitlistEntryID(message.offerOf))
    }
}

extension Holdfast_V1_HoldPlaced {
    init(_ event: HoldPlaced) {
        self.init()
        holdID = event.holdID.rawValue
        userID = event.userID.rawValue
        seatIndexes = event.seats.map { UInt32($0.index) }
        seatGuids = event.seats.map(\.guid)
        resaleSeatIndexes = event.resaleSeats.map(UInt32.init)
        blockedSeatIndexes = event.blockedSeats.map(UInt32.init)
        areas = event.areas.map(Holdfast_V1_AreaQuantity.init)
        fares = event.fares.runs.map(Holdfast_V1_FareRun.init)
        total = event.total
        currency = event.currency
        placedAt = event.placedAt.microseconds
        expiresAt = event.expiresAt.microseconds
        if let isNextToEachOther = event.isNextToEachOther { nextToEachOther = isNextToEachOther }
        admission = event.admission?.rawValue ?? ""
        offerOf = event.offerOf?.rawValue ?? ""
    }
}

extension HoldChanged {
    init(_ message: Holdfast_V1_HoldChanged) throws(UnreadableEvent) {
        self.init(
            hold: try HoldPlaced(message.hold), addedSeats: message.addedSeatIndexes.map(Int.init),
            addedAreas: message.addedAreas.map(AreaQuantity.init),
            dropped: message.hasDropped ? try HoldEnded(message.dropped) : nil,
            mergedHolds: message.mergedHoldIds.map(HoldID.init), changedAt: Timestamp(microseconds: message.changedAt))
    }
}

extension Holdfast_V1_HoldChanged {
    init(_ event: HoldChanged) {
        self.init()
        hold = Holdfast_V1_HoldPlaced(event.hold)
        addedSeatIndexes = event.addedSeats.map(UInt32.init)
        addedAreas = event.addedAreas.map(Holdfast_V1_AreaQuantity.init)
        if let dropped = event.dropped { self.dropped = Holdfast_V1_HoldEnded(dropped) }
        mergedHoldIds = event.mergedHolds.map(\.rawValue)
        changedAt = event.changedAt.microseconds
    }
}

extension HoldEnded {
    public init(_ message: Holdfast_V1_HoldEnded) throws(UnreadableEvent) {
        self.init(
            holdID: HoldID(message.holdID), userID: UserID(message.userID),
            seatIndexes: message.seatIndexes.map(Int.init), resaleSeats: message.resaleSeatIndexes.map(Int.init),
            blockedSeats: message.blockedSeatIndexes.map(Int.init), areas: message.areas.map(AreaQuantity.init),
            endedAt: Timestamp(microseconds: message.endedAt))
    }
}

extension Holdfast_V1_HoldEnded {
    init(_ event: HoldEnded) {
        self.init()
        holdID = event.holdID.rawValue
        userID = event.userID.rawValue
        seatIndexes = event.seatIndexes.map(UInt32.init)
        resaleSeatIndexes = event.resaleSeats.map(UInt32.init)
        blockedSeatIndexes = event.blockedSeats.map(UInt32.init)
        areas = event.areas.map(Holdfast_V1_AreaQuantity.init)
        endedAt = event.endedAt.microseconds
    }
}

extension Holdfast_V1_AreaQuantity {
    init(_ area: AreaQuantity) {
        self.init()
        areaID = area.areaID.rawValue
        quantity = UInt32(area.quantity)
        allocation = area.allocation
    }
}

extension AreaQuantity {
    init(_ message: Holdfast_V1_AreaQuantity) {
        self.init(areaID: AreaID(message.areaID), quantity: Int(message.quantity), allocation: message.allocation)
    }
}

extension Holdfast_V1_FareRun {
    init(_ run: FareList.Run) {
        self.init()
        ticketType = run.fare.ticketType
        price = run.fare.price
        fee = run.fare.fee
        tax = run.fare.tax
        count = UInt32(run.count)
    }
}

extension Fare {
    init(_ message: Holdfast_V1_FareRun) {
        self.init(ticketType: message.ticketType, price: message.price, fee: message.fee, tax: message.tax)
    }
}

extension FareList {
    /// Amounts beyond this can't be a price, and could overflow a sum.
    static let amountMax: Int64 = 1_000_000_000_000

    /// Throws where there are fares, and not as many as places.
    init(
        _ runs: [Holdfast_V1_FareRun], seats: Int, areas: [Holdfast_V1_AreaQuantity]
    ) throws(UnreadableEvent) {
        self.init(
            runs: runs.map {
                Run(Fare($0), count: Int($0.count))
            })
        guard !isEmpty else { return }
        guard count == areas.reduce(seats, { $0 + Int($1.quantity) }), !self.runs.contains(where: { $0.count == 0 })
        else { throw UnreadableEvent("\(count) fares, which are not as many as the places") }
        let amounts = self.runs.flatMap { [$0.fare.price, $0.fare.fee, $0.fare.tax] }
        guard amounts.allSatisfy({ (0...Self.amountMax).contains($0) }) else {
            throw UnreadableEvent("a fare out of range")
        }
    }
}
