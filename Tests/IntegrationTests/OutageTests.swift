import Foundation
import Testing
import TestSupport

extension Faults {
    /// PostgreSQL goes away under nodes that run, and comes back. Nobody restarts anything.
    @Suite("PostgreSQL away")
    struct OutageTests {
        /// What a caller may have to wait for an honest “not now”: the sequencer's deadline, and some.
        static let deadline = Duration.seconds(15)

        private func withNodes(
            _ body: (PrivateCluster, Cluster, _ a: Node, _ replica: Node) async throws -> Void
        ) async throws {
            try await PrivateCluster.with { server in
                try await Cluster.with(server: server.conninfo) { cluster in
                    let a = cluster.node("a"), replica = cluster.node("replica", roles: [.query])
                    try await cluster.start(a, replica)
                    try await body(server, cluster, a, replica)
                    // The database is dropped at the end.
                    try await server.start()
                }
            }
        }

        @Test("Commands are an honest 503 in time, reads go on as fresh as they can, and all recovers by itself")
        func away() async throws {
            try await withNodes { server, cluster, a, replica in
                let show = try await cluster.create(at: a)
                let user = try await cluster.user(at: a)
                let path = "/api/v1/shows/\(show)/holds"
                let before = try await user.post(path, Hold.seats("1-1"))
                let token = try #require(before.sequence)
                _ = try await user.at(replica).get("/api/v1/me/holds", headers: ["Last-Seen-Sequence": token])
                try await server.crash()

                try await withThrowingTaskGroup { tasks in
                    for (index, seat) in ["1-1", "1-2", "1-3"].enumerated() {
                        tasks.addTask {
                            let answer = try await user.post(
                                path, Hold.seats(seat), key: "k\(index)", within: Self.deadline)
                            #expect(answer.status == 503, "\(answer)")
                            #expect(answer.outcome == "none" || answer.outcome == "unknown", "\(answer)")
                            #expect(answer.json["retryable"] == true)
                            #expect(answer.header("Retry-After") != nil)
                        }
                    }
                    try await tasks.waitForAll()
                }
                for node in [a, replica] {
                    let reader = user.at(node)
                    #expect(try await reader.get("/health/live").status == 200)
                    for headers in [[:], ["Last-Seen-Sequence": token]] {
                        let read = try await reader.get("/api/v1/me/holds", headers: headers, within: Self.deadline)
                        #expect(read.status == 200, "\(read)")
                        #expect(read.json["holds"]?.list?.count == 1)
                    }
                    for fresh in ["head", "1.999999", "2.1"] {
                        let read = try await reader.get(
                            "/api/v1/me/holds", headers: ["Last-Seen-Sequence": fresh, "Prefer": "wait=2"],
                            within: .seconds(15))
                        #expect(read.status == 503, "\(fresh): \(read)")
                        #expect(["log-unavailable", "replica-behind"].contains(read.code), "\(fresh): \(read)")
                        #expect(read.json["retryable"] == true)
                    }
                    #expect(try await reader.get("/api/v1/shows/\(show)/availability").json["held"] == 1)
                }
                let command = try await user.get("/api/v1/commands/\(before.commandID ?? "")", within: .seconds(15))
                #expect(command.status == 503, "\(command)")

                try await server.start()
                // The same keys get their final answers now.
                for (index, seat) in ["1-1", "1-2", "1-3"].enumerated() {
                    try await eventually("key \(index) has its answer") {
                        let answer = try await user.post(path, Hold.seats(seat), key: "k\(index)")
                        guard answer.status != 503 else { return false }
                        #expect(answer.status == (seat == "1-1" ? 409 : 201), "\(answer)")
                        return true
                    }
                }
                for node in [a, replica] {
                    try await node.ready()
                    try await eventually("\(node.name) reads at the head again") {
                        let mine = try await user.at(node).get(
                            "/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"])
                        return mine.json["holds"]?.list?.count == 3
                    }
                }
                try await cluster.expectAgreement(on: show, of: [a, replica], cluster.ledger())
            }
        }

        @Test("A crash under load loses nothing that was acknowledged, and “it never reached the log” is never a lie")
        func crashUnderLoad() async throws {
            try await withNodes { server, cluster, a, replica in
                let b = cluster.node("b")
                try await cluster.start(b)
                try await cluster.underLoad(buyingAt: [a, b], checking: [a, b, replica]) { load in
                    for _ in 1...2 {
                        try await server.crash()
                        try await Task.sleep(for: .seconds(1))
                        try await server.start()
                        try await load.goesOn()
                    }
                }
            }
        }

        @Test("A server that hangs instead is as honest: 503 in time, and final answers when it goes on")
        func hanging() async throws {
            try await withNodes { server, cluster, a, replica in
                let show = try await cluster.create(at: a)
                let user = try await cluster.user(at: a)
                let path = "/api/v1/shows/\(show)/holds"
                #expect(try await user.post(path, Hold.seats("1-1")).status == 201)
                let processes = try server.processes()
                #expect(processes.count > 3)
                for process in processes { kill(process, SIGSTOP) }
                let stuck = try await user.post(path, Hold.seats("1-2"), key: "stuck", within: Self.deadline)
                #expect(stuck.status == 503, "\(stuck)")
                let later = try await user.post(path, Hold.seats("1-3"), key: "later", within: Self.deadline)
                #expect(later.status == 503, "\(later)")
                #expect(try await user.at(replica).get("/api/v1/me/holds").status == 200)
                let head = try await user.at(replica).get(
                    "/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"], within: .seconds(15))
                #expect(head.status == 503, "\(head)")
                for process in processes { kill(process, SIGCONT) }
                for (key, seat) in [("stuck", "1-2"), ("later", "1-3")] {
                    try await eventually("\(key) has its answer") {
                        let answer = try await user.post(path, Hold.seats(seat), key: key)
                        guard answer.status != 503 else { return false }
                        #expect(answer.status == 201, "\(answer)")
                        return true
                    }
                }
                try await eventually("the replica reads at the head again") {
                    try await user.at(replica).get("/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"]).status
                        == 200
                }
                try await cluster.expectAgreement(on: show, of: [a, replica], cluster.ledger())
            }
        }

        @Test("A node that starts without the database is alive and not ready, answers 503, and is ready when it comes")
        func startWithout() async throws {
            try await withNodes { server, cluster, a, replica in
                let show = try await cluster.create(at: a)
                let user = try await cluster.user(at: a)
                #expect(try await user.post("/api/v1/shows/\(show)/holds", Hold.best(1)).status == 201)
                try await a.kill()
                #expect(try await replica.stop() == 0)
                try await server.crash()
                try await a.start()
                try await replica.start()
                for node in [a, replica] {
                    let ready = try await user.at(node).get("/health/ready")
                    #expect(ready.status == 503 && ready.code == "not-ready", "\(ready)")
                    let read = try await user.at(node).get(
                        "/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"], within: .seconds(15))
                    #expect(read.status == 503, "\(read)")
                }
                let refused = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(1), within: Self.deadline)
                #expect(refused.status == 503 && refused.outcome == "none", "\(refused)")
                try await server.start()
                for node in [a, replica] { try await node.ready() }
                #expect(try await user.post("/api/v1/shows/\(show)/holds", Hold.best(1)).status == 201)
                try await cluster.expectAgreement(on: show, of: [a, replica], cluster.ledger())
            }
        }
    }
}
