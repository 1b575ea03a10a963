import Foundation
import Testing
import TestSupport

extension Faults {
    @Suite("Fan-out")
    struct FanoutFaultTests {
        /// Holds so many single seats, one after the other, and returns the last answer.
        private func hold(_ count: Int, _ show: String, by user: Caller) async throws -> Answer {
            var last: Answer?
            for _ in 0..<count {
                let answer = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(1))
                try #require(answer.status == 201, "\(answer)")
                last = answer
            }
            return try #require(last)
        }

        private func countOfMine(_ user: Caller, at node: Node, after answer: Answer, wait: Int = 10) async throws
            -> Int?
        {
            let token = try #require(answer.sequence)
            return try await user.at(node).get(
                "/api/v1/me/holds", headers: ["Last-Seen-Sequence": token, "Prefer": "wait=\(wait)"]
            ).json["holds"]?.list?.count
        }

        @Test("A replica that starts late has all that was before it, and goes on from there")
        func lateStart() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a")
                let late = cluster.node("late", roles: [.query])
                try await cluster.start(a)
                let show = try await cluster.create(SampleShow(rows: 10), at: a)
                let user = try await cluster.user(at: a)
                _ = try await hold(40, show, by: user)
                async let meanwhile = hold(20, show, by: user)
                try await late.startReady()
                let last = try await meanwhile
                #expect(try await countOfMine(user, at: late, after: last) == 60)
                try await cluster.expectAgreement(on: show, of: [a, late], cluster.ledger())
            }
        }

        @Test("A replica without any fan-out follows by polling, and a stream resumed on it never goes back in time")
        func polling() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a")
                let lonely = cluster.node("lonely", roles: [.query], follows: false)
                try await cluster.start(a, lonely)
                let show = try await cluster.create(at: a)
                let user = try await cluster.user(at: a)
                let first = try await hold(3, show, by: user)
                #expect(try await countOfMine(user, at: lonely, after: first) == 3)
                let second = try await hold(1, show, by: user)
                // The reader has seen this one elsewhere already; here it will be a while.
                let (status, stream) = try await user.at(lonely).stream(
                    "/api/v1/shows/\(show)/availability/stream",
                    headers: ["Last-Event-ID": try #require(second.sequence)])
                #expect(status == 200)
                let third = try await hold(1, show, by: user)
                var events = stream
                let event = try #require(try await events.next())
                #expect(event.id == third.sequence, "\(event)")
            }
        }

        @Test("The last message is lost: replicas find what it told by themselves")
        func lostLastMessage() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a")
                let replica = cluster.node("replica", roles: [.query])
                // Nobody follows this one: to the others its messages are all lost.
                let unheard = cluster.node("unheard", roles: [.command])
                try await cluster.start(a, replica, unheard)
                let show = try await cluster.create(at: a)
                let user = try await cluster.user(at: unheard)
                let last = try await hold(5, show, by: user)
                for node in [a, replica] {
                    #expect(try await countOfMine(user, at: node, after: last) == 5, "on \(node.name)")
                }
                let silent = try await hold(1, show, by: user)
                try await eventually("the replica has it though nobody asks", within: .seconds(10)) {
                    let read = try await user.at(replica).get("/api/v1/me/holds")
                    return try position(of: read.sequence) >= position(of: silent.sequence)
                }
                // A heard message behind an unheard one shows the hole, which is filled at once: of several, not every one
                // waits for the poll, which comes every two seconds.
                var quickest = Duration.seconds(60)
                for count in stride(from: 8, through: 16, by: 2) {
                    let hidden = try await hold(1, show, by: user)
                    let heard = try await hold(1, show, by: user.at(a))
                    let started = ContinuousClock.now
                    #expect(try await countOfMine(user, at: replica, after: heard, wait: 10) == count)
                    quickest = min(quickest, .now - started)
                    #expect(try position(of: hidden.sequence) + 1 == position(of: heard.sequence))
                }
                #expect(quickest < .seconds(1.5), "every hole waited for the poll")
            }
        }

        @Test("A publisher that is killed and comes back is followed again, without the log being polled for it")
        func publisherRestart() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a")
                let replica = cluster.node("replica", roles: [.query])
                try await cluster.start(a, replica)
                let show = try await cluster.create(SampleShow(rows: 10), at: a)
                let user = try await cluster.user(at: a)
                for round in 1...3 {
                    _ = try await hold(4, show, by: user)
                    if round.isMultiple(of: 2) { try await a.kill() } else { #expect(try await a.stop() == 0) }
                    try await a.startReady()
                    try await eventually("the replica hears it again") {
                        let last = try await hold(1, show, by: user)
                        return try await countOfMine(user, at: replica, after: last, wait: 0) != nil
                    }
                }
                try await cluster.expectAgreement(on: show, of: [a, replica], cluster.ledger())
            }
        }

        @Test("A replica that is stopped and continued catches up, and slows nobody meanwhile")
        func stoppedReplica() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a")
                let replica = cluster.node("replica", roles: [.query])
                try await cluster.start(a, replica)
                let show = try await cluster.create(SampleShow(rows: 20, seatsPerRow: 20), at: a)
                let user = try await cluster.user(at: a)
                _ = try await hold(5, show, by: user)
                replica.signal(SIGSTOP)
                let last = try await hold(300, show, by: user)
                replica.signal(SIGCONT)
                #expect(try await countOfMine(user, at: replica, after: last) == 305)
                try await cluster.expectAgreement(on: show, of: [a, replica], cluster.ledger())
            }
        }
    }
}
