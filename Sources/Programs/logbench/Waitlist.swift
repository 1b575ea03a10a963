import ArgumentParser
import Domain
import SeededRandom

/// How long the release of a hold takes with the offer that follows from it, without HTTP and log.
struct Waitlist: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Releases holds of a sold-out house whose waiting list is long; prints microseconds as JSON.",
        discussion: """
            All seats are held in pairs, and people wait with mixed wishes: one to four places anywhere, in a zone or in a \
            row, together or apart. Each release is measured as the sequencer performs it: decided and folded in, with \
            the offers that follow.
            """)

    @Option(help: "People who wait (1 to 1000000).") var entries = 100_000
    @Option(help: "Seats (400 to 200000).") var seats = 20_000
    @Option(help: "Releases (1 to 10000).") var runs = 5_000

    private static let seatsPerRow = 40
    private static let rowsPerZone = 50

    func validate() throws {
        guard (1...1_000_000).contains(entries), (400...200_000).contains(seats), (1...10_000).contains(runs),
            runs <= seats / 2
        else {
            throw ValidationError("--entries, --seats or --runs is out of range, or --runs is over half of --seats.")
        }
    }

    func run() throws {
        var random = SeededGenerator(seed: 1)
        var show = try show(&random)
        let pairs = (0..<(seats / 2)).shuffled(using: &random).prefix(runs)
        var microseconds: [Double] = []
        var offers = 0
        for pair in pairs {
            let command = ShowCommand.releaseHold(HoldID("held-\(pair)"), by: UserID("owner-\(pair)"))
            var done: [(event: ShowEvent, undo: ShowState.Undo)] = []
            let start = ContinuousClock.now
            let events = try show.perform(command, now: Timestamp(microseconds: 3), recording: &done)
            microseconds.append(start.duration(to: .now) / .microseconds(1))
            offers += events.count { if case .waitlist(.offered) = $0 { true } else { false } }
        }
        microseconds.sort()
        let (median, most) = (microseconds[runs / 2], microseconds[runs * 99 / 100])
        print(
            "{\"entries\": \(entries), \"seats\": \(seats), \"releases\": \(runs), \"offers\": \(offers), "
                + "\"median\": \(median), \"p99\": \(most)}")
    }

    private func show(_ random: inout SeededGenerator) throws -> ShowState {
        var show = ShowState()
        show.evolve(.created(created))
        func perform(_ command: ShowCommand, at microseconds: Int64) throws {
            var done: [(event: ShowEvent, undo: ShowState.Undo)] = []
            _ = try show.perform(command, now: Timestamp(microseconds: microseconds), recording: &done)
        }
        for pair in 0..<(seats / 2) {
            let command = PlaceHold(
                holdID: HoldID("held-\(pair)"), userID: UserID("owner-\(pair)"),
                selection: .named(seats: ["\(2 * pair)", "\(2 * pair + 1)"], areas: []))
            try perform(.placeHold(command), at: 1)
        }
        for entry in 0..<entries {
            let command = JoinWaitlist(
                entryID: WaitlistEntryID("entry-\(entry)"), userID: UserID("user-\(entry)"), wish: wish(&random))
            try perform(.waitlist(.join(command)), at: 2)
        }
        return show
    }

    private func wish(_ random: inout SeededGenerator) -> WaitlistWish {
        let row = Int.random(in: 0..<(seats / Self.seatsPerRow), using: &random)
        let zone = "zone \(row / Self.rowsPerZone)"
        let scopes: [WaitlistWish.Scope] = [.anywhere, .category("Seat"), .zone(zone), .row("\(row)", zone: zone)]
        return WaitlistWish(
            quantity: Int.random(in: 1...4, using: &random),
            scope: scopes[Int.random(in: 0..<scopes.count, using: &random)],
            isTogether: Bool.random(using: &random))
    }

    private var created: ShowCreated {
        let rows = (0..<(seats / Self.seatsPerRow)).map { row in
            SeatingPlan.Row(
                number: "\(row)", position: SeatingPlan.Position(x: 0, y: Double(row) * 40),
                seats: (0..<Self.seatsPerRow).map { seat in
                    SeatingPlan.Seat(
                        guid: "\(row * Self.seatsPerRow + seat)", number: "\(seat)",
                        position: SeatingPlan.Position(x: Double(seat) * 25, y: 0), category: 0)
                })
        }
        let zones = stride(from: 0, to: rows.count, by: Self.rowsPerZone).map { first in
            SeatingPlan.Zone(
                name: "zone \(first / Self.rowsPerZone)", position: .zero,
                rows: Array(rows[first..<min(first + Self.rowsPerZone, rows.count)]), shapes: [])
        }
        let plan = SeatingPlan(
            name: "Hall", size: SeatingPlan.Size(width: 1_000, height: 1_000),
            categories: [SeatingPlan.Category(name: "Seat", color: "")], zones: zones,
            focalPoint: SeatingPlan.Position(x: 500, y: -200))
        return ShowCreated(
            showID: ShowID("s"), name: "n", artist: "a", venue: Venue(name: "v", city: "c"),
            startsAt: Timestamp(microseconds: 1_000_000_000_000), onSaleAt: nil, currency: "EUR",
            prices: ["Seat": 100], holdSeconds: 86_400, maxSeatsPerHold: 100, seatingPlan: plan, areas: [],
            createdAt: Timestamp(microseconds: 0))
    }
}
