import Foundation
import Testing
import TestSupport

extension OneCluster {
    @Suite("Acceptance")
    struct AcceptanceTests {
        let shared = SharedCluster.current

        @Test(
            "Scenario A: of two buyers in one instant for the last two seats, through different command nodes, exactly one wins"
        )
        func scenarioA() async throws {
            let rounds = 30
            let plan = SampleShow(rows: rounds, seatsPerRow: 2)
            let show = try await shared.cluster.create(plan, at: shared.a)
            let alice = try await shared.cluster.user("alice", at: shared.a)
            let bob = try await shared.cluster.user("bob", at: shared.b)
            for row in 1...rounds {
                let pair = [plan.seat(row: row, 1), plan.seat(row: row, 2)]
                // Half of the rounds ask for the same two seats in the other order.
                let reversed = row.isMultiple(of: 2) ? pair.reversed() : pair
                async let alices = alice.post("/api/v1/shows/\(show)/holds", Hold.seats(pair), key: "a-\(show)-\(row)")
                async let bobs = bob.post("/api/v1/shows/\(show)/holds", Hold.seats(reversed), key: "b-\(show)-\(row)")
                let answers = try await [alices, bobs]
                try #require(answers.map(\.status).sorted() == [201, 409], "row \(row): \(answers)")
                let loser = try #require(answers.first { $0.status == 409 })
                #expect(loser.code == "seats-unavailable")
                #expect(loser.outcome == "rejected")
                #expect(loser.json["retryable"] == false)
                #expect(loser.json["conflicts"]?.list?.count == 2)
                // Final: asked again, the loser gets the same answer, on either node.
                let (caller, key) = answers[0].status == 409 ? (alice, "a-\(show)-\(row)") : (bob, "b-\(show)-\(row)")
                let body = answers[0].status == 409 ? pair : reversed
                for node in [shared.a, shared.b] {
                    let again = try await caller.at(node).post(
                        "/api/v1/shows/\(show)/holds", Hold.seats(body), key: key)
                    #expect(again.status == 409)
                    #expect(again.body == loser.body)
                }
            }
            // Reading it checks that no seat ever had two owners.
            let ledger = try await shared.cluster.ledger()
            #expect(ledger.shows[show]?.statuses == String(repeating: "1", count: 2 * rounds))
            #expect(ledger.shows[show]?.holds.count == rounds)
            try await shared.cluster.expectAgreement(on: show, of: shared.nodes, ledger)
        }

        @Test("Scenario B: whoever holds a seat and refreshes My Holds on any replica never reads “no active holds”")
        func scenarioB() async throws {
            let users = 16, rounds = 8
            let show = try await shared.cluster.create(SampleShow(rows: users, seatsPerRow: rounds), at: shared.a)
            try await withThrowingTaskGroup { tasks in
                for user in 1...users {
                    tasks.addTask { try await buyAndRefresh(show, row: user, rounds: rounds) }
                }
                try await tasks.waitForAll()
            }
        }

        /// One user who holds one seat after the other, and looks at once, everywhere, in every way there is.
        private func buyAndRefresh(_ show: String, row: Int, rounds: Int) async throws {
            let user = try await shared.cluster.user(at: row.isMultiple(of: 2) ? shared.a : shared.b)
            var holds: Set<String> = []
            for round in 1...rounds {
                let placed = try await user.post("/api/v1/shows/\(show)/holds", Hold.seats("\(row)-\(round)"))
                try #require(placed.status == 201, "\(placed)")
                holds.insert(try #require(placed.json["holdId"]?.text))
                let token = try #require(placed.sequence)
                let cookie = try #require(placed.cookie)
                let ways = [
                    ["Last-Seen-Sequence": token], ["Cookie": "theme=dark; \(cookie)"], ["Last-Seen-Sequence": "head"],
                ]
                for node in shared.nodes {
                    let headers = ways[(round + node.port) % ways.count]
                    let mine = try await user.at(node).get("/api/v1/me/holds", headers: headers)
                    try #require(mine.status == 200, "\(mine)")
                    let listed = mine.json["holds"]?.list?.compactMap { $0["holdId"]?.text } ?? []
                    #expect(Set(listed) == holds, "on \(node.name), round \(round), by \(headers)")
                    #expect(try position(of: mine.sequence) >= position(of: token))
                }
            }
        }

        @Test("Two command nodes that write to one show at the same time stay correct, and all replicas agree")
        func twoWriters() async throws {
            let plan = SampleShow(rows: 6, seatsPerRow: 20, areas: ["floor": 60], maxSeatsPerHold: 4)
            let show = try await shared.cluster.create(plan, at: shared.a)
            let held = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for writer in 0..<24 {
                    tasks.addTask { try await scramble(for: show, plan, writer: writer) }
                }
                return try await tasks.reduce(0, +)
            }
            let ledger = try await shared.cluster.ledger()
            #expect(ledger.shows[show]?.holds.count == held)
            try await shared.cluster.expectAgreement(on: show, of: shared.nodes, ledger)
        }

        /// Places and releases holds, many of which others want too. Returns how many it has in the end.
        private func scramble(for show: String, _ plan: SampleShow, writer: Int) async throws -> Int {
            let nodes = [shared.a, shared.b]
            let user = try await shared.cluster.user(at: nodes[writer % 2])
            var held: [String] = []
            for round in 0..<10 {
                let wish: JSON =
                    switch round % 3 {
                    case 0: Hold.best(Int64(1 + writer % 4))
                    case 1: Hold.seats(plan.seats[(writer / 2 * 7 + round) % plan.seats.count])
                    default: ["areas": ["floor": 2]]
                    }
                let placed = try await user.at(nodes[(writer + round) % 2]).post("/api/v1/shows/\(show)/holds", wish)
                switch placed.status {
                case 201: held.append(try #require(placed.json["holdId"]?.text))
                case 409: #expect(placed.code == "seats-unavailable" && placed.outcome == "rejected", "\(placed)")
                default: Issue.record("\(placed)")
                }
                if round.isMultiple(of: 4), let hold = held.popLast() {
                    let released = try await user.at(nodes[(writer + round + 1) % 2]).delete("/api/v1/holds/\(hold)")
                    #expect(released.status == 204, "\(released)")
                }
            }
            return held.count
        }
    }
}
