import Foundation
import Testing
import TestSupport

extension Faults {
    @Suite("A command node that dies")
    struct CrashTests {
        @Test("Killed under load and started again: nothing acknowledged is lost, and every key gets one final answer")
        func killed() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), b = cluster.node("b"), replica = cluster.node("replica", roles: [.query])
                try await cluster.start(a, b, replica)
                try await cluster.underLoad(buyingAt: [a, b], checking: [a, b, replica]) { load in
                    for victim in [a, b, a] {
                        try await load.goesOn()
                        try await victim.kill()
                        try await Task.sleep(for: .milliseconds(300))
                        try await victim.startReady()
                    }
                }
            }
        }

        @Test("Stopped for longer than its deadlines and continued, it does nothing twice and nothing it disowned")
        func stoppedAndContinued() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), b = cluster.node("b")
                try await cluster.start(a, b)
                try await cluster.underLoad(buyingAt: [a, b], checking: [a, b]) { _ in
                    a.signal(SIGSTOP)
                    try await Task.sleep(for: .seconds(8))
                    a.signal(SIGCONT)
                }
            }
        }

        @Test("After a restart a replay gets the same answer, accepted or rejected, to the byte")
        func replayAfterRestart() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a")
                try await cluster.start(a)
                let show = try await cluster.create(SampleShow(areas: ["floor": 5]), at: a)
                let user = try await cluster.user(at: a)
                let path = "/api/v1/shows/\(show)/holds"
                let bodies: [JSON] = [
                    ["seats": ["1-1"], "areas": ["floor": 2]], Hold.seats("1-1"), Hold.seats("no-such-seat"),
                    Hold.best(7),
                    ["areas": ["floor": 4]], ["quantity": 0], ["seats": ["2-1", "2-1"]],
                    ["quantity": 1, "category": "None"],
                ]
                var answers: [Answer] = []
                for (index, body) in bodies.enumerated() {
                    answers.append(try await user.post(path, body, key: "k\(index)"))
                }
                #expect(answers.map(\.status) == [201, 409, 422, 422, 409, 422, 422, 422])
                #expect(try await a.stop() == 0)
                try await a.startReady()
                for (index, body) in bodies.enumerated() {
                    let again = try await user.post(path, body, key: "k\(index)")
                    #expect(again.status == answers[index].status)
                    #expect(again.body == answers[index].body)
                    #expect(again.sequence == answers[index].sequence)
                    #expect(again.isReplayed)
                }
            }
        }

        @Test("Its holds still end in time: another command node takes over")
        func expiryTakenOver() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), b = cluster.node("b")
                try await cluster.start(a, b)
                let show = try await cluster.create(SampleShow(holdSeconds: 2), at: a)
                let user = try await cluster.user(at: a)
                let placed = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(2))
                #expect(placed.status == 201)
                try await a.kill()
                try await eventually("b ends the hold", within: .seconds(15)) {
                    try await user.at(b).get(
                        "/api/v1/shows/\(show)/availability", headers: ["Last-Seen-Sequence": placed.sequence ?? ""]
                    ).json["held"] == 0
                }
            }
        }
    }

    @Suite("A node that is told to stop")
    struct ShutdownTests {
        /// Beyond this an orchestrator would kill it.
        private static let limit = Duration.seconds(20)

        @Test("Answers what it has begun, and leaves with status 0", arguments: [SIGTERM, SIGINT])
        func graceful(signal: CInt) async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), replica = cluster.node("replica", roles: [.query])
                try await cluster.start(a, replica)
                try await cluster.underLoad(buyingAt: [a], checking: [a, replica]) { _ in
                    let started = ContinuousClock.now
                    a.signal(signal)
                    #expect(try await a.exitStatus() == 0)
                    #expect(.now - started < Self.limit)
                    try await a.startReady()
                }
                #expect(try await replica.stop() == 0)
            }
        }

        @Test("Open streams end, idle connections are closed, and neither keeps it waiting")
        func streams() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a")
                try await cluster.start(a)
                let show = try await cluster.create(at: a)
                let user = try await cluster.user(at: a)
                // By now a keep-alive connection or two are open.
                var streams: [ServerSentEvents] = []
                for _ in 0..<5 {
                    var (status, events) = try await user.stream(
                        "/api/v1/shows/\(show)/availability/stream", headers: ["Last-Seen-Sequence": "head"])
                    #expect(status == 200)
                    #expect(try await events.next() != nil)
                    streams.append(events)
                }
                let started = ContinuousClock.now
                a.signal(SIGTERM)
                for stream in streams {
                    var stream = stream
                    do {
                        #expect(try await stream.next() == nil)
                    } catch {
                        Issue.record("the stream broke instead of ending: \(error)")
                    }
                }
                #expect(try await a.exitStatus() == 0)
                #expect(.now - started < Self.limit)
            }
        }

        @Test("With the database gone it leaves as well, in time")
        func withoutDatabase() async throws {
            try await PrivateCluster.with { server in
                try await Cluster.with(server: server.conninfo) { cluster in
                    let a = cluster.node("a")
                    try await cluster.start(a)
                    let show = try await cluster.create(at: a)
                    let user = try await cluster.user(at: a)
                    try await server.crash()
                    async let refused = user.post("/api/v1/shows/\(show)/holds", Hold.best(1))
                    try await Task.sleep(for: .milliseconds(300))
                    let started = ContinuousClock.now
                    #expect(try await a.stop() == 0)
                    #expect(.now - started < Self.limit)
                    let answer = try await refused
                    #expect(answer.status == 503, "\(answer)")
                    try await server.start()
                }
            }
        }
    }
}
