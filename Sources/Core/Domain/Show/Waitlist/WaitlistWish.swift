/// What somebody on a show's waiting list waits for.
///
/// Entries with equal wishes are served in the order in which they joined, so the first of them stands for all.
public struct WaitlistWish: Hashable, Sendable {
    /// Which places it may be.
    public enum Scope: Hashable, Sendable {
        case anywhere
        /// Seats and areas of a price category, by its name.
        case category(String)
        /// Seats of a zone, by its name.
        case zone(String)
        /// Seats of the rows with this number, in the zone if one is named.
        case row(String, zone: String?)
        /// Units of these areas; at least one, at most ``areasMax``.
        case areas([AreaID])
    }

    /// Areas that one wish may name.
    public static let areasMax = 10

    /// At least 1.
    public var quantity: Int
    public var scope: Scope
    /// Seats that follow each other in one row without an aisle, or units of one area.
    public var isTogether: Bool
    /// One of the party needs an accessible seat.
    public var isAccessible: Bool

    public init(quantity: Int, scope: Scope = .anywhere, isTogether: Bool = true, isAccessible: Bool = false) {
        self.quantity = quantity
        self.scope = scope
        self.isTogether = isTogether
        self.isAccessible = isAccessible
    }
}

public struct JoinWaitlist: Equatable, Sendable {
    public var entryID: WaitlistEntryID
    public var userID: UserID
    public var wish: WaitlistWish
    /// How many places of each ticket type; empty: the first type of each place's category.
    public var ticketTypes: [String: Int]
    /// Where the show has a waiting room: who gets in by the room waits behind nobody who did not.
    public var admission: Admission?

    public init(
        entryID: WaitlistEntryID, userID: UserID, wish: WaitlistWish, ticketTypes: [String: Int] = [:],
        admission: Admission? = nil
    ) {
        self.entryID = entryID
        self.userID = userID
        self.wish = wish
        self.ticketTypes = ticketTypes
        self.admission = admission
    }
}

/// Something that its owner does with an entry of a waiting list.
public enum WaitlistStep: Equatable, Sendable {
    case join(JoinWaitlist)
    /// Gives the entry up, and with it the offer if it has one.
    case leave(WaitlistEntryID, by: UserID)
}
