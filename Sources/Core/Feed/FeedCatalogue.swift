/// What the feed tells of each type of event: the log's own words (`schema/proto/events.proto`), without what belongs to the
/// buyer alone, to the payment provider, or to nobody outside.
///
/// A field is told only if it stands here: one that is new in the log is not, until somebody says so.
enum FeedCatalogue {
    /// The schema version that the fields below are of; there is no other yet.
    static let schemaVersion = 1

    static let messages: [String: FeedMessage] = [
        // Shows and venues.
        "ShowCreated": showCreated,
        "ShowChanged": FeedMessage([.message(1, "show", show, .always), .time(2, "changedAt")]),
        "PlacesChanged": FeedMessage([.message(2, "areas", area, .list), .time(4, "changedAt")], hiding: [1, 3]),
        "AllocationsChanged": FeedMessage(
            [.message(1, "allocations", allocation, .list), .time(5, "changedAt")], hiding: [2, 3, 4]),
        "ShowCancelled": FeedMessage([.integer(1, "orders"), .time(2, "cancelledAt")]),
        "VenueCreated": FeedMessage(
            [
                .text(1, "venueId"), .text(2, "name"), .text(3, "city"), .text(4, "country", .optional),
                .text(5, "timeZone"), .message(6, "location", location), .message(8, "areas", area, .list),
                .time(9, "createdAt"),
            ], hiding: [7, 100]),
        // Holds.
        "HoldPlaced": hold,
        "HoldChanged": FeedMessage(
            [
                .message(1, "hold", hold, .always), .message(4, "dropped", holdEnded),
                .text(5, "mergedHoldIds", .list), .time(6, "changedAt"),
            ], hiding: [2, 3]),
        "HoldReleased": holdEnded,
        "HoldExpired": holdEnded,
        // Orders.
        "PurchaseStarted": FeedMessage(
            [
                .text(1, "orderId"), .text(2, "holdId"), .user(3), .integer(5, "total"), .text(6, "currency"),
                .time(7, "startedAt"), .time(8, "expiresAt"),
            ], hiding: [4, 9, 40]),
        "SeatsSold": FeedMessage(
            [
                .text(1, "orderId"), .text(2, "holdId"), .user(3), .text(5, "seats", .list),
                .message(6, "areas", areaQuantity, .list), .message(8, "resold", resold, .list), .integer(9, "total"),
                .text(10, "currency"), .message(21, "fares", fare, .list), .time(12, "soldAt"),
            ], hiding: [4, 7, 11, 80]),
        "PurchaseFailed": FeedMessage(
            [
                .text(1, "orderId"), .text(2, "holdId"), .user(3),
                .oneOf(4, "reason", [1: "declined", 2: "expired", 3: "show-cancelled", 4: "abandoned"]),
                .time(8, "failedAt"),
            ], hiding: [5, 6, 7]),
        // Money.
        "PaymentActionRequired": order([.time(5, "requiredAt")], hiding: [3, 4]),
        "PaymentCaptured": order([.integer(3, "amount"), .time(4, "capturedAt")]),
        "PaymentVoided": order([.time(4, "voidedAt")]),
        "PaymentResumed": order([.time(4, "resumedAt")]),
        "PaymentRefunded": order([.text(3, "refundId"), .integer(4, "amount"), .time(5, "refundedAt")]),
        // The reason is the provider's, in words of its own.
        "PaymentParked": order([.time(4, "parkedAt")], hiding: [3]),
        "PaymentAccepted": order([.message(3, "settled", settledRefund, .list), .time(4, "acceptedAt")]),
        "ProviderRefunded": order(
            [
                .text(4, "refundId"), .integer(5, "amount"), .message(6, "settled", settledRefund, .list),
                .boolean(7, "needsDecision"), .time(8, "recordedAt"),
            ], hiding: [3]),
        "DisputeChanged": order(
            [
                .text(4, "disputeId"),
                .oneOf(5, "status", [1: "inquiry", 2: "open", 3: "funds-withdrawn", 4: "won", 5: "lost"]),
                .integer(6, "amount"),
                .message(8, "settled", settledRefund, .list), .boolean(9, "needsDecision"), .time(10, "recordedAt"),
            ], hiding: [3, 7]),
        // Tickets.
        "TicketsReturned": order(
            [
                .integer(3, "tickets", .list), .integer(4, "seatIndexes", .list),
                .message(6, "areas", areaQuantity, .list),
                .oneOf(7, "reason", [1: "requested", 2: "show-cancelled", 3: "revoked", 40: "ended"]),
                .text(8, "refundId"),
                .integer(9, "amount"), .time(10, "returnedAt"), .boolean(40, "needsDecision"),
            ], hiding: [5, 11, 20]),
        "TicketsSwapped": order(
            [
                .message(3, "swaps", swap, .list), .text(6, "refundId"), .integer(7, "amount"),
                .time(10, "swappedAt"),
            ], hiding: [4, 5, 8, 9]),
        "TicketsSuspended": order([.integer(3, "tickets", .list), .time(4, "suspendedAt")]),
        "TicketsRestored": order([.integer(3, "tickets", .list), .time(4, "restoredAt")]),
        "TicketChanged": FeedMessage(
            [
                .text(1, "ticketId"), .user(2, "orderUserId"), .user(3, "ownerId"),
                .user(4, "offeredTo", .optional), .user(5, "offerWithdrawnFrom", .optional),
                .message(6, "accepted", FeedMessage([.user(1), .integer(2, "generation")])),
                .message(7, "listed", FeedMessage([.integer(1, "seatIndex"), .integer(2, "price")])),
                .integer(8, "unlistedSeatIndex", .optional), .time(9, "changedAt"),
            ]),
        "TicketScanned": ticketScanned,
        "TicketLeft": ticketScanned,
        "ScanUndone": FeedMessage(
            [
                .text(1, "ticketId"), .user(2, "orderUserId"), .user(3, "ownerId"), .message(4, "pass", pass),
                .oneOf(5, "status", [1: "valid", 2: "scanned", 3: "outside"]), .time(7, "undoneAt"),
            ], hiding: [6]),
        "ScansUploaded": FeedMessage(
            [.message(2, "entries", uploadedScan, .list), .time(3, "uploadedAt")], hiding: [1]),
        // Waiting lists.
        "WaitlistJoined": FeedMessage(
            [
                .text(1, "entryId"), .user(2), .integer(3, "number"), .integer(4, "place"),
                .message(5, "wish", wish), .numbersByName(6, "ticketTypes"), .time(7, "joinedAt"),
            ]),
        "WaitlistLeft": FeedMessage([.text(1, "entryId"), .user(2), .time(3, "leftAt")]),
        "WaitlistOffered": FeedMessage(
            [.text(1, "entryId"), .user(2), .text(3, "holdId"), .time(5, "offeredAt")], hiding: [4]),
        "WaitlistClosed": FeedMessage([.message(1, "wish", wish), .text(2, "reason"), .time(3, "closedAt")]),
        "WaitlistScheduled": FeedMessage(
            [.time(1, "dueAt", .optional), .boolean(2, "behind"), .time(3, "scheduledAt")]),
        // Waiting rooms.
        "AdmissionRuleChanged": FeedMessage([.boolean(1, "isRequired"), .time(2, "at")]),
        "AdmissionEnded": FeedMessage([.text(1, "entryId"), .time(2, "at")]),
        "RoomConfigured": FeedMessage(
            [
                .text(1, "showId"), .time(2, "prequeueFrom", .optional), .time(3, "opensAt"),
                .integer(4, "admitPerMinute"), .integer(5, "maxActive"), .integer(6, "sessionMinutes"),
                .integer(7, "claimSeconds"), .integer(8, "entriesPerUser"), .text(12, "phase"),
                .time(13, "configuredAt"),
            ], hiding: [9, 10, 11, 14]),
        // The reason is in an organiser's own words, for those who wait.
        "RoomPhaseChanged": FeedMessage([.text(1, "phase"), .time(3, "changedAt")], hiding: [2]),
        "EntryJoined": FeedMessage([.text(1, "entryId"), .user(2), .integer(3, "number"), .time(4, "joinedAt")]),
        "EntriesAdmitted": FeedMessage(
            [
                .message(1, "entries", FeedMessage([.text(1, "entryId"), .user(2), .integer(3, "number")]), .list),
                .time(2, "admittedAt"), .time(3, "claimUntil"), .time(4, "sessionUntil"),
            ]),
        "EntryClaimed": FeedMessage(
            [.text(1, "entryId"), .user(2), .time(3, "sessionUntil"), .time(4, "claimedAt")]),
        "EntriesEnded": FeedMessage(
            [
                .text(1, "how"), .message(2, "entries", FeedMessage([.text(1, "entryId"), .user(2)]), .list),
                .time(3, "endedAt"),
            ]),
        "DrawSealed": FeedMessage(
            [.integer(1, "position"), .hex(2, "hash"), .integer(3, "entrantCount"), .time(4, "sealedAt")]),
        "SeedRevealed": FeedMessage([.text(1, "party"), .hex(2, "seed"), .time(3, "revealedAt")]),
        "BeaconRecorded": FeedMessage(
            [.integer(1, "round"), .hex(2, "randomness"), .hex(3, "signature"), .time(4, "recordedAt")]),
        "PartyForfeited": FeedMessage([.text(1, "party"), .time(2, "forfeitedAt")]),
        "DrawHeld": FeedMessage([.hex(1, "keyDigest"), .integer(2, "entrantCount"), .time(3, "heldAt")]),
        // Organisations.
        "OrganisationCreated": FeedMessage([.text(1, "organisationId"), .text(2, "name"), .time(3, "createdAt")]),
        "RoleAssigned": FeedMessage([.user(1), .text(2, "role"), .text(3, "shows", .list), .time(4, "at")]),
        "MemberRemoved": FeedMessage([.user(1), .time(2, "at")]),
        "ApiKeyIssued": FeedMessage(
            [
                .text(1, "keyId"), .text(4, "roles", .list), .time(5, "expiresAt", .optional), .time(6, "at"),
            ], hiding: [2, 3]),
        "ApiKeyRevoked": FeedMessage([.text(1, "keyId"), .time(2, "at")]),
    ]

    // MARK: Parts

    /// An event of one order: its fields 1 and 2 say which, and whose.
    private static func order(_ fields: [FeedField], hiding hidden: Set<UInt64> = []) -> FeedMessage {
        FeedMessage([.text(1, "orderId"), .user(2)] + fields, hiding: hidden)
    }

    private static let location = FeedMessage([.number(1, "latitude"), .number(2, "longitude")])

    private static let area = FeedMessage([
        .text(1, "areaId"), .text(2, "name"), .integer(3, "capacity"), .text(4, "category"),
    ])

    private static let areaQuantity = FeedMessage([
        .text(1, "areaId"), .integer(2, "quantity"), .text(20, "allocation", .optional),
    ])

    private static let ticketTypes = FeedMessage([
        .text(1, "category"),
        .message(
            2, "types",
            FeedMessage([
                .text(1, "name"), .integer(2, "price"), .integer(3, "fee"), .integer(4, "tax"),
                .integer(5, "minPerOrder"), .integer(6, "maxPerOrder"),
            ]), .list),
    ])

    private static let showFields: [FeedField] = [
        .text(1, "showId"), .text(2, "name"), .text(3, "artist"), .text(4, "venueName"), .text(5, "venueCity"),
        .text(61, "venueCountry", .optional), .text(62, "venueTimeZone", .optional),
        .message(63, "venueLocation", location), .text(60, "venueId", .optional), .text(64, "category", .optional),
        .boolean(65, "draft"), .time(6, "startsAt"), .time(21, "doorsAt", .optional),
        .boolean(26, "isPostponed"), .time(27, "postponedFrom", .optional), .time(7, "onSaleAt", .optional),
        .time(22, "offSaleAt", .optional), .text(8, "currency"), .numbersByName(9, "prices"),
        .message(24, "ticketTypes", ticketTypes, .list), .integer(10, "holdSeconds"),
        .integer(11, "maxSeatsPerHold"), .integer(23, "maxSeatsPerUser"), .time(14, "createdAt"),
    ]
    /// How the sale works in detail, and the plan, which `GET /shows/{id}/seating-plan` has.
    private static let hiddenOfShow: Set<UInt64> = [12, 15, 16, 28, 70, 71, 90, 91, 100]

    private static let showCreated = FeedMessage(
        showFields + [.message(13, "areas", area, .list)], hiding: hiddenOfShow)
    /// As ``showCreated``, without its places.
    private static let show = FeedMessage(showFields, hiding: hiddenOfShow.union([13]))

    private static let allocation = FeedMessage([
        .text(1, "name"), .text(2, "channel", .optional), .text(3, "label"), .integer(4, "seatIndexes", .list),
        .message(5, "areas", areaQuantity, .list), .time(6, "releasesAt", .optional),
    ])

    private static let fare = FeedMessage([
        .text(1, "ticketType", .optional), .integer(2, "price"), .integer(3, "fee"), .integer(4, "tax"),
        .integer(5, "count"),
    ])

    private static let hold = FeedMessage(
        [
            .text(1, "holdId"), .user(2), .text(4, "seats", .list), .message(5, "areas", areaQuantity, .list),
            .integer(6, "total"), .text(7, "currency"), .message(21, "fares", fare, .list), .time(8, "placedAt"),
            .time(9, "expiresAt"), .text(90, "offerOf", .optional),
        ], hiding: [3, 10, 20, 70, 80])

    private static let holdEnded = FeedMessage(
        [
            .text(1, "holdId"), .user(2), .integer(3, "seatIndexes", .list),
            .message(4, "areas", areaQuantity, .list), .time(5, "endedAt"),
        ], hiding: [6, 20])

    private static let resold = FeedMessage(
        [
            .integer(1, "seatIndex"), .text(2, "ticketId"), .user(3, "sellerId"), .text(4, "refundId"),
            .integer(5, "amount"),
        ], hiding: [6])

    private static let settledRefund = FeedMessage([
        .text(1, "refundId"), .integer(2, "amount"), .boolean(3, "isWhole"),
    ])

    private static let swap = FeedMessage([
        .integer(1, "ticket"), .integer(2, "oldSeatIndex"), .integer(3, "seatIndex"), .text(4, "seat"),
        .message(5, "fare", fare), .integer(6, "generation"),
    ])

    private static let place = FeedMessage([
        .text(1, "seat", .optional), .text(2, "areaId", .optional), .text(3, "seatNumber"), .text(4, "row"),
        .text(5, "block"), .text(6, "category"), .text(7, "ticketType"),
    ])

    private static let pass = FeedMessage([
        .oneOf(1, "direction", [1: "in", 2: "out"]), .time(2, "at"), .text(3, "gate"),
    ])

    private static let ticketScanned = FeedMessage(
        [
            .text(1, "ticketId"), .user(2, "orderUserId"), .user(3, "ownerId"), .time(4, "scannedAt"),
            .text(50, "gate"), .message(52, "place", place), .time(53, "recordedAt", .optional),
        ], hiding: [51])

    private static let uploadedScan = FeedMessage([
        .text(1, "ticketId", .optional), .boolean(2, "isRepeated"),
        .message(
            3, "refusal", FeedMessage([.text(1, "code"), .text(2, "subject"), .message(3, "against", pass)])),
    ])

    private static let wish = FeedMessage([
        .integer(1, "quantity"), .text(2, "category", .optional), .text(3, "zone", .optional),
        .message(4, "row", FeedMessage([.text(1, "number"), .text(2, "zone", .optional)])),
        .message(5, "areas", FeedMessage([.text(1, "areaIds", .list)])), .boolean(6, "together"),
        .boolean(7, "accessible"),
    ])
}
