import Synchronization
import Testing
import TestSupport

extension Faults {
    /// The three scenarios that this kind of system is judged by, thousands of times, while others buy. (Each is a fault
    /// somewhere: of a lock, of a cache, of a projection.)
    @Suite("The kata at scale: two command nodes, three replicas, background load")
    struct KataTests {
        private static let rounds = 2000
        /// Who do their rounds side by side.
        private static let workers = 20

        private struct Nodes {
            var sellers: [Node]
            var replicas: [Node]
            var all: [Node] { sellers + replicas }
        }

        /// Runs `body` while others buy, then checks everything.
        private func underLoad(_ body: (Cluster, Nodes) async throws -> Void) async throws {
            try await Cluster.with { cluster in
                let nodes = Nodes(
                    sellers: ["a", "b"].map { cluster.node($0, roles: [.command]) },
                    replicas: ["r1", "r2", "r3"].map { cluster.node($0, roles: [.query]) })
                for node in nodes.all { try await node.startReady() }
                try await cluster.underLoad(
                    buyingAt: nodes.sellers, checking: nodes.all, pace: .milliseconds(50)
                ) { _ in try await body(cluster, nodes) }
            }
        }

        @Test(
            "Kata A: of two buyers in one instant for the last two seats, one gets both and the other a conflict, for good"
        )
        func kataA() async throws {
            try await underLoad { cluster, nodes in
                let shows = try await withThrowingTaskGroup(of: [String].self) { tasks in
                    for worker in 0..<Self.workers {
                        tasks.addTask {
                            let alice = try await cluster.user("alice-\(worker)", at: nodes.sellers[0])
                            let bob = try await cluster.user("bob-\(worker)", at: nodes.sellers[1])
                            var shows: [String] = []
                            for round in 0..<Self.rounds / Self.workers {
                                let replica = nodes.replicas[(worker + round) % 3]
                                shows.append(try await lastTwoSeats(cluster, alice, bob, readingAt: replica, round))
                            }
                            return shows
                        }
                    }
                    return try await tasks.reduce(into: []) { $0 += $1 }
                }
                let ledger = try await cluster.ledger()
                for show in shows {
                    #expect(ledger.shows[show]?.statuses == "11")
                    #expect(ledger.shows[show]?.holds.count == 1)
                }
            }
        }

        /// Two seats, by their names or as the best that there are; and in either order.
        private static let wishes = [
            [Hold.seats("1-1", "1-2"), Hold.seats("1-2", "1-1")], [Hold.best(2), Hold.best(2)],
            [Hold.seats("1-1", "1-2"), Hold.best(2)], [Hold.best(2), Hold.seats("1-2", "1-1")],
        ]

        /// One round, in a show of its own. Returns the show.
        private func lastTwoSeats(
            _ cluster: Cluster, _ alice: Caller, _ bob: Caller, readingAt replica: Node, _ round: Int
        ) async throws -> String {
            let buyers = [alice, bob]
            let show = try await cluster.create(SampleShow(rows: 1, seatsPerRow: 2), at: buyers[round % 2].node)
            let path = "/api/v1/shows/\(show)/holds"
            let wishes = Self.wishes[round % Self.wishes.count]
            async let alices = alice.post(path, wishes[0], key: show)
            async let bobs = bob.post(path, wishes[1], key: show)
            let answers = try await [alices, bobs]
            try #require(answers.map(\.status).sorted() == [201, 409], "round \(round): \(answers)")
            let winner = answers[0].status == 201 ? 0 : 1
            let loser = 1 - winner
            try #require(answers[winner].json["seats"] == ["1-1", "1-2"])
            try #require(answers[loser].code == "seats-unavailable" && answers[loser].outcome == "rejected")
            // Final: asked again, through the other's node, each gets the same answer.
            for (index, answer) in answers.enumerated() {
                let again = try await buyers[index].at(buyers[1 - index].node).post(path, wishes[index], key: show)
                try #require(again.status == answer.status && again.body == answer.body && again.isReplayed, "\(again)")
            }
            // With the loser's token, the replica knows whom it lost to.
            let fresh = ["Last-Seen-Sequence": try #require(answers[loser].sequence)]
            let hold = try #require(answers[winner].json["holdId"]?.text)
            let map = try await bob.at(replica).get("/api/v1/shows/\(show)/availability", headers: fresh)
            try #require(map.json["statuses"] == "11", "\(map)")
            #expect(try await buyers[winner].at(replica).get("/api/v1/holds/\(hold)", headers: fresh).status == 200)
            #expect(try await buyers[loser].at(replica).get("/api/v1/holds/\(hold)", headers: fresh).status == 404)
            return show
        }

        @Test("Kata B: who holds a seat and refreshes My Holds, on every replica, never reads “no active holds”")
        func kataB() async throws {
            try await underLoad { cluster, nodes in
                try await Shoppers(cluster, buyingAt: nodes.sellers, readingAt: nodes.replicas).shop(
                    shoppers: Self.workers, rounds: Self.rounds / Self.workers)
            }
        }

        private final class Shopping: Sendable { let isOver = Mutex(false) }

        @Test("Kata C: all views are rebuilt from the log, over and over, and are the same; no reader notices")
        func kataC() async throws {
            try await underLoad { cluster, nodes in
                let shopping = Shopping()
                try await withThrowingTaskGroup { tasks in
                    tasks.addTask {
                        try await Shoppers(cluster, buyingAt: nodes.sellers, readingAt: nodes.replicas).shop(
                            shoppers: Self.workers, rounds: Self.rounds / Self.workers)
                        shopping.isOver.withLock { $0 = true }
                    }
                    tasks.addTask {
                        var rebuilds = 0
                        while rebuilds < 3 || !shopping.isOver.withLock({ $0 }) {
                            let changeovers = try await cluster.replay(["rebuild"], on: nodes.all).split(
                                separator: "\n"
                            )
                            .filter { $0.contains(": live at ") }
                            // Seven views a replica; on command nodes organisations, the holds' ends, open payments, waiting rooms' inlets.
                            #expect(changeovers.count == 3 * 7 + 2 * 4)
                            #expect(changeovers.allSatisfy { $0.contains(", identical to ") }, "\(changeovers)")
                            try await cluster.replay(["verify"], on: nodes.all)
                            rebuilds += 1
                        }
                    }
                    try await tasks.waitForAll()
                }
            }
        }
    }
}
