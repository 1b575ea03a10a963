import Domain
import Testing

@Suite struct `A venue` {
    private let now = Timestamp(microseconds: 5_000_000)

    private func venue(_ change: (inout VenueCreated) -> Void = { _ in }) -> VenueCreated {
        var venue = VenueCreated(
            venueID: VenueID("v"), name: "Hall", city: "Köln", country: "DE", timeZone: "Europe/Berlin",
            location: Location(latitude: 50.9, longitude: 6.9),
            areas: [Area(areaID: AreaID("floor"), name: "Floor", capacity: 10, category: "A")],
            createdAt: .distantPast)
        change(&venue)
        return venue
    }

    @Test func `is created once, at the time of the decision`() throws {
        var state = VenueState()
        let events = try state.decide(.create(ValidVenue(venue())), now: now)
        #expect(events == [.created(venue { $0.createdAt = now })])
        let undo = state.evolve(events[0])
        #expect(throws: Rejection(.venueExists)) { try state.decide(.create(ValidVenue(venue())), now: now) }
        state.revert(undo)
        #expect(state.venue == nil)
        #expect(try state.decide(.create(ValidVenue(venue())), now: now).count == 1)
    }

    @Test func `has no deadlines`() throws {
        #expect(VenueState().nextDeadline == nil)
        #expect(try VenueState().decide(VenueState.onDeadline(limit: 10), now: now).isEmpty)
        #expect(VenueEvent.created(venue()).deadlineChange == .none)
    }

    @Test func `needs neither seats nor areas`() throws {
        _ = try ValidVenue(venue { $0.areas = [] })
    }

    @Test(arguments: [
        "", "Europe Berlin", "../../etc/passwd", "Europe/Köln", String(repeating: "a", count: 65), "\u{0}",
    ])
    func `of a zone that can't be one is refused`(zone: String) {
        let invalid = #expect(throws: InvalidShow.self) { try ValidVenue(venue { $0.timeZone = zone }) }
        #expect(invalid?.reason.hasPrefix("timeZone") == true)
    }

    @Test(
        arguments: [(90.001, 0), (-90.001, 0), (0, 180.5), (0, -181), (.nan, 0), (0, .infinity)] as [(Double, Double)])
    func `beside the earth is refused`(latitude: Double, longitude: Double) {
        let invalid = #expect(throws: InvalidShow.self) {
            try ValidVenue(venue { $0.location = Location(latitude: latitude, longitude: longitude) })
        }
        #expect(invalid?.reason.contains("location") == true)
    }

    @Test(arguments: ["de", "DEU", "", "Ö1"]) func `of no country is refused`(country: String) {
        #expect(throws: InvalidShow.self) { try ValidVenue(venue { $0.country = country }) }
    }

    @Test func `with a name, an area or a plan that can't be is refused`() {
        #expect(throws: InvalidShow.self) { try ValidVenue(venue { $0.name = " " }) }
        #expect(throws: InvalidShow.self) { try ValidVenue(venue { $0.city = "a\nb" }) }
        #expect(throws: InvalidShow.self) { try ValidVenue(venue { $0.areas[0].capacity = 0 }) }
        #expect(throws: InvalidShow.self) { try ValidVenue(venue { $0.areas += $0.areas }) }
        let empty = SeatingPlan(name: "", size: SeatingPlan.Size(width: 0, height: 0), categories: [], zones: [])
        let invalid = #expect(throws: InvalidShow.self) { try ValidVenue(venue { $0.plan = .unpacked(empty) }) }
        #expect(invalid?.subject == .seatingPlan)
    }

    @Test func `has streams of its own, and an id that repeats`() {
        let command = CommandID(high: 1, low: 2)
        #expect(VenueID(createdBy: command) == VenueID(createdBy: command))
        #expect(VenueID("v").stream.rawValue == "venue:v")
        #expect(VenueID("v").stream.category == VenueState.category)
    }
}

@Suite struct `A draft` {
    @Test func `can't be held, and is told as no show, cancelled or not`() throws {
        var show = SampleShow.created()
        show.isDraft = true
        var state = ShowState()
        state.evolve(.created(show))
        let hold = PlaceHold(
            holdID: HoldID("h"), userID: UserID("ann"), selection: .named(seats: ["1-1"], areas: []))
        #expect(throws: Rejection.showNotFound) { try state.decide(.placeHold(hold), now: show.createdAt) }
        state.evolve(.cancelled(ShowCancelled(orders: 0, cancelledAt: show.createdAt)))
        #expect(throws: Rejection.showNotFound) { try state.decide(.placeHold(hold), now: show.createdAt) }
    }
}
