import TestSupport
import Testing

extension Faults {
    /// Katas A and B once more (see ``KataTests``), where people queue before they may buy, and who loses waits for what
    /// comes free.
    @Suite("The kata through a waiting room and a waiting list")
    struct WaitingKataTests {
        private static let rounds = 8
        private static let seats = Hold.seats("1-1", "1-2")

        @Test(
            "Of two for the last two seats one gets both; the other waits, gets them when they come free, and sees them at once"
        )
        func kata() async throws {
            try await Cluster.with { cluster in
                let sellers = [cluster.node("a"), cluster.node("b")]
                let replica = cluster.node("r1", roles: [.query])
                try await cluster.start(sellers[0], sellers[1], replica)
                let shows = try await withThrowingTaskGroup(of: String.self) { tasks in
                    for round in 0..<Self.rounds {
                        tasks.addTask { try await play(cluster, sellers, readingAt: replica, round) }
                    }
                    return try await tasks.reduce(into: []) { $0.append($1) }
                }
                for show in shows {
                    let verdict = try await cluster.replay(["fairness", show])
                    #expect(verdict.contains("\(show): fair") && verdict.contains("1 offer"), "\(verdict)")
                }
            }
        }

        /// One round, in a show of its own. Returns the show.
        private func play(
            _ cluster: Cluster, _ sellers: [Node], readingAt replica: Node, _ round: Int
        ) async throws -> String {
            let show = try await cluster.create(
                SampleShow(rows: 1, seatsPerRow: 2, seatPrice: 0), at: sellers[round % 2])
            let admin = try await cluster.admin(at: sellers[0])
            let room = try await admin.put(
                "/api/v1/shows/\(show)/queue",
                ["opensAt": "2020-01-01T00:00:00Z", "admitPerMinute": 60_000, "maxActive": 2])
            try #require(room.status == 200, "\(room)")
            let shoppers = Shoppers(cluster, buyingAt: sellers, readingAt: sellers + [replica])

            // Both queue, and hold at the same instant.
            let guests = [
                try await Guest(joining: show, as: try await cluster.user(at: sellers[0])),
                try await Guest(joining: show, as: try await cluster.user(at: sellers[1])),
            ]
            let admissions = [try await guests[0].admission(), try await guests[1].admission()]
            let early = try await guests[0].hold(Self.seats, with: nil)
            #expect(early.status == 409 && early.code == "admission-required", "\(early)")
            async let first = guests[0].hold(Self.seats, with: admissions[0], key: show)
            async let second = guests[1].hold(Self.seats, with: admissions[1], key: show)
            let answers = try await [first, second]
            try #require(answers.map(\.status).sorted() == [201, 409], "round \(round): \(answers)")
            let (won, lost) = answers[0].status == 201 ? (0, 1) : (1, 0)
            let (winner, loser) = (guests[won].caller, guests[lost].caller)
            #expect(answers[lost].code == "seats-unavailable")
            let held = try #require(answers[won].json["holdId"]?.text)
            try await shoppers.refresh(winner, after: answers[won], expecting: [held], round: round)

            // The loser waits, and only with the room's admission.
            let pastTheRoom = try await guests[lost].wait(for: ["quantity": 2], with: nil)
            #expect(pastTheRoom.status == 409 && pastTheRoom.code == "admission-required", "\(pastTheRoom)")
            let waits = try await guests[lost].wait(for: ["quantity": 2], with: admissions[lost])
            try #require(waits.status == 201 && waits.json["place"] == 1, "\(waits)")
            let entry = try #require(waits.json["entryId"]?.text)
            try await shoppers.refresh(loser, after: waits, expecting: [], round: round)

            // What comes free is the loser's at once, and nobody else ever sees it free.
            let freed =
                round % 2 == 0
                ? try await winner.at(sellers[lost]).delete("/api/v1/holds/\(held)")
                : try await refund(try await buy(held, as: winner), as: winner)
            try await shoppers.refresh(loser, after: freed, expecting: [entry], round: round)
            #expect(try await map(of: show, at: replica, after: freed) == "11")
            let late = try await guests[won].hold(Self.seats, with: admissions[won])
            #expect(late.status == 409, "\(late)")

            let bought = try await buy(entry, as: loser)
            #expect(try await map(of: show, at: replica, after: bought) == "22")
            try await shoppers.refresh(loser, after: bought, expecting: [], round: round)
            return show
        }

        private func map(of show: String, at node: Node, after answer: Answer) async throws -> String? {
            let headers = ["Last-Seen-Sequence": try #require(answer.sequence)]
            return try await Caller(node: node).get("/api/v1/shows/\(show)/availability", headers: headers)
                .json["statuses"]?.text
        }

        private func buy(_ hold: String, as caller: Caller) async throws -> Answer {
            let held = try await caller.get("/api/v1/holds/\(hold)", headers: ["Last-Seen-Sequence": "head"])
            let bought = try await caller.post(
                "/api/v1/orders",
                [
                    "holdId": .text(hold), "fencingToken": held.json["fencingToken"] ?? .null,
                    "paymentMethod": "pm_card_visa",
                ])
            try #require(bought.status == 201, "\(bought)")
            return bought
        }

        private func refund(_ order: Answer, as caller: Caller) async throws -> Answer {
            let id = try #require(order.json["orderId"]?.text)
            let refunded = try await caller.post("/api/v1/orders/\(id)/refund", [:])
            try #require(refunded.status == 200, "\(refunded)")
            return refunded
        }
    }
}
