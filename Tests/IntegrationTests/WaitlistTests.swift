import Contract
import Domain
import EventLog
import Foundation
import TestSupport
import Testing

/// A show whose places come free while people wait for them, on two command nodes.
@Suite("A waiting list", .keepingLogs, .timeLimit(.minutes(3)))
struct WaitlistTests {
    private static let seats = (1...8).map { "1-\($0)" }

    private func create(_ cluster: Cluster, at node: Node, offerSeconds: Int) async throws -> String {
        var show = SampleShow(rows: 1, seatsPerRow: 8)
        show.maxSeatsPerHold = 8
        let settings = #","offerSeconds":\#(offerSeconds)}"#
        let created = try await cluster.admin(at: node).post(
            "/api/v1/shows", bytes: Array(show.body.dropLast()) + Array(settings.utf8))
        #expect(created.status == 201, "\(created)")
        return try #require(created.json["showId"]?.text)
    }

    private func hold(_ seats: [String], of show: String, by user: Caller) async throws -> (id: String, user: String) {
        let held = try await user.post("/api/v1/shows/\(show)/holds", Hold.seats(seats))
        return (try #require(held.json["holdId"]?.text, "\(held)"), try #require(held.json["userId"]?.text))
    }

    private func join(_ user: Caller, _ show: String, _ body: JSON) async throws -> String {
        let joined = try await user.post("/api/v1/shows/\(show)/waitlist", body)
        #expect(joined.status == 201, "\(joined)")
        return try #require(joined.json["entryId"]?.text)
    }

    private func entry(_ id: String, of user: Caller, after token: String? = nil) async throws -> JSON {
        let answer = try await user.get(
            "/api/v1/waitlist/\(id)", headers: ["Last-Seen-Sequence": token ?? "head"])
        #expect(answer.status == 200, "\(answer)")
        return answer.json
    }

    @Test("An offer goes from one to the next, by release, refusal and time, on either node; what is planted is found")
    func inTurn() async throws {
        try await Cluster.with { cluster in
            let (a, b) = (cluster.node("a"), cluster.node("b"))
            try await cluster.start(a, b)
            let show = try await create(cluster, at: a, offerSeconds: 2)
            let owner = try await cluster.user(at: a)
            let first = try await hold(Array(Self.seats.prefix(1)), of: show, by: owner)
            let rest = try await hold(Array(Self.seats.dropFirst()), of: show, by: owner)
            var people: [(user: Caller, entry: String)] = []
            for (index, quantity) in [2, 1, 1, 1].enumerated() {
                let user = try await cluster.user(at: index.isMultiple(of: 2) ? a : b)
                people.append((user, try await join(user, show, ["quantity": .integer(Int64(quantity))])))
            }
            #expect(try await entry(people[3].entry, of: people[3].user)["place"] == 4)
            let mine = try await people[0].user.at(b).get(
                "/api/v1/me/waitlist", headers: ["Last-Seen-Sequence": "head"])
            #expect(mine.json["entries"]?[0]?["entryId"]?.text == people[0].entry)

            // One seat serves the second, and nobody else sees it free.
            let released = try await owner.at(b).delete("/api/v1/holds/\(first.id)")
            #expect(released.status == 204, "\(released)")
            let offered = try await entry(people[1].entry, of: people[1].user, after: released.sequence)
            #expect(offered["status"] == "offered", "\(offered)")
            for node in [a, b] {
                let seats = try await Caller(node: node).get(
                    "/api/v1/shows/\(show)/availability",
                    headers: ["Last-Seen-Sequence": try #require(released.sequence)])
                #expect(seats.json["statuses"] == "11111111", "\(seats)")
            }
            let holds = try await people[1].user.get("/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"])
            #expect(holds.json["holds"]?[0]?["offerOf"]?.text == people[1].entry)

            // Refused: the third has it. Its time runs out: the fourth.
            let declined = try await people[1].user.at(a).delete("/api/v1/waitlist/\(people[1].entry)")
            #expect(declined.status == 204, "\(declined)")
            let third = try await entry(people[2].entry, of: people[2].user, after: declined.sequence)
            #expect(third["status"] == "offered", "\(third)")
            try await eventually("the third lets the offer run out, and the fourth has it") {
                try await entry(people[3].entry, of: people[3].user)["status"] == "offered"
            }
            #expect(try await entry(people[2].entry, of: people[2].user)["status"] == "expired")
            #expect(try await entry(people[0].entry, of: people[0].user)["place"] == 1)
            try await eventually("the fourth lets it run out, and nobody else can use one seat") {
                try await entry(people[3].entry, of: people[3].user)["status"] == "expired"
            }

            let verdict = try await cluster.replay(["fairness", show])
            #expect(verdict.contains("\(show): fair"), "\(verdict)")
            #expect(verdict.contains("4 entries") && verdict.contains("3 offers"), "\(verdict)")
            try await cluster.replay(["verify", "waitlists"], on: [a, b])

            // Somebody frees places past the decider, and offers them to nobody.
            _ = try await cluster.append(
                EncodedEvent(
                    .hold(
                        .released(
                            HoldEnded(
                                holdID: HoldID(rest.id), userID: UserID(rest.user), seatIndexes: Array(1...7),
                                areas: [],
                                endedAt: Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)))))),
                to: show)
            let failure = await #expect(throws: ToolFailure.self) { try await cluster.replay(["fairness", show]) }
            let output = try #require(failure).output
            #expect(output.contains("\(show): UNFAIR") && output.contains(people[0].entry), "\(output)")
        }
    }

    @Test("In a crowd that joins, leaves, lets go and grabs at once nobody is passed over; the log proves it")
    func crowd() async throws {
        try await Cluster.with { cluster in
            let (a, b) = (cluster.node("a"), cluster.node("b"))
            try await cluster.start(a, b)
            let show = try await create(cluster, at: a, offerSeconds: 1)
            let owner = try await cluster.user(at: a)
            var holds: [String] = []
            for seat in Self.seats { holds.append(try await hold([seat], of: show, by: owner).id) }
            let people: [(user: Caller, entry: String)] = try await withThrowingTaskGroup(
                of: (user: Caller, entry: String)?.self
            ) { tasks in
                for number in 0..<24 {
                    let user = try await cluster.user(at: number.isMultiple(of: 2) ? a : b)
                    tasks.addTask {
                        let body: JSON = [
                            "quantity": .integer(Int64(1 + number % 3)), "together": .bool(number.isMultiple(of: 4)),
                        ]
                        let id = try await join(user, show, body)
                        if number.isMultiple(of: 5) { _ = try await user.delete("/api/v1/waitlist/\(id)") }
                        _ = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(1))
                        return (user, id)
                    }
                }
                for hold in holds {
                    tasks.addTask {
                        let released = try await owner.at(b).delete("/api/v1/holds/\(hold)")
                        #expect(released.status == 204, "\(released)")
                        return nil
                    }
                }
                return try await tasks.reduce(into: []) { if let person = $1 { $0.append(person) } }
            }
            try await eventually("every offer runs out", within: .seconds(60)) {
                for (user, id) in people where try await entry(id, of: user)["status"] == "offered" { return false }
                return true
            }
            let verdict = try await cluster.replay(["fairness", show])
            #expect(verdict.contains("\(show): fair"), "\(verdict)")
            #expect(verdict.contains("24 entries"), "\(verdict)")
        }
    }
}
