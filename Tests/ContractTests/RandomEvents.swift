import Domain
import SeededRandom

/// Seeded events with all that their types allow.
struct RandomEvents {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next() -> ShowEvent {
        switch random.next() % 35 {
        case 0...1: return .created(created())
        case 24:
            var show = created()
            show.plan = nil
            show.areas = []
            return .changed(ShowChanged(show: show, changedAt: time()))
        case 25:
            let plan = number(3) == 0 ? nil : KeptPlan.unpacked(plan())
            return .places(
                PlacesChanged(
                    plan: plan, areas: created().areas,
                    previousIndexes: (0..<(plan?.seatCount ?? number(4))).map { _ in number(9) - 1 }, changedAt: time())
            )
        case 26:
            return .allocations(
                AllocationsChanged(
                    allocations: (0..<number(3)).map { _ in
                        Allocation(
                            name: text(), channel: number(2) == 0 ? nil : text(), label: text(), seats: indexes(),
                            areas: areas(), releasesAt: number(2) == 0 ? nil : time())
                    }, blockedSeats: indexes(), freedSeats: indexes(),
                    blockedUnits: (0..<number(3)).map { _ in AreaBlock(areaID: AreaID(text()), units: index()) },
                    changedAt: time()))
        case 27:
            return .hold(
                .changed(
                    HoldChanged(
                        hold: placed(), addedSeats: indexes(), addedAreas: areas(),
                        dropped: number(2) == 0 ? nil : ended(),
                        mergedHolds: (0..<number(3)).map { _ in HoldID(text()) }, changedAt: time())))
        case 28: return .admission(.ruleChanged(AdmissionRuleChanged(isRequired: number(2) == 0, at: time())))
        case 29: return .admission(.ended(AdmissionEnded(entryID: EntryID(text()), at: time())))
        case 2...4:
            return .hold(.placed(placed()))
        case 5: return .hold(.released(ended()))
        case 6: return .hold(.expired(ended()))
        case 7:
            return .order(
                .started(
                    PurchaseStarted(
                        orderID: OrderID(text()), holdID: HoldID(text()), userID: UserID(text()), paymentMethod: text(),
                        total: amount(), currency: text(), startedAt: time(), expiresAt: time(),
                        extendsHold: number(2) == 0, returnURL: number(2) == 0 ? "" : text()
                    )))
        case 8...9: return .order(.sold(sold()))
        case 10: return .order(.failed(failed()))
        case 11: return .order(.captured(captured()))
        case 12:
            return .order(.voided(PaymentVoided(orderID: OrderID(text()), userID: UserID(text()), voidedAt: time())))
        case 13:
            return .order(.resumed(PaymentResumed(orderID: OrderID(text()), userID: UserID(text()), resumedAt: time())))
        case 14:
            return .order(
                .refunded(
                    PaymentRefunded(
                        orderID: OrderID(text()), userID: UserID(text()), refundID: RefundID(text()), amount: amount(),
                        refundedAt: time())))
        case 15:
            return .order(
                .parked(
                    PaymentParked(orderID: OrderID(text()), userID: UserID(text()), reason: text(), parkedAt: time())))
        case 16: return .order(number(3) == 0 ? .swapped(swapped()) : .returned(returned()))
        case 17:
            return .ticket(
                .scanned(
                    TicketScanned(
                        ticketID: TicketID(text()), orderUserID: UserID(text()), ownerID: UserID(text()),
                        pass: pass(), scannerID: UserID(text()),
                        place: TicketPlace(
                            seat: text(), area: AreaID(text()), seatNumber: text(), row: text(), block: text(),
                            category: text(), ticketType: text()), recordedAt: time())))
        case 18:
            return .ticket(
                .changed(
                    TicketChanged(
                        ticketID: TicketID(text()), orderUserID: UserID(text()), ownerID: UserID(text()),
                        change: change(),
                        changedAt: time())))
        case 19:
            return .ticket(
                .scanUndone(
                    ScanUndone(
                        ticketID: TicketID(text()), orderUserID: UserID(text()), ownerID: UserID(text()), pass: pass(),
                        status: [.valid, .scanned, .outside][number(3)], supervisorID: UserID(text()), undoneAt: time())
                ))
        case 20: return .ticket(.scansUploaded(uploaded()))
        case 21...23: return .order(.money(money()))
        case 30...32: return .waitlist(waitlist())
        default: return .cancelled(ShowCancelled(orders: index(), cancelledAt: time()))
        }
    }

    private mutating func placed() -> HoldPlaced {
        let (seats, areas) = (seats(), areas())
        return HoldPlaced(
            holdID: HoldID(text()), userID: UserID(text()), seats: seats, resaleSeats: indexes(),
            blockedSeats: number(3) == 0 ? indexes() : [], areas: areas, fares: fares(seats.count, areas),
            total: amount(), currency: text(), placedAt: time(), expiresAt: time(), admission: entry(),
            offerOf: number(4) == 0 ? WaitlistEntryID("w" + text()) : nil)
    }

    private mutating func waitlist() -> WaitlistEvent {
        let (entry, user) = (WaitlistEntryID(text()), UserID(text()))
        switch number(5) {
        case 0:
            return .joined(
                WaitlistJoined(
                    entryID: entry, userID: user, number: max(1, index()), place: index(), wish: wish(),
                    ticketTypes: number(2) == 0 ? [:] : ["child": number(9), text(): index()], joinedAt: time()))
        case 1: return .left(WaitlistLeft(entryID: entry, userID: user, leftAt: time()))
        case 2:
            return .offered(
                WaitlistOffered(
                    entryID: entry, userID: user, holdID: HoldID(text()),
                    passed: (0..<number(4)).map { _ in WaitlistEntryID(text()) }, offeredAt: time()))
        case 3:
            return .closed(
                WaitlistClosed(
                    wish: number(2) == 0 ? nil : wish(), reason: WaitlistClosed.Reason.allCases[number(3)],
                    closedAt: time()))
        default:
            return .scheduled(
                WaitlistScheduled(
                    dueAt: number(2) == 0 ? nil : time(), isBehind: number(2) == 0, scheduledAt: time()))
        }
    }

    private mutating func wish() -> WaitlistWish {
        let scopes: [WaitlistWish.Scope] = [
            .anywhere, .category(text()), .zone(text()), .row(text(), zone: number(2) == 0 ? nil : "z" + text()),
            .areas((0..<number(4)).map { _ in AreaID(text()) }),
        ]
        return WaitlistWish(
            quantity: 1 + number(100), scope: scopes[number(5)], isTogether: number(2) == 0,
            isAccessible: number(2) == 0)
    }

    /// An event has an entry, or none: never one without a name.
    private mutating func entry() -> EntryID? { number(2) == 0 ? nil : EntryID("e\(text())") }

    /// None, or as many as places.
    private mutating func fares(_ seats: Int, _ areas: [AreaQuantity]) -> FareList {
        let count = areas.reduce(seats) { $0 + $1.quantity }
        guard number(2) == 0, count > 0 else { return FareList() }
        func fare() -> Fare {
            Fare(ticketType: text(), price: Int64(number(9_999)), fee: Int64(number(99)), tax: Int64(number(99)))
        }
        let first = Int.random(in: 1...min(count, 100), using: &random)
        let rest = stride(from: first, to: count, by: Int(UInt32.max)).map {
            FareList.Run(fare(), count: min(count - $0, Int(UInt32.max)))
        }
        return FareList(runs: [FareList.Run(fare(), count: first)] + rest)
    }

    private mutating func ended() -> HoldEnded {
        HoldEnded(
            holdID: HoldID(text()), userID: UserID(text()), seatIndexes: indexes(), resaleSeats: indexes(),
            blockedSeats: number(3) == 0 ? indexes() : [], areas: areas(),
            endedAt: time())
    }

    private mutating func sold() -> SeatsSold {
        let seats = seats()
        let areas = (0..<number(3)).map { _ in AreaQuantity(areaID: AreaID(text()), quantity: number(9)) }
        return SeatsSold(
            orderID: OrderID(text()), holdID: HoldID(text()), userID: UserID(text()), seats: seats, areas: areas,
            fares: fares(seats.count, areas), wasHeld: number(2) == 0,
            resold: (0..<number(3)).map { _ in
                ResoldSeat(
                    seatIndex: index(), ticketID: TicketID(text()), sellerID: UserID(text()),
                    refundID: RefundID(text()),
                    amount: amount(), paymentID: text())
            }, total: amount(), currency: text(), paymentID: text(), soldAt: time(), admission: entry())
    }

    private mutating func failed() -> PurchaseFailed {
        let reasons: [PurchaseFailed.Reason] = [.declined(text()), .expired, .showCancelled, .abandoned]
        let payments: [PurchaseFailed.Payment] = [.none, .unknown, .authorized("pi")]
        return PurchaseFailed(
            orderID: OrderID(text()), holdID: HoldID(text()), userID: UserID(text()), reason: reasons[number(4)],
            payment: payments[number(3)], failedAt: time())
    }

    private mutating func captured() -> PaymentCaptured {
        PaymentCaptured(
            orderID: OrderID(text()), userID: UserID(text()), amount: amount(), capturedAt: time())
    }

    private mutating func returned() -> TicketsReturned {
        TicketsReturned(
            orderID: OrderID(text()), userID: UserID(text()), tickets: indexes(), seatIndexes: indexes(),
            resaleSeats: indexes(), blockedSeats: number(3) == 0 ? indexes() : [], areas: areas(),
            reason: [.requested, .showCancelled, .revoked, .ended][number(4)],
            refundID: RefundID(text()), amount: amount(), paymentID: text(), needsDecision: number(2) == 0,
            returnedAt: time())
    }

    private mutating func swapped() -> TicketsSwapped {
        TicketsSwapped(
            orderID: OrderID(text()), userID: UserID(text()),
            swaps: seats().map { seat in
                .init(
                    ticket: index(), oldSeat: index(), seat: seat,
                    fare: Fare(
                        ticketType: text(), price: Int64(number(9_999)), fee: Int64(number(99)), tax: Int64(number(99))),
                    generation: index())
            }, blockedSeats: indexes(), allocatedSeats: indexes(), refundID: RefundID(text()), amount: amount(),
            paymentID: text(), swappedBy: UserID(text()), swappedAt: time())
    }

    private mutating func money() -> MoneyEvent {
        let (order, user) = (OrderID(text()), UserID(text()))
        switch random.next() % 6 {
        case 0:
            return .actionRequired(
                PaymentActionRequired(
                    orderID: order, userID: user, paymentID: text(), sealedSecret: Array(text().utf8),
                    requiredAt: time()))
        case 1:
            return .refunded(
                ProviderRefunded(
                    orderID: order, userID: user, paymentID: text(), refundID: text(), amount: amount(),
                    settled: settled(), needsDecision: number(2) == 0, recordedAt: time()))
        case 2:
            return .disputed(
                DisputeChanged(
                    orderID: order, userID: user, paymentID: text(), disputeID: text(),
                    status: DisputeChanged.Status.allCases[number(5)], amount: amount(), reason: text(),
                    settled: settled(), needsDecision: number(2) == 0, recordedAt: time()))
        case 3:
            return .accepted(PaymentAccepted(orderID: order, userID: user, settled: settled(), acceptedAt: time()))
        case 4:
            return .suspended(TicketsSuspended(orderID: order, userID: user, tickets: indexes(), suspendedAt: time()))
        default: return .restored(TicketsRestored(orderID: order, userID: user, tickets: indexes(), restoredAt: time()))
        }
    }

    private mutating func settled() -> [SettledRefund] {
        (0..<number(3)).map { _ in SettledRefund(refundID: RefundID(text()), amount: amount(), isWhole: number(2) == 0)
        }
    }

    private mutating func pass() -> DoorPass {
        DoorPass(direction: number(2) == 0 ? .entry : .exit, at: time(), gate: text())
    }

    private mutating func uploaded() -> ScansUploaded {
        let entries = (0..<number(4)).map { _ in
            let results: [ScansUploaded.Result] = [
                .recorded, .repeated, .refused(Rejection.Code(text())),
                .refused(Rejection.Code(text()), subject: text(), against: pass()),
            ]
            return ScansUploaded.Entry(ticketID: number(3) == 0 ? nil : TicketID(text()), result: results[number(4)])
        }
        return ScansUploaded(scannerID: UserID(text()), entries: entries, uploadedAt: time())
    }

    private mutating func change() -> TicketChanged.Change {
        switch random.next() % 5 {
        case 0: .offered(to: UserID(text()))
        case 1: .offerWithdrawn(to: UserID(text()))
        case 2: .accepted(by: UserID(text()), generation: index())
        case 3: .listed(seatIndex: index(), price: amount())
        default: .unlisted(seatIndex: index())
        }
    }

    private mutating func created() -> ShowCreated {
        let limit = number(2) == 0 ? Int(UInt32.max) : number(20)
        var prices: [String: Int64] = [:]
        for _ in 0..<number(4) { prices[text()] = Int64(random.next() >> 33) }
        var show = ShowCreated(
            showID: ShowID(text()), name: text(), artist: text(), venue: venue(),
            startsAt: time(), onSaleAt: number(2) == 0 ? nil : time(), currency: text(), prices: prices,
            holdSeconds: Int64(truncatingIfNeeded: random.next()), maxSeatsPerHold: limit,
            seatingPlan: number(2) == 0 ? nil : plan(),
            areas: (0..<number(4)).map { _ in
                Area(areaID: AreaID(text()), name: text(), capacity: index(), category: text())
            }, paymentSeconds: number(2) == 0 ? ShowCreated.paymentSecondsDefault : Int64(1 + number(9_999)),
            regrantsLatePayments: number(2) == 0, orphans: OrphanRule.allCases[number(3)],
            accessibleReleasedAt: number(2) == 0 ? nil : time(), category: number(2) == 0 ? nil : "c" + text(),
            isDraft: number(2) == 0, createdAt: time())
        show.doorsAt = number(2) == 0 ? nil : time()
        show.offSaleAt = number(2) == 0 ? nil : time()
        show.postponedFrom = number(2) == 0 ? nil : time()
        show.holdSecondsMax = number(2) == 0 ? nil : Int64(1 + number(9_999))
        show.maxSeatsPerUser = number(2) == 0 ? nil : 1 + number(9_999)
        show.isPostponed = number(2) == 0
        show.offerSeconds = number(2) == 0 ? ShowCreated.offerSecondsDefault : Int64(1 + number(9_999))
        show.waitlistEntriesPerUser = 1 + number(9)
        for _ in 0..<number(3) {
            show.ticketTypes[text()] = (0..<number(3)).map { _ in
                TicketType(
                    name: text(), price: Int64(number(9_999)), fee: Int64(number(99)), tax: Int64(number(99)),
                    minPerOrder: number(9), maxPerOrder: number(2) == 0 ? nil : 1 + number(9))
            }
        }
        return show
    }

    private mutating func venue() -> Venue {
        var venue = Venue(name: text(), city: text())
        if number(2) == 0 { venue.venueID = VenueID("v" + text()) }
        if number(2) == 0 { venue.country = "DE" }
        if number(2) == 0 { venue.timeZone = "Europe/Berlin" }
        if number(2) == 0 { venue.location = Location(latitude: double(), longitude: double()) }
        return venue
    }

    private mutating func rest() -> SeatingPlan.Rest {
        let members = ["", #""uuid":"4f""#, #""größe":[1,{"a":null}],"x":"\u00fc""#]
        return number(2) == 0
            ? .none
            : SeatingPlan.Rest(
                members: members[number(3)],
                unwritten: SeatingPlan.Members(rawValue: number(2) == 0 ? 0 : UInt32(truncatingIfNeeded: random.next()))
            )
    }

    private mutating func plan() -> SeatingPlan {
        let categories = (0..<(1 + number(3))).map { _ in
            SeatingPlan.Category(name: text(), color: text(), rest: rest())
        }
        return SeatingPlan(
            name: text(), size: SeatingPlan.Size(width: double(), height: double()), categories: categories,
            zones: (0..<number(3)).map { _ in
                SeatingPlan.Zone(
                    name: text(), position: position(),
                    rows: (0..<number(3)).map { _ in
                        SeatingPlan.Row(
                            number: text(), position: position(),
                            seats: (0..<number(4)).map { _ in
                                SeatingPlan.Seat(
                                    guid: text(), number: text(), position: position(),
                                    category: number(categories.count), isAccessible: number(3) == 0,
                                    isCompanion: number(3) == 0, rest: rest())
                            }, rank: number(2) == 0 ? nil : double(), rest: rest())
                    }, shapes: (0..<number(3)).map { _ in shape() }, rest: rest())
            }, focalPoint: number(2) == 0 ? nil : position(), rest: rest())
    }

    private mutating func shape() -> SeatingPlan.Shape {
        let outline: SeatingPlan.Shape.Outline
        switch random.next() % 5 {
        case 0: outline = .circle(radius: double())
        case 1: outline = .ellipse(radius: position())
        case 2: outline = .rectangle(SeatingPlan.Size(width: double(), height: double()))
        case 3: outline = .polygon((0..<number(4)).map { _ in position() })
        default: outline = .text
        }
        let label = SeatingPlan.Shape.Label(text: text(), color: text(), size: double(), position: position())
        return SeatingPlan.Shape(
            outline: outline, position: position(), color: text(), borderColor: text(), rotation: double(),
            label: number(2) == 0 ? nil : label, rest: rest())
    }

    private mutating func areas() -> [AreaQuantity] {
        (0..<number(3)).map { _ in
            AreaQuantity(areaID: AreaID(text()), quantity: index(), allocation: number(4) == 0 ? text() : "")
        }
    }

    private mutating func seats() -> [HeldSeat] {
        (0..<number(5)).map { _ in HeldSeat(index: index(), guid: text()) }
    }

    private mutating func indexes() -> [Int] { (0..<number(5)).map { _ in index() } }

    private mutating func amount() -> Int64 { Int64(truncatingIfNeeded: random.next()) }

    private mutating func number(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

    private mutating func index() -> Int { number(10) == 0 ? Int(UInt32.max) : number(100_000) }

    private mutating func time() -> Timestamp {
        [Timestamp(microseconds: .min), Timestamp(microseconds: .max), Timestamp(microseconds: 0)]
            .randomElement(using: &random).map {
                number(3) == 0 ? $0 : Timestamp(microseconds: Int64(random.next() >> 10))
            }
            ?? Sample.at
    }

    private mutating func position() -> SeatingPlan.Position { SeatingPlan.Position(x: double(), y: double()) }

    private mutating func double() -> Double {
        number(4) == 0 ? 0 : Double(Int64(truncatingIfNeeded: random.next())) / 1_000
    }

    private mutating func text() -> String {
        ["", "a", "Rang links", "ü", "🎟️", "\0", "\u{202E}rtl", "\"quoted\"", String(repeating: "x", count: 300)]
            .randomElement(using: &random) ?? ""
    }
}
