/// A ticket's code, shown at a door.
public struct TicketScan: Equatable, Sendable {
    /// That of the code.
    public var generation: Int
    public var direction: DoorPass.Direction
    /// Empty: the scanner names none.
    public var gate: String
    /// The areas, by id, and zones, by name, that the scanner lets people into; nil: all.
    public var areas: Set<String>?

    public init(
        generation: Int, direction: DoorPass.Direction = .entry, gate: String = "", areas: Set<String>? = nil
    ) {
        self.generation = generation
        self.direction = direction
        self.gate = gate
        self.areas = areas
    }
}

/// Scans of one show that a device made without a network.
public struct ScanUpload: Equatable, Sendable {
    public struct Scan: Equatable, Sendable {
        public var ticketID: TicketID?
        public var direction: DoorPass.Direction
        /// By the device's clock.
        public var at: Timestamp
        public var gate: String
        /// What the code says, or why the scan can't count whatever the ticket.
        public var code: Code

        public enum Code: Equatable, Sendable {
            case generation(Int)
            case refused(Rejection.Code)
        }

        public init(
            ticketID: TicketID?, code: Code, direction: DoorPass.Direction = .entry, at: Timestamp, gate: String = ""
        ) {
            self.ticketID = ticketID
            self.code = code
            self.direction = direction
            self.at = at
            self.gate = gate
        }
    }

    public var scans: [Scan]
    /// As in ``TicketScan/areas``.
    public var areas: Set<String>?
    public var scannerID: UserID

    public init(_ scans: [Scan], areas: Set<String>? = nil, by scannerID: UserID) {
        self.scans = scans
        self.areas = areas
        self.scannerID = scannerID
    }

    /// Seconds that a device's clock may be ahead.
    static let clockLeadSecondsMax: Int64 = 60
}

extension Rejection.Code {
    // Why an uploaded scan does not count, besides what any scan may be refused for.

    /// The code is not signed by this service.
    public static let invalidTicketCode = Self("invalid-ticket-code")
    /// The ticket is for a show that the scanner is not for, or that the upload is not for.
    public static let ticketWrongShow = Self("ticket-wrong-show")
    /// The device's time is no time at all.
    public static let scanTimeUnreadable = Self("scan-time-unreadable")
    /// The device's clock is ahead.
    public static let scanTimeInFuture = Self("scan-time-in-future")
    /// There was no show yet.
    public static let scanTimeBeforeShow = Self("scan-time-before-show")
    /// The ticket went through a door later than that, and that is on record.
    public static let scanOutOfOrder = Self("scan-out-of-order")
}
