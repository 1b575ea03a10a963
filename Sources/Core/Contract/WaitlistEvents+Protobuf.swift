public import Domain
import SwiftProtobuf

extension WaitlistWish {
    public init(_ message: Holdfast_V1_WaitlistWish) {
        let scope: Scope =
            switch message.scope {
            case nil: .anywhere
            case .category(let name): .category(name)
            case .zone(let name): .zone(name)
            case .row(let row): .row(row.number, zone: row.zone.isEmpty ? nil : row.zone)
            case .areas(let areas): .areas(areas.areaIds.map { AreaID($0) })
            }
        self.init(
            quantity: Int(message.quantity), scope: scope, isTogether: message.together,
            isAccessible: message.accessible)
    }
}

extension Holdfast_V1_WaitlistWish {
    public init(_ wish: WaitlistWish) {
        self.init()
        quantity = UInt32(wish.quantity)
        switch wish.scope {
        case .anywhere: break
        case .category(let name): category = name
        case .zone(let name): zone = name
        case .row(let number, let zone):
            row = .with {
                $0.number = number
                $0.zone = zone ?? ""
            }
        case .areas(let ids): areas = .with { $0.areaIds = ids.map(\.rawValue) }
        }
        together = wish.isTogether
        accessible = wish.isAccessible
    }
}

extension WaitlistJoined {
    /// Throws where nobody could wait so.
    public init(_ message: Holdfast_V1_WaitlistJoined) throws(UnreadableEvent) {
        let wish = WaitlistWish(message.wish)
        guard message.number > 0, wish.quantity > 0 else {
            throw UnreadableEvent("WaitlistJoined without a number, or for no places")
        }
        self.init(
            entryID: WaitlistEntryID(message.entryID), userID: UserID(message.userID), number: Int(message.number),
            place: Int(message.place), wish: wish, ticketTypes: message.ticketTypes.mapValues(Int.init),
            joinedAt: Timestamp(microseconds: message.joinedAt))
    }
}

extension Holdfast_V1_WaitlistJoined {
    public init(_ event: WaitlistJoined) {
        self.init()
        entryID = event.entryID.rawValue
        userID = event.userID.rawValue
        number = UInt32(event.number)
        place = UInt32(event.place)
        wish = Holdfast_V1_WaitlistWish(event.wish)
        ticketTypes = event.ticketTypes.mapValues(UInt32.init)
        joinedAt = event.joinedAt.microseconds
    }
}

extension WaitlistLeft {
    init(_ message: Holdfast_V1_WaitlistLeft) {
        self.init(
            entryID: WaitlistEntryID(message.entryID), userID: UserID(message.userID),
            leftAt: Timestamp(microseconds: message.leftAt))
    }
}

extension Holdfast_V1_WaitlistLeft {
    init(_ event: WaitlistLeft) {
        self.init()
        entryID = event.entryID.rawValue
        userID = event.userID.rawValue
        leftAt = event.leftAt.microseconds
    }
}

extension WaitlistOffered {
    init(_ message: Holdfast_V1_WaitlistOffered) {
        self.init(
            entryID: WaitlistEntryID(message.entryID), userID: UserID(message.userID), holdID: HoldID(message.holdID),
            passed: message.passed.map { WaitlistEntryID($0) }, offeredAt: Timestamp(microseconds: message.offeredAt))
    }
}

extension Holdfast_V1_WaitlistOffered {
    init(_ event: WaitlistOffered) {
        self.init()
        entryID = event.entryID.rawValue
        userID = event.userID.rawValue
        holdID = event.holdID.rawValue
        passed = event.passed.map(\.rawValue)
        offeredAt = event.offeredAt.microseconds
    }
}

extension WaitlistClosed {
    init(_ message: Holdfast_V1_WaitlistClosed) throws(UnreadableEvent) {
        guard let reason = Reason(rawValue: message.reason) else {
            throw UnreadableEvent("a waiting list closed for an unknown reason: \(message.reason)")
        }
        self.init(
            wish: message.hasWish ? WaitlistWish(message.wish) : nil, reason: reason,
            closedAt: Timestamp(microseconds: message.closedAt))
    }
}

extension Holdfast_V1_WaitlistClosed {
    init(_ event: WaitlistClosed) {
        self.init()
        if let wish = event.wish { self.wish = Holdfast_V1_WaitlistWish(wish) }
        reason = event.reason.rawValue
        closedAt = event.closedAt.microseconds
    }
}

extension WaitlistScheduled {
    init(_ message: Holdfast_V1_WaitlistScheduled) {
        self.init(
            dueAt: message.hasDueAt ? Timestamp(microseconds: message.dueAt) : nil, isBehind: message.behind,
            scheduledAt: Timestamp(microseconds: message.scheduledAt))
    }
}

extension Holdfast_V1_WaitlistScheduled {
    init(_ event: WaitlistScheduled) {
        self.init()
        if let dueAt = event.dueAt { self.dueAt = dueAt.microseconds }
        behind = event.isBehind
        scheduledAt = event.scheduledAt.microseconds
    }
}
