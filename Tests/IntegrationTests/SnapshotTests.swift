import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite("Snapshots")
    struct SnapshotTests {
        private func files(of node: Node) throws -> [URL] {
            try FileManager.default.contentsOfDirectory(
                at: node.dataFolder.appending(path: "snapshots"), includingPropertiesForKeys: nil
            ).filter { $0.pathExtension == "snapshot" }
        }

        /// A replica that has seen some holds and was stopped; what it wrote to its log so far.
        private func stopped(
            _ replica: Node, in cluster: Cluster, _ a: Node
        ) async throws -> (show: String, user: Caller, logLength: Int) {
            try await cluster.start(a, replica)
            let show = try await cluster.create(at: a)
            let user = try await cluster.user(at: a)
            let held = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(3))
            let read = try await user.at(replica).get(
                "/api/v1/me/holds", headers: ["Last-Seen-Sequence": try #require(held.sequence)])
            #expect(read.json["holds"]?.list?.count == 1)
            #expect(try await replica.stop() == 0)
            return (show, user, try replica.log.count)
        }

        @Test("A replica stores its views when it stops, and begins with them when it starts again")
        func restored() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), replica = cluster.node("replica", roles: [.query])
                let (show, user, length) = try await stopped(replica, in: cluster, a)
                // One file for each view in a query node's memory.
                #expect(try files(of: replica).count == 7)
                _ = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(2))
                try await replica.startReady()
                let log = try replica.log.dropFirst(length)
                #expect(
                    log.contains("view=availability") && log.contains("view=my-holds") && log.contains("view restored"))
                try await cluster.expectAgreement(on: show, of: [a, replica], cluster.ledger())
                let mine = try await user.at(replica).get("/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"])
                #expect(mine.json["holds"]?.list?.count == 2)
            }
        }

        @Test(
            "A damaged snapshot is ignored with a warning, whatever the damage",
            arguments: ["bit", "cut", "empty", "noise"])
        func damaged(how: String) async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), replica = cluster.node("replica", roles: [.query])
                let (show, user, length) = try await stopped(replica, in: cluster, a)
                for file in try files(of: replica) {
                    var bytes = try Data(contentsOf: file)
                    switch how {
                    case "bit": bytes[bytes.count - 5] ^= 4
                    case "cut": bytes = bytes.prefix(bytes.count / 2)
                    case "empty": bytes = Data()
                    default: bytes = Data((0..<5000).map { _ in UInt8.random(in: 0...255) })
                    }
                    try bytes.write(to: file)
                }
                try await replica.startReady()
                let log = try replica.log.dropFirst(length)
                #expect(log.contains("warning") && log.contains("snapshot ignored"))
                #expect(!log.contains("view restored"))
                try await cluster.expectAgreement(on: show, of: [a, replica], cluster.ledger())
                let mine = try await user.at(replica).get("/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"])
                #expect(mine.json["holds"]?.list?.count == 1)
            }
        }

        @Test("A snapshot of a tail that the log lost is ignored with a warning")
        func lostTail() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), replica = cluster.node("replica", roles: [.query])
                let (show, user, length) = try await stopped(replica, in: cluster, a)
                try await cluster.loseTail(after: 1)
                try await replica.startReady()
                let log = try replica.log.dropFirst(length)
                #expect(log.contains("snapshot ignored"))
                #expect(!log.contains("view restored"))
                let mine = try await user.at(replica).get("/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"])
                #expect(mine.json["holds"] == [])
                // The other node runs on. A read that waits there while it notices the new epoch is told to come again.
                try await eventually("a has built its views anew") {
                    let read = try await user.at(a).get("/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"])
                    return read.status == 200
                }
                try await cluster.expectAgreement(on: show, of: [a, replica], cluster.ledger())
            }
        }

        @Test("A snapshot beyond the end of the log, as of another database, is ignored with a warning")
        func otherLog() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), replica = cluster.node("replica", roles: [.query])
                let (show, _, length) = try await stopped(replica, in: cluster, a)
                try await a.kill()
                try await cluster.loseTail(after: 1, raisingEpoch: false)
                try await a.startReady()
                try await replica.startReady()
                #expect(try replica.log.dropFirst(length).contains("snapshot ignored"))
                try await cluster.expectAgreement(on: show, of: [a, replica], cluster.ledger())
            }
        }
    }
}
