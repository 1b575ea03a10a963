import Domain

// What came with shows that change.
extension Sample {
    static let createdWithTypes: ShowCreated = {
        var show = created
        show.venue.timeZone = "Europe/Berlin"
        show.doorsAt = Timestamp(microseconds: at.microseconds - 3)
        show.offSaleAt = Timestamp(microseconds: at.microseconds + 4)
        show.ticketTypes = [
            "Parkett": [
                TicketType(name: "Erwachsene", price: 9_900, fee: 100, tax: 19),
                TicketType(name: "Kind", price: 1_000, minPerOrder: 2, maxPerOrder: 4),
            ]
        ]
        show.holdSecondsMax = 900
        show.maxSeatsPerUser = 12
        show.isDraft = true
        return show
    }()

    static let changedShow: ShowChanged = {
        var show = createdWithTypes
        show.plan = nil
        show.areas = []
        show.isDraft = false
        show.isPostponed = true
        show.postponedFrom = Timestamp(microseconds: at.microseconds - 9)
        return ShowChanged(show: show, changedAt: at)
    }()

    static let fares = FareList(runs: [
        FareList.Run(Fare(ticketType: "Kind", price: 1_000), count: 1),
        FareList.Run(Fare(ticketType: "Erwachsene", price: 9_900, fee: 100, tax: 19), count: 4),
    ])

    static let placedWithTypes: HoldPlaced = {
        var hold = placed
        hold.fares = fares
        hold.blockedSeats = [0]
        hold.areas[0].allocation = "Sponsor"
        return hold
    }()

    static let endedInAllocation: HoldEnded = {
        var end = ended
        end.blockedSeats = [0]
        end.areas[0].allocation = "Sponsor"
        return end
    }()

    static let changedHold = HoldChanged(
        hold: placedWithTypes, addedSeats: [99_999],
        addedAreas: [AreaQuantity(areaID: AreaID("pit"), quantity: 1)], dropped: endedInAllocation,
        mergedHolds: [HoldID("0123456789abcdef-i"), HoldID("0123456789abcdef-j")], changedAt: at)

    static let soldWithTypes: SeatsSold = {
        var sale = sold
        sale.fares = fares
        return sale
    }()

    static let places = PlacesChanged(
        plan: .unpacked(plan), areas: created.areas, previousIndexes: [-1, 0], changedAt: at)

    static let areasOnly = PlacesChanged(plan: nil, areas: created.areas, previousIndexes: [0, 1], changedAt: at)

    static let allocations = AllocationsChanged(
        allocations: [
            Allocation(
                name: "Haus", channel: nil, label: "Dienstplätze", seats: [0, 7],
                areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 40)], releasesAt: at),
            Allocation(name: "Sponsor", channel: "acme", label: "", seats: [], areas: [], releasesAt: nil),
        ], blockedSeats: [0], freedSeats: [99_999], blockedUnits: [AreaBlock(areaID: AreaID("floor"), units: 40)],
        changedAt: at)

    static let admittedEntry = EntryID("0123456789abcdef-0123456789abcdefghjkmnpqrs")

    static let placedWithAdmission: HoldPlaced = {
        var hold = placed
        hold.admission = admittedEntry
        return hold
    }()

    static let changedWithAdmission: HoldChanged = {
        var change = changedHold
        change.hold.admission = admittedEntry
        return change
    }()

    static let soldWithAdmission: SeatsSold = {
        var sale = sold
        sale.admission = admittedEntry
        return sale
    }()

    static let admissions: [(golden: String, event: ShowEvent)] = [
        ("HoldPlaced.1.admission", .hold(.placed(placedWithAdmission))),
        ("HoldChanged.1.admission", .hold(.changed(changedWithAdmission))),
        ("SeatsSold.1.admission", .order(.sold(soldWithAdmission))),
        ("AdmissionRuleChanged.1", .admission(.ruleChanged(AdmissionRuleChanged(isRequired: true, at: at)))),
        ("AdmissionRuleChanged.1.off", .admission(.ruleChanged(AdmissionRuleChanged(isRequired: false, at: at)))),
        ("AdmissionEnded.1", .admission(.ended(AdmissionEnded(entryID: admittedEntry, at: at)))),
    ]

    static let changes: [(golden: String, event: ShowEvent)] =
        [
            ("ShowCreated.1.ticket-types", .created(createdWithTypes)), ("ShowChanged.1", .changed(changedShow)),
            ("HoldPlaced.1.ticket-types", .hold(.placed(placedWithTypes))),
            ("HoldExpired.1.allocation", .hold(.expired(endedInAllocation))),
            ("HoldChanged.1", .hold(.changed(changedHold))),
            ("SeatsSold.1.ticket-types", .order(.sold(soldWithTypes))), ("PlacesChanged.1", .places(places)),
            ("PlacesChanged.1.areas", .places(areasOnly)), ("AllocationsChanged.1", .allocations(allocations)),
        ]
        + admissions

    static let refusedChanges: [(golden: String, outcome: Outcome)] = [
        ("Outcome.sale-ended", .rejected(.saleEnded(at: at))), ("Outcome.show-postponed", .rejected(.showPostponed)),
        ("Outcome.invalid-change", .rejected(.invalidChange("onSaleAt must be before startsAt."))),
        ("Outcome.places-in-use", .rejected(.placesInUse([.seat("L-1-1", .sold)]))),
        ("Outcome.unchargeable-price", .rejected(.unchargeable("MGA"))),
        ("Outcome.user-limit", .rejected(.userLimit(12))),
        ("Outcome.unknown-ticket-type", .rejected(.unknownTicketType("Hund"))),
        ("Outcome.too-few-of-ticket-type", .rejected(.tooFewOfType("Kind", limit: 2))),
        ("Outcome.too-many-of-ticket-type", .rejected(.tooManyOfType("Kind", limit: 4))),
        ("Outcome.not-in-hold", .rejected(.notInHold("L-1-9"))),
        ("Outcome.hold-at-limit", .rejected(.holdAtLimit(until: at))),
        ("Outcome.admission-required", .rejected(.admissionRequired)),
        ("Outcome.admission-expired", .rejected(.admissionExpired)),
    ]
}
