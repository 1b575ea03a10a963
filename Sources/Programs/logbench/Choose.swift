import ArgumentParser
import Domain
import SeededRandom

/// How long the best seats of a nearly sold-out house take to choose, without HTTP and log.
struct Choose: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Chooses the best seats of a nearly sold-out house; prints microseconds as JSON, a line for each map.",
        discussion: """
            Each map has a part of its seats held: at random, every second one, or all but runs of three and of one. The \
            quantities of a line are asked for in turn; nothing is held by them.
            """)

    @Option(help: "Seats (1 to 200000).") var seats = 20_000
    @Option(help: "Seats in a row (1 to 1000), with an aisle in the middle.") var seatsPerRow = 40
    @Option(help: "The part that is held at random (0 to 1).") var sold = 0.9
    @Option(help: "Choices for each quantity (1 to 100000).") var runs = 500

    private static let quantities = [1, 2, 4, 6, 20, 100]

    func validate() throws {
        guard (1...200_000).contains(seats), (1...1_000).contains(seatsPerRow), (0...1).contains(sold),
            (1...100_000).contains(runs)
        else { throw ValidationError("--seats, --seats-per-row, --sold or --runs is out of range.") }
    }

    func run() throws {
        var random = SeededGenerator(seed: 1)
        let maps: [(name: String, isHeld: (Int) -> Bool)] = [
            ("random", { _ in Double.random(in: 0..<1, using: &random) < sold }),
            ("every-second", { !$0.isMultiple(of: 2) }), ("threes-and-ones", { [3, 5].contains($0 % 6) }),
        ]
        for (name, isHeld) in maps {
            let show = try show(isHeld)
            for quantity in Self.quantities { print(measure(show, name, quantity)) }
        }
    }

    private func measure(_ show: ShowState, _ map: String, _ quantity: Int) -> String {
        let command = ShowCommand.placeHold(
            PlaceHold(
                holdID: HoldID("h"), userID: UserID("ann"),
                selection: .best(PlaceHold.BestPlaces(quantity: quantity))))
        var microseconds: [Double] = []
        var outcome = "held"
        for _ in 0..<runs {
            let start = ContinuousClock.now
            do {
                _ = try show.decide(command, now: Timestamp(microseconds: 2))
            } catch {
                outcome = "\(error.code)"
            }
            microseconds.append(start.duration(to: .now) / .microseconds(1))
        }
        microseconds.sort()
        let (median, most) = (microseconds[microseconds.count / 2], microseconds[microseconds.count * 99 / 100])
        return "{\"map\": \"\(map)\", \"seats\": \(seats), \"quantity\": \(quantity), \"outcome\": \"\(outcome)\", "
            + "\"median\": \(median), \"p99\": \(most)}"
    }

    /// The seats for which `isHeld` returns true are held, a hundred at a time.
    private func show(_ isHeld: (Int) -> Bool) throws -> ShowState {
        var show = ShowState()
        show.evolve(.created(created))
        let held = (0..<seats).filter(isHeld)
        for (index, start) in stride(from: 0, to: held.count, by: 100).enumerated() {
            let guids = held[start..<min(start + 100, held.count)].map { "\($0)" }
            let command = PlaceHold(
                holdID: HoldID("held-\(index)"), userID: UserID("eve"), selection: .named(seats: guids, areas: []))
            for event in try show.decide(.placeHold(command), now: Timestamp(microseconds: 1)) { show.evolve(event) }
        }
        return show
    }

    private var created: ShowCreated {
        let rows = stride(from: 0, to: seats, by: seatsPerRow).map { start in
            SeatingPlan.Row(
                number: "\(start / seatsPerRow)",
                position: SeatingPlan.Position(x: 0, y: Double(start / seatsPerRow) * 40),
                seats: (start..<min(start + seatsPerRow, seats)).map { seat in
                    let place = seat - start
                    let x = Double(place) * 25 + (place < seatsPerRow / 2 ? 0 : 100)
                    return SeatingPlan.Seat(
                        guid: "\(seat)", number: "\(place)", position: SeatingPlan.Position(x: x, y: 0), category: 0)
                })
        }
        let plan = SeatingPlan(
            name: "Hall", size: SeatingPlan.Size(width: 1_000, height: 1_000),
            categories: [SeatingPlan.Category(name: "Seat", color: "")],
            zones: [SeatingPlan.Zone(name: "Hall", position: .zero, rows: rows, shapes: [])],
            focalPoint: SeatingPlan.Position(x: 500, y: -200))
        return ShowCreated(
            showID: ShowID("s"), name: "n", artist: "a", venue: Venue(name: "v", city: "c"),
            startsAt: Timestamp(microseconds: 1_000_000_000), onSaleAt: nil, currency: "EUR", prices: ["Seat": 100],
            holdSeconds: 86_400, maxSeatsPerHold: 100, seatingPlan: plan, areas: [],
            createdAt: Timestamp(microseconds: 0))
    }
}
