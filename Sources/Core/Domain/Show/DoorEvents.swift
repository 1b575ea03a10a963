/// One way of a ticket through the door.
public struct DoorPass: Equatable, Sendable {
    public enum Direction: String, CaseIterable, Equatable, Sendable {
        case entry = "in"
        case exit = "out"
    }

    public var direction: Direction
    /// By the clock of whoever scanned it.
    public var at: Timestamp
    /// Empty: the scanner named none.
    public var gate: String

    public init(direction: Direction, at: Timestamp, gate: String) {
        self.direction = direction
        self.at = at
        self.gate = gate
    }
}

/// Where a ticket's place is, in the words of the show's plan. An empty text: the plan does not say.
public struct TicketPlace: Equatable, Sendable {
    /// The seat's guid; nil: a unit of `area`.
    public var seat: String?
    public var area: AreaID?
    /// The seat's number in its row.
    public var seatNumber: String
    public var row: String
    /// The zone of the seat, or the name of the area.
    public var block: String
    public var category: String
    /// What kind of ticket it is, such as child; empty: the show has no kinds.
    public var ticketType: String

    public init(
        seat: String? = nil, area: AreaID? = nil, seatNumber: String = "", row: String = "", block: String = "",
        category: String = "", ticketType: String = ""
    ) {
        self.seat = seat
        self.area = area
        self.seatNumber = seatNumber
        self.row = row
        self.block = block
        self.category = category
        self.ticketType = ticketType
    }
}

/// A ticket's holder was let in, or left.
public struct TicketScanned: Equatable, Sendable {
    public var ticketID: TicketID
    public var orderUserID: UserID
    public var ownerID: UserID
    public var pass: DoorPass
    /// Nil: the event is of a version that did not record it.
    public var scannerID: UserID?
    /// Nil: the event is of a version that did not record it.
    public var place: TicketPlace?
    /// When it was decided. Later than the pass, or a little earlier, where a device without a network scanned it.
    public var recordedAt: Timestamp

    public init(
        ticketID: TicketID, orderUserID: UserID, ownerID: UserID, pass: DoorPass, scannerID: UserID? = nil,
        place: TicketPlace? = nil, recordedAt: Timestamp? = nil
    ) {
        self.ticketID = ticketID
        self.orderUserID = orderUserID
        self.ownerID = ownerID
        self.pass = pass
        self.scannerID = scannerID
        self.place = place
        self.recordedAt = recordedAt ?? pass.at
    }
}

/// A ticket's last scan was a mistake, and counts no more.
public struct ScanUndone: Equatable, Sendable {
    public var ticketID: TicketID
    public var orderUserID: UserID
    public var ownerID: UserID
    /// The one that counts no more.
    public var pass: DoorPass
    /// What the ticket is from here on.
    public var status: TicketStatus
    public var supervisorID: UserID
    public var undoneAt: Timestamp

    public init(
        ticketID: TicketID, orderUserID: UserID, ownerID: UserID, pass: DoorPass, status: TicketStatus,
        supervisorID: UserID, undoneAt: Timestamp
    ) {
        self.ticketID = ticketID
        self.orderUserID = orderUserID
        self.ownerID = ownerID
        self.pass = pass
        self.status = status
        self.supervisorID = supervisorID
        self.undoneAt = undoneAt
    }
}

/// Scans that a device made without a network came in. Those that count are events of their own, before this one.
public struct ScansUploaded: Equatable, Sendable {
    public enum Result: Equatable, Sendable {
        case recorded
        /// An earlier upload brought it already.
        case repeated
        /// It does not count. The pass is the one on record that it contradicts, if it does; the subject says more of the
        /// reason, as in ``Rejection/subject``.
        case refused(Rejection.Code, subject: String = "", against: DoorPass? = nil)
    }

    public struct Entry: Equatable, Sendable {
        /// Nil: the code is none of ours.
        public var ticketID: TicketID?
        public var result: Result

        public init(ticketID: TicketID?, result: Result) {
            self.ticketID = ticketID
            self.result = result
        }
    }

    public var scannerID: UserID
    /// One for each uploaded scan, in the order of the upload.
    public var entries: [Entry]
    public var uploadedAt: Timestamp

    public init(scannerID: UserID, entries: [Entry], uploadedAt: Timestamp) {
        self.scannerID = scannerID
        self.entries = entries
        self.uploadedAt = uploadedAt
    }
}
