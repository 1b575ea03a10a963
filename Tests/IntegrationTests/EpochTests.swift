import Testing
import TestSupport

extension Faults {
    @Suite("Epochs")
    struct EpochTests {
        @Test("When the epoch is raised under running nodes, all go on: commands, reads by old tokens, replicas")
        func raised() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), b = cluster.node("b"), replica = cluster.node("replica", roles: [.query])
                try await cluster.start(a, b, replica)
                let show = try await cluster.create(at: a)
                let user = try await cluster.user(at: a)
                let path = "/api/v1/shows/\(show)/holds"
                let before = try await user.post(path, Hold.best(1), key: "before")
                #expect(before.status == 201)
                #expect(before.sequence?.hasPrefix("1.") == true)
                #expect(try await user.at(b).post(path, Hold.best(1)).status == 201)

                #expect(try await cluster.raiseEpoch() == 2)
                for node in [a, b] {
                    let after = try await user.at(node).post(path, Hold.best(1))
                    #expect(after.status == 201, "\(after)")
                    #expect(after.sequence?.hasPrefix("2.") == true, "\(after)")
                    for reader in [a, b, replica] {
                        for token in [try #require(after.sequence), try #require(before.sequence), "head"] {
                            let read = try await user.at(reader).get(
                                "/api/v1/me/holds", headers: ["Last-Seen-Sequence": token])
                            #expect(read.status == 200, "\(token) on \(reader.name): \(read)")
                        }
                    }
                }
                let again = try await user.at(b).post(path, Hold.best(1), key: "before")
                #expect(again.body == before.body)
                #expect(again.isReplayed)
                try await cluster.expectAgreement(on: show, of: [a, b, replica], cluster.ledger())
                for node in [a, b, replica] { try await node.ready() }
            }
        }

        @Test("When a tail is lost, what was in it is told as lost, and nobody shows it any more")
        func lostTail() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), b = cluster.node("b"), replica = cluster.node("replica", roles: [.query])
                try await cluster.start(a, b, replica)
                let show = try await cluster.create(at: a)
                let user = try await cluster.user(at: a)
                let path = "/api/v1/shows/\(show)/holds"
                let kept = try await user.post(path, Hold.seats("1-1"))
                let lost = try await user.at(b).post(path, Hold.seats("2-1"))
                let gone = try await user.post(path, Hold.seats("3-1"))
                for node in [a, b, replica] {
                    let read = try await user.at(node).get(
                        "/api/v1/me/holds", headers: ["Last-Seen-Sequence": try #require(gone.sequence)])
                    #expect(read.json["holds"]?.list?.count == 3)
                }
                try await cluster.loseTail(after: try position(of: kept.sequence))

                for node in [a, b, replica] {
                    let refused = try await user.at(node).get(
                        "/api/v1/me/holds",
                        headers: ["Cookie": "Last-Seen-Sequence=\(lost.sequence ?? "")"])
                    // Until a node has heard of the new epoch it can only tell what it knows.
                    if refused.status == 200 { continue }
                    #expect(refused.status == 409, "\(refused)")
                    #expect(refused.code == "sequence-lost")
                    #expect(refused.clearsCookie)
                }
                // The seats of the lost holds are free, on both nodes, at the first attempt.
                let other = try await cluster.user(at: b)
                #expect(try await other.post(path, Hold.seats("3-1")).status == 201)
                #expect(try await other.at(a).post(path, Hold.seats("2-1")).status == 201)
                #expect(try await other.at(a).post(path, Hold.seats("1-1")).code == "seats-unavailable")
                for node in [a, b, replica] {
                    try await eventually("\(node.name) is in the new epoch") {
                        let read = try await user.at(node).get(
                            "/api/v1/me/holds", headers: ["Last-Seen-Sequence": lost.sequence ?? ""])
                        return read.code == "sequence-lost"
                    }
                    let mine = try await user.at(node).get(
                        "/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"])
                    #expect(mine.json["holds"]?.list?.count == 1, "\(node.name): \(mine)")
                }
                try await cluster.expectAgreement(on: show, of: [a, b, replica], cluster.ledger())
            }
        }
    }
}
