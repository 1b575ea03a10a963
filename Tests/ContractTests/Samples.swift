import Domain

/// One event of every kind, with every field set to something of its own.
enum Sample {
    static let at = Timestamp(microseconds: 1_798_761_600_123_456)

    static let plan = SeatingPlan(
        name: "Großer Saal", size: SeatingPlan.Size(width: 1_000.5, height: 800.25),
        categories: [
            SeatingPlan.Category(name: "Parkett", color: "#ff8800"), SeatingPlan.Category(name: "Rang", color: ""),
        ],
        zones: [
            SeatingPlan.Zone(
                name: "Links", position: SeatingPlan.Position(x: 10, y: -20),
                rows: [
                    SeatingPlan.Row(
                        number: "1", position: SeatingPlan.Position(x: 0.125, y: 3),
                        seats: [
                            SeatingPlan.Seat(
                                guid: "L-1-1", number: "1", position: SeatingPlan.Position(x: 1, y: 2), category: 0),
                            SeatingPlan.Seat(guid: "L-1-2", number: "2", position: .zero, category: 1),
                        ]),
                    SeatingPlan.Row(number: "2", position: .zero, seats: []),
                ],
                shapes: [
                    SeatingPlan.Shape(
                        outline: .circle(radius: 5), position: .zero, color: "red", borderColor: "black", rotation: 45,
                        label: SeatingPlan.Shape.Label(
                            text: "Bühne", color: "#fff", size: 12, position: SeatingPlan.Position(x: 1, y: 1))),
                    shape(.ellipse(radius: SeatingPlan.Position(x: 3, y: 4))),
                    shape(.rectangle(SeatingPlan.Size(width: 7, height: 8))),
                    shape(.polygon([SeatingPlan.Position(x: 1, y: 2), .zero, SeatingPlan.Position(x: -1, y: 0)])),
                    shape(.polygon([])), shape(.circle(radius: 0)), shape(.text),
                ]),
            SeatingPlan.Zone(name: "", position: .zero, rows: [], shapes: []),
        ])

    private static func shape(_ outline: SeatingPlan.Shape.Outline) -> SeatingPlan.Shape {
        SeatingPlan.Shape(outline: outline, position: .zero, color: "", borderColor: "", rotation: 0, label: nil)
    }

    static let created = ShowCreated(
        showID: ShowID("0123456789abcdef"), name: "Nacht der Lieder", artist: "Die Band 🎸",
        venue: Venue(name: "Arena", city: "Köln"), startsAt: at, onSaleAt: Timestamp(microseconds: at.microseconds - 1),
        currency: "EUR", prices: ["Parkett": 9_900, "Rang": 4_950, "Steh": 0], holdSeconds: 300, maxSeatsPerHold: 6,
        seatingPlan: plan, areas: [Area(areaID: AreaID("floor"), name: "Innenraum", capacity: 4_000, category: "Steh")],
        createdAt: Timestamp(microseconds: at.microseconds - 2))

    static let createdWithoutSeats = ShowCreated(
        showID: ShowID("s"), name: "", artist: "", venue: Venue(name: "", city: ""),
        startsAt: Timestamp(microseconds: 0),
        onSaleAt: nil, currency: "", prices: [:], holdSeconds: 0, maxSeatsPerHold: 0, seatingPlan: nil, areas: [],
        createdAt: Timestamp(microseconds: -1))

    // MARK: What came with plans as they are

    static let planAsItCame: SeatingPlan = {
        var plan = Self.plan
        plan.focalPoint = SeatingPlan.Position(x: 500, y: 0)
        plan.rest = SeatingPlan.Rest(members: #""editor":{"zoom":3},"größe":null"#, unwritten: [.size, .name])
        plan.categories[0].rest = SeatingPlan.Rest(members: #""label":"P""#, unwritten: .color)
        plan.zones[0].rest = SeatingPlan.Rest(members: #""zone_id":"left","uuid":"z-1""#)
        plan.zones[1].rest = SeatingPlan.Rest(unwritten: [.name, .rows, .areas])
        plan.zones[0].rows[0].rank = 0
        plan.zones[0].rows[1].rank = -2.5
        plan.zones[0].rows[0].rest = SeatingPlan.Rest(
            members: #""row_label":"Reihe 1","position":{"x":0.125,"y":3,"z":1}"#, unwritten: .position)
        plan.zones[0].rows[0].seats[0].isAccessible = true
        plan.zones[0].rows[0].seats[0].rest = SeatingPlan.Rest(members: #""radius":8"#)
        plan.zones[0].rows[0].seats[1].isCompanion = true
        plan.zones[0].rows[0].seats[1].rest = SeatingPlan.Rest(unwritten: [.seatNumber, .position])
        plan.zones[0].shapes[6].rest = SeatingPlan.Rest(
            members: #""shape":"star","points":5"#,
            unwritten: [.position, .color, .borderColor, .rotation, .shape, .outline, .text])
        return plan
    }()

    static let createdAsItCame: ShowCreated = {
        var show = created
        show.seatingPlan = planAsItCame
        show.orphans = .enforce
        show.accessibleReleasedAt = at
        return show
    }()

    static let placedTogether: HoldPlaced = {
        var hold = placed
        hold.isNextToEachOther = true
        return hold
    }()

    static let placedApart: HoldPlaced = {
        var hold = placedOverResale
        hold.isNextToEachOther = false
        return hold
    }()

    static let placed = HoldPlaced(
        holdID: HoldID("0123456789abcdef-h"), userID: UserID("user-1"),
        seats: [HeldSeat(index: 0, guid: "L-1-1"), HeldSeat(index: 99_999, guid: "L-1-2")],
        areas: [
            AreaQuantity(areaID: AreaID("floor"), quantity: 2), AreaQuantity(areaID: AreaID("pit"), quantity: 1),
        ], total: 24_750, currency: "EUR", placedAt: at, expiresAt: at.adding(seconds: 300))

    static let ended = HoldEnded(
        holdID: HoldID("0123456789abcdef-h"), userID: UserID("user-1"), seatIndexes: [0, 99_999],
        areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 2)], endedAt: at)

    // MARK: What came with purchases

    static let createdForLatePayers: ShowCreated = {
        var show = createdWithoutSeats
        show.paymentSeconds = 600
        show.regrantsLatePayments = true
        return show
    }()

    static let createdInVenue: ShowCreated = {
        var show = createdWithoutSeats
        show.venue = venue.ofShow
        show.category = "Konzert"
        show.isDraft = true
        return show
    }()

    static let venue = VenueCreated(
        venueID: VenueID("0123456789abcdef"), name: "Große Halle", city: "Zürich", country: "CH",
        timeZone: "Europe/Zurich", location: Location(latitude: 47.3769, longitude: -8.5417), plan: .unpacked(plan),
        areas: [Area(areaID: AreaID("floor"), name: "Innenraum", capacity: 4_000, category: "Steh")], createdAt: at)

    static let bareVenue = VenueCreated(
        venueID: VenueID("v"), name: "", city: "", timeZone: "", createdAt: Timestamp(microseconds: -1))

    static let organisationEvents: [(golden: String, event: OrganisationEvent)] = [
        (
            "OrganisationCreated.1",
            .created(OrganisationCreated(organisationID: OrganisationID("acme"), name: "Große Bühne", createdAt: at))
        ),
        (
            "RoleAssigned.1",
            .assigned(
                RoleAssigned(userID: UserID("ann"), role: .scanner, shows: [ShowID("s"), ShowID("t")], at: at))
        ),
        ("RoleAssigned.1.all", .assigned(RoleAssigned(userID: UserID("ann"), role: .operator, at: at))),
        ("MemberRemoved.1", .removed(MemberRemoved(userID: UserID("ann"), at: at))),
        (
            "ApiKeyIssued.1",
            .issued(
                APIKeyIssued(
                    keyID: APIKeyID("k"), name: "Shop", digest: Array(0..<32), roles: [.user, .support],
                    expiresAt: at.adding(seconds: 60), at: at))
        ),
        ("ApiKeyRevoked.1", .revoked(APIKeyRevoked(keyID: APIKeyID("k"), at: at))),
    ]

    static let createdByOrganisation: ShowCreated = {
        var show = createdWithoutSeats
        show.organisationID = OrganisationID("acme")
        return show
    }()

    static let venueEvents: [(golden: String, event: VenueEvent)] = [
        ("VenueCreated.1", .created(venue)), ("VenueCreated.1.bare", .created(bareVenue)),
    ]

    static let placedOverResale: HoldPlaced = {
        var hold = placed
        hold.resaleSeats = [99_999]
        return hold
    }()

    static let endedOverResale: HoldEnded = {
        var hold = ended
        hold.resaleSeats = [99_999]
        return hold
    }()

    static let order = OrderID("0123456789abcdef-o")
    static let user = UserID("user-1")

    static let started = PurchaseStarted(
        orderID: order, holdID: placed.holdID, userID: user, paymentMethod: "pm_card_visa", total: 24_750,
        currency: "EUR",
        startedAt: at, expiresAt: at.adding(seconds: 120), extendsHold: true)

    static let sold = SeatsSold(
        orderID: order, holdID: placed.holdID, userID: user, seats: placed.seats, areas: placed.areas, wasHeld: true,
        resold: [
            ResoldSeat(
                seatIndex: 99_999, ticketID: TicketID(2, of: OrderID("0123456789abcdef-p")), sellerID: UserID("user-2"),
                refundID: RefundID("0123456789abcdef-p-r1"), amount: 9_900, paymentID: "pi_2")
        ], total: 24_750, currency: "EUR", paymentID: "pi_1", soldAt: at)

    static let soldForNothing = SeatsSold(
        orderID: order, holdID: placed.holdID, userID: user, seats: [], areas: [], wasHeld: false, resold: [], total: 0,
        currency: "", paymentID: "", soldAt: Timestamp(microseconds: -1))

    static func failed(_ reason: PurchaseFailed.Reason, _ payment: PurchaseFailed.Payment) -> PurchaseFailed {
        PurchaseFailed(
            orderID: order, holdID: placed.holdID, userID: user, reason: reason, payment: payment, failedAt: at)
    }

    static let captured = PaymentCaptured(orderID: order, userID: user, amount: 24_750, capturedAt: at)
    static let voided = PaymentVoided(orderID: order, userID: user, voidedAt: at)
    static let resumed = PaymentResumed(orderID: order, userID: user, resumedAt: at)

    static let refunded = PaymentRefunded(
        orderID: order, userID: user, refundID: RefundID("0123456789abcdef-o-r3"), amount: 9_900, refundedAt: at)

    static let parked = PaymentParked(orderID: order, userID: user, reason: "no answer for 10 min – ü", parkedAt: at)

    static let startedToReturn: PurchaseStarted = {
        var order = started
        order.returnURL = "https://tickets.example/thanks?order=1"
        return order
    }()

    static let settled = [SettledRefund(refundID: RefundID("0123456789abcdef-o-r3"), amount: 4_950, isWhole: true)]

    static let actionRequired = PaymentActionRequired(
        orderID: order, userID: user, paymentID: "pi_1", sealedSecret: [0, 1, 254, 255], requiredAt: at)

    static let refundedByProvider = ProviderRefunded(
        orderID: order, userID: user, paymentID: "pi_1", refundID: "re_1", amount: 9_900, settled: settled,
        needsDecision: true, recordedAt: at)

    static func disputed(_ status: DisputeChanged.Status) -> DisputeChanged {
        DisputeChanged(
            orderID: order, userID: user, paymentID: "pi_1", disputeID: "dp_1", status: status, amount: 24_750,
            reason: "fraudulent", settled: status == .lost ? settled : [], needsDecision: status != .won, recordedAt: at
        )
    }

    static let accepted = PaymentAccepted(orderID: order, userID: user, settled: settled, acceptedAt: at)
    static let suspended = TicketsSuspended(orderID: order, userID: user, tickets: [1, 4], suspendedAt: at)
    static let restored = TicketsRestored(orderID: order, userID: user, tickets: [1, 4], restoredAt: at)

    static func returned(_ reason: TicketsReturned.Reason) -> TicketsReturned {
        TicketsReturned(
            orderID: order, userID: user, tickets: [1, 2, 4], seatIndexes: [0, 99_999], resaleSeats: [99_999],
            areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 1)], reason: reason,
            refundID: RefundID("0123456789abcdef-o-r1"), amount: 14_850, paymentID: "pi_1", returnedAt: at)
    }

    static let swapped = TicketsSwapped(
        orderID: order, userID: user,
        swaps: [
            .init(
                ticket: 1, oldSeat: 0, seat: HeldSeat(index: 99_999, guid: "Käse 1"),
                fare: Fare(ticketType: "child", price: 4_000, fee: 100, tax: 19), generation: 2),
            .init(ticket: 3, oldSeat: 7, seat: HeldSeat(index: 4, guid: "L-1-5"), fare: Fare(price: 0), generation: 9),
        ], blockedSeats: [7], allocatedSeats: [4], refundID: RefundID("0123456789abcdef-o-r2"), amount: 781,
        paymentID: "pi_1", swappedBy: UserID("box-office"), swappedAt: at)

    static let scanned = TicketScanned(
        ticketID: TicketID(1, of: order), orderUserID: user, ownerID: UserID("user-3"),
        pass: DoorPass(direction: .entry, at: at, gate: ""))

    static let scannedAtGate = TicketScanned(
        ticketID: TicketID(1, of: order), orderUserID: user, ownerID: UserID("user-3"),
        pass: DoorPass(direction: .entry, at: at, gate: "Tor 2 – Süd"), scannerID: UserID("door-1"),
        place: TicketPlace(
            seat: "L-1-1", seatNumber: "1", row: "A", block: "Parkett links", category: "Käse", ticketType: "child"))

    static let left = TicketScanned(
        ticketID: TicketID(2, of: order), orderUserID: user, ownerID: UserID("user-3"),
        pass: DoorPass(direction: .exit, at: at, gate: "north"), scannerID: UserID("door-1"),
        place: TicketPlace(area: AreaID("floor"), block: "The floor", category: "B"),
        recordedAt: at.adding(seconds: 3_600))

    static let scanUndone = ScanUndone(
        ticketID: TicketID(1, of: order), orderUserID: user, ownerID: UserID("user-3"), pass: scannedAtGate.pass,
        status: .valid, supervisorID: UserID("chief"), undoneAt: at)

    static let scansUploaded = ScansUploaded(
        scannerID: UserID("door-1"),
        entries: [
            ScansUploaded.Entry(ticketID: TicketID(1, of: order), result: .recorded),
            ScansUploaded.Entry(ticketID: TicketID(1, of: order), result: .repeated),
            ScansUploaded.Entry(ticketID: nil, result: .refused(.invalidTicketCode)),
            ScansUploaded.Entry(
                ticketID: TicketID(1, of: order), result: .refused(.ticketAlreadyScanned, against: scannedAtGate.pass)),
            ScansUploaded.Entry(
                ticketID: TicketID(2, of: order),
                result: .refused(.ticketUnusable, subject: "returned", against: left.pass)
            ),
        ], uploadedAt: at)

    static func changed(_ change: TicketChanged.Change) -> TicketChanged {
        TicketChanged(
            ticketID: TicketID(1, of: order), orderUserID: user, ownerID: UserID("user-3"), change: change,
            changedAt: at)
    }

    /// By the name of the golden file that holds the event's bytes in this schema version.
    static let events = firstEvents + changes + waitlist
    static let outcomes = firstOutcomes + refusedChanges + refusedWaits

    private static let firstEvents: [(golden: String, event: ShowEvent)] = [
        ("ShowCreated.1", .created(created)), ("ShowCreated.1.without-seats", .created(createdWithoutSeats)),
        ("HoldPlaced.1", .hold(.placed(placed))), ("HoldReleased.1", .hold(.released(ended))),
        ("HoldExpired.1", .hold(.expired(ended))),
        ("ShowCreated.1.late-payers", .created(createdForLatePayers)),
        ("ShowCreated.1.as-it-came", .created(createdAsItCame)),
        ("HoldPlaced.1.together", .hold(.placed(placedTogether))), ("HoldPlaced.1.apart", .hold(.placed(placedApart))),
        ("HoldPlaced.1.resale", .hold(.placed(placedOverResale))),
        ("HoldExpired.1.resale", .hold(.expired(endedOverResale))),
        ("PurchaseStarted.1", .order(.started(started))), ("SeatsSold.1", .order(.sold(sold))),
        ("SeatsSold.1.for-nothing", .order(.sold(soldForNothing))),
        ("PurchaseFailed.1", .order(.failed(failed(.declined("insufficient_funds"), .none)))),
        ("PurchaseFailed.1.expired", .order(.failed(failed(.expired, .authorized("pi_1"))))),
        ("PurchaseFailed.1.cancelled", .order(.failed(failed(.showCancelled, .unknown)))),
        ("PurchaseFailed.1.abandoned", .order(.failed(failed(.abandoned, .unknown)))),
        ("PaymentCaptured.1", .order(.captured(captured))), ("PaymentVoided.1", .order(.voided(voided))),
        ("PaymentResumed.1", .order(.resumed(resumed))), ("PaymentRefunded.1", .order(.refunded(refunded))),
        ("PaymentParked.1", .order(.parked(parked))), ("TicketsReturned.1", .order(.returned(returned(.requested)))),
        ("TicketsReturned.1.cancelled", .order(.returned(returned(.showCancelled)))),
        ("TicketsReturned.1.revoked", .order(.returned(returned(.revoked)))),
        ("TicketScanned.1", .ticket(.scanned(scanned))),
        ("TicketScanned.1.at-gate", .ticket(.scanned(scannedAtGate))),
        ("TicketLeft.1", .ticket(.scanned(left))), ("ScanUndone.1", .ticket(.scanUndone(scanUndone))),
        ("ScansUploaded.1", .ticket(.scansUploaded(scansUploaded))),
        ("TicketChanged.1.offered", .ticket(.changed(changed(.offered(to: UserID("user-2")))))),
        ("TicketChanged.1.offer-withdrawn", .ticket(.changed(changed(.offerWithdrawn(to: UserID("user-2")))))),
        ("TicketChanged.1.accepted", .ticket(.changed(changed(.accepted(by: UserID("user-2"), generation: 2))))),
        ("TicketChanged.1.listed", .ticket(.changed(changed(.listed(seatIndex: 99_999, price: 9_900))))),
        ("TicketChanged.1.unlisted", .ticket(.changed(changed(.unlisted(seatIndex: 0))))),
        ("ShowCreated.1.in-venue", .created(createdInVenue)),
        ("ShowCreated.1.of-organisation", .created(createdByOrganisation)),
        ("PurchaseStarted.1.return-url", .order(.started(startedToReturn))),
        ("PaymentActionRequired.1", .order(.money(.actionRequired(actionRequired)))),
        ("ProviderRefunded.1", .order(.money(.refunded(refundedByProvider)))),
        ("DisputeChanged.1.open", .order(.money(.disputed(disputed(.open))))),
        ("DisputeChanged.1.lost", .order(.money(.disputed(disputed(.lost))))),
        ("DisputeChanged.1.won", .order(.money(.disputed(disputed(.won))))),
        ("PaymentAccepted.1", .order(.money(.accepted(accepted)))),
        ("TicketsSuspended.1", .order(.money(.suspended(suspended)))),
        ("TicketsRestored.1", .order(.money(.restored(restored)))),
        ("TicketsReturned.1.ended", .order(.returned(returned(.ended)))),
        ("TicketsSwapped.1", .order(.swapped(swapped))),
        ("ShowCancelled.1", .cancelled(ShowCancelled(orders: 4_711, cancelledAt: at))),
    ]

    private static let firstOutcomes: [(golden: String, outcome: Outcome)] = [
        ("Outcome.accepted", .accepted), ("Outcome.show-not-found", .rejected(.showNotFound)),
        ("Outcome.show-exists", .rejected(.showExists)), ("Outcome.not-on-sale", .rejected(.notOnSale(until: at))),
        ("Outcome.empty-hold", .rejected(.emptyHold)), ("Outcome.too-many-seats", .rejected(.tooManySeats(limit: 6))),
        ("Outcome.duplicate-seat", .rejected(.duplicateSeat("L-1-1"))),
        ("Outcome.unknown-seat", .rejected(.unknownSeat("Käse"))),
        ("Outcome.unknown-area", .rejected(.unknownArea("roof"))),
        ("Outcome.unknown-category", .rejected(.unknownCategory(""))),
        (
            "Outcome.seats-unavailable",
            .rejected(
                .seatsUnavailable([
                    .seat("L-1-1", .held), .seat("L-1-2", .sold), .seat("L-1-3", .blocked),
                    .area(AreaID("floor"), available: 3), .quantity(available: 0),
                ]))
        ),
        ("Outcome.hold-not-found", .rejected(.holdNotFound)),
        ("Outcome.stale-fencing-token", .rejected(.staleFencingToken)),
        ("Outcome.purchase-in-progress", .rejected(.purchaseInProgress)),
        ("Outcome.already-ordered", .rejected(.alreadyOrdered(order))),
        ("Outcome.mixed-channels", .rejected(.mixedChannels(AreaID("floor")))),
        ("Outcome.show-cancelled", .rejected(.showCancelled)), ("Outcome.order-not-found", .rejected(.orderNotFound)),
        ("Outcome.order-not-completed", .rejected(.orderNotCompleted)),
        ("Outcome.order-not-voidable", .rejected(.orderNotVoidable)),
        ("Outcome.payment-not-acceptable", .rejected(.paymentNotAcceptable)),
        ("Outcome.payment-not-parked", .rejected(.paymentNotParked)),
        ("Outcome.ticket-not-found", .rejected(.ticketNotFound)),
        ("Outcome.ticket-unusable", .rejected(.ticketUnusable(.beingBought))),
        ("Outcome.ticket-already-scanned", .rejected(.ticketAlreadyScanned(at: at))),
        ("Outcome.ticket-wrong-area", .rejected(.ticketWrongArea("Balkon"))),
        ("Outcome.not-resellable", .rejected(.notResellable)),
        ("Outcome.not-swappable", .rejected(.notSwappable)),
        ("Outcome.organisation-exists", .rejected(Rejection(.organisationExists))),
        ("Outcome.organisation-not-found", .rejected(Rejection(.organisationNotFound))),
        ("Outcome.too-many-members", .rejected(Rejection(.tooManyMembers, limit: 10_000))),
        ("Outcome.too-many-keys", .rejected(Rejection(.tooManyKeys, subject: "Shop", limit: 2))),
        ("Outcome.swap-costs-more", .rejected(.swapCostsMore(4_000))),
        ("Outcome.unknown-zone", .rejected(.unknownZone("Rang links"))),
        ("Outcome.unknown-row", .rejected(.unknownRow("7 ½"))),
        ("Outcome.leaves-single-seat", .rejected(.leavesSingleSeat(["L-1-1"], instead: ["L-1-2", "Reihe ü 3"]))),
    ]
}
