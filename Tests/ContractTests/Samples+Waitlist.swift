import Domain

// What came with waiting lists.
extension Sample {
    private static let entry = WaitlistEntryID("0123456789abcdef-abcdefghijklmnopqrstuvwxyz")

    static let createdWithWaitlist: ShowCreated = {
        var show = createdWithTypes
        show.offerSeconds = 600
        show.waitlistEntriesPerUser = 3
        return show
    }()

    static let placedAsOffer: HoldPlaced = {
        var hold = placed
        hold.offerOf = entry
        return hold
    }()

    private static func joined(_ scope: WaitlistWish.Scope) -> ShowEvent {
        let wish = WaitlistWish(quantity: 4, scope: scope, isTogether: scope == .anywhere, isAccessible: true)
        return .waitlist(
            .joined(
                WaitlistJoined(
                    entryID: entry, userID: user, number: 4_711, place: 12, wish: wish,
                    ticketTypes: scope == .anywhere ? [:] : ["Kind": 2, "Erwachsene": 2], joinedAt: at)))
    }

    static let waitlist: [(golden: String, event: ShowEvent)] = [
        ("ShowCreated.1.waitlist", .created(createdWithWaitlist)),
        ("HoldPlaced.1.offer", .hold(.placed(placedAsOffer))),
        ("WaitlistJoined.1", joined(.anywhere)), ("WaitlistJoined.1.category", joined(.category("Parkett"))),
        ("WaitlistJoined.1.zone", joined(.zone("Links"))), ("WaitlistJoined.1.row", joined(.row("7", zone: "Links"))),
        ("WaitlistJoined.1.areas", joined(.areas([AreaID("floor"), AreaID("pit")]))),
        ("WaitlistLeft.1", .waitlist(.left(WaitlistLeft(entryID: entry, userID: user, leftAt: at)))),
        (
            "WaitlistOffered.1",
            .waitlist(
                .offered(
                    WaitlistOffered(
                        entryID: entry, userID: user, holdID: HoldID(offeredTo: entry),
                        passed: [WaitlistEntryID("0123456789abcdef-a"), WaitlistEntryID("0123456789abcdef-b")],
                        offeredAt: at)))
        ),
        ("WaitlistClosed.1", .waitlist(.closed(WaitlistClosed(reason: .saleEnded, closedAt: at)))),
        (
            "WaitlistClosed.1.wish",
            .waitlist(
                .closed(
                    WaitlistClosed(
                        wish: WaitlistWish(quantity: 2, scope: .row("7", zone: nil)), reason: .noSuchPlaces,
                        closedAt: at)))
        ),
        ("WaitlistScheduled.1", .waitlist(.scheduled(WaitlistScheduled(dueAt: at, isBehind: true, scheduledAt: at)))),
        ("WaitlistScheduled.1.never", .waitlist(.scheduled(WaitlistScheduled(dueAt: nil, scheduledAt: at)))),
    ]

    static let refusedWaits: [(golden: String, outcome: Outcome)] = [
        ("Outcome.waitlist-entry-not-found", .rejected(.waitlistEntryNotFound)),
        ("Outcome.already-on-waitlist", .rejected(.alreadyOnWaitlist("0123456789abcdef-a"))),
        ("Outcome.waitlist-unfillable", .rejected(.waitlistUnfillable)),
        ("Outcome.waitlist-full", .rejected(.waitlistFull)),
        ("Outcome.offered-to-waitlist", .rejected(.offeredToWaitlist)),
    ]
}
