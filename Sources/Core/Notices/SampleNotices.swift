import Domain

/// Notices to try templates with: each kind, with everything that it may say.
enum SampleNotices {
    static func frame(_ language: String) -> NoticeContext.Frame {
        NoticeContext.Frame(
            shopURL: "https://shop.example", senderName: "Harbour Hall", language: language,
            unsubscribeURL: "https://shop.example/unsubscribe")
    }

    /// Everything that templates of a kind may name; nil: whatever the kind.
    static func names(of kind: NoticeKind?) -> Set<String> {
        let mine = all.filter { kind == nil || $0.notice.kind == kind }.map {
            names(in: NoticeContext($0.notice, $0.show, frame("en")).values)
        }
        // A layout is everybody's.
        return kind == nil
            ? mine.dropFirst().reduce(mine[0]) { $0.intersection($1) }
            : mine.reduce([]) { $0.union($1) }
    }

    private static func names(in values: [String: Any]) -> Set<String> {
        values.reduce(into: []) { names, value in
            names.insert(value.key)
            if let inner = value.value as? [String: Any] { names.formUnion(Self.names(in: inner)) }
            for inner in value.value as? [[String: Any]] ?? [] { names.formUnion(Self.names(in: inner)) }
        }
    }

    static let all: [(notice: Notice, show: ShowFacts)] = {
        let (before, show) = shows
        let (order, user) = (OrderID("show-order"), UserID("ann"))
        let now = Timestamp(microseconds: 1_900_000_000_000_000)
        let fare = Fare(ticketType: "Child", price: 1_500, fee: 100)
        let seat = OrderRecord.Ticket(
            ticketID: TicketID(1, of: order), seat: "a-4-12", area: nil, fare: fare, owner: user)
        let unit = OrderRecord.Ticket(
            ticketID: TicketID(2, of: order), seat: nil, area: AreaID("floor"), fare: fare, owner: user)
        let held = HeldSeat(index: 0, guid: "a-4-12")
        let areas = [AreaQuantity(areaID: AreaID("floor"), quantity: 1)]
        let sold = SeatsSold(
            orderID: order, holdID: HoldID("hold"), userID: user, seats: [held], areas: areas,
            fares: FareList([fare, fare]), wasHeld: true, resold: [], total: 3_200, currency: "EUR", paymentID: "p",
            soldAt: now)
        let hold = HoldPlaced(
            holdID: HoldID("hold"), userID: user, seats: [held], areas: areas, total: 3_200, currency: "EUR",
            placedAt: now, expiresAt: now.adding(seconds: 900), offerOf: WaitlistEntryID("entry"))
        let resold = ResoldSeat(
            seatIndex: 0, ticketID: TicketID(1, of: order), sellerID: user, refundID: RefundID("r"), amount: 1_600,
            paymentID: "p")
        let contents: [(NoticeKind, Notice.Content)] =
            [
                (.order, .order(sold)), (.paymentAction, .paymentAction(order)),
                (.refund, .refund(order, amount: 3_200)), (.ticketResold, .ticketsResold([resold])),
                (.seatsChanged, .tickets(order, [seat, unit])), (.ticketReceived, .tickets(order, [seat, unit])),
                (.transferOffered, .transfer(seat)), (.transferOffered, .transfer(unit)),
                (.transferAccepted, .transfer(seat)), (.transferAccepted, .transfer(unit)),
                (.waitlistJoined, .waitlistJoined(place: 3)), (.waitlistOffer, .waitlistOffer(hold)),
                (.admission, .admission(claimUntil: now, sessionUntil: now.adding(seconds: 600))),
                (.admissionMissed, .admissionMissed), (.showChanged, .showChanged(before)),
                (.showCancelled, .showCancelled(order, amount: 3_200)),
                (.showCancelled, .showCancelled(nil, amount: 0)),
            ]
            + [PurchaseFailed.Reason.declined("card_declined"), .expired, .abandoned].map {
                (.paymentFailed, .paymentFailed(order, $0))
            }
            + [TicketsReturned.Reason.revoked, .requested, .ended].map {
                (.ticketsEnded, .ticketsEnded(order, [1, 2], $0))
            }
        return contents.map { (Notice($0, to: user, of: show.showID, $1), show) }
    }()

    private static var shows: (before: ShowFacts, after: ShowFacts) {
        let plan = SeatingPlan(
            name: "Hall", size: .init(width: 1, height: 1), categories: [.init(name: "A", color: "")],
            zones: [
                .init(
                    name: "Stalls", position: .zero,
                    rows: [
                        .init(
                            number: "4", position: .zero,
                            seats: [.init(guid: "a-4-12", number: "12", position: .zero, category: 0)])
                    ],
                    shapes: [])
            ])
        var created = ShowCreated(
            showID: ShowID("show"), name: "Night", artist: "Band",
            venue: Venue(name: "Hall", city: "Ghent", timeZone: "Europe/Brussels"),
            startsAt: Timestamp(microseconds: 1_925_000_000_000_000), onSaleAt: nil, currency: "EUR",
            prices: ["A": 1_500], holdSeconds: 300, maxSeatsPerHold: 6, seatingPlan: plan,
            areas: [Area(areaID: AreaID("floor"), name: "Floor", capacity: 9, category: "A")],
            createdAt: Timestamp(microseconds: 1_890_000_000_000_000))
        created.doorsAt = Timestamp(microseconds: 1_924_996_400_000_000)
        let before = ShowFacts(created)
        created.name = "Another night"
        created.venue.name = "Other hall"
        created.startsAt = Timestamp(microseconds: 1_926_000_000_000_000)
        return (before, ShowFacts(created))
    }
}
