import Testing

extension OneCluster {
    @Suite("Idempotency")
    struct IdempotencyTests {
        let shared = SharedCluster.current

        @Test("A command without a key, or with one that is none, is a 400 and never happens")
        func keys() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let path = "/api/v1/shows/\(show)/holds"
            let missing = try await user.post(path, Hold.best(1), key: nil)
            #expect(missing.status == 400, "\(missing)")
            #expect(missing.code == "idempotency-key-required")
            #expect(missing.outcome == "none")
            for key in ["", "a b", "ключ", "\"", "\"a", String(repeating: "k", count: 256), "\"\""] {
                let answer = try await user.post(path, Hold.best(1), key: key)
                #expect(answer.status == 400, "\(key): \(answer)")
                #expect(
                    answer.code == "invalid-idempotency-key" || answer.code == "idempotency-key-required", "\(answer)")
            }
            #expect(try await user.delete("/api/v1/holds/\(show)-abc", key: nil).status == 400)
            #expect(try await shared.cluster.admin(at: shared.a).post("/api/v1/shows", [:], key: nil).status == 400)
            let longest = try await user.post(path, Hold.best(1), key: String(repeating: "k", count: 255))
            #expect(longest.status == 201, "\(longest)")
            #expect(try await shared.cluster.ledger().shows[show]?.holds.count == 1)
        }

        @Test("A replay of what was accepted gets the same answer, on either node, bare or quoted")
        func acceptedReplay() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let path = "/api/v1/shows/\(show)/holds"
            let first = try await user.post(path, Hold.best(2), key: "one")
            #expect(first.status == 201, "\(first)")
            #expect(!first.isReplayed)
            for (node, key) in [(shared.a, "one"), (shared.b, "one"), (shared.a, "\"one\""), (shared.b, "\"one\"")] {
                let again = try await user.at(node).post(path, Hold.best(2), key: key)
                #expect(again.status == 201)
                #expect(again.body == first.body)
                #expect(again.sequence == first.sequence)
                #expect(again.commandID == first.commandID)
                #expect(again.header("Location") == first.header("Location"))
                #expect(again.isReplayed)
            }
            // The answer stays what it was when the hold is long over.
            let hold = try #require(first.json["holdId"]?.text)
            let released = try await user.at(shared.b).delete("/api/v1/holds/\(hold)", key: "two")
            #expect(released.status == 204)
            let releasedAgain = try await user.delete("/api/v1/holds/\(hold)", key: "two")
            #expect(releasedAgain.status == 204)
            #expect(releasedAgain.isReplayed)
            #expect(releasedAgain.sequence == released.sequence)
            #expect(try await user.post(path, Hold.best(2), key: "one").body == first.body)
        }

        @Test("A replay of what was rejected gets the same rejection, on either node, though it could be done by now")
        func rejectedReplay() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let owner = try await shared.cluster.user(at: shared.a)
            let user = try await shared.cluster.user(at: shared.b)
            let path = "/api/v1/shows/\(show)/holds"
            let taken = try await owner.post(path, Hold.seats("1-1"))
            let first = try await user.post(path, Hold.seats("1-1"), key: "mine")
            #expect(first.status == 409, "\(first)")
            #expect(first.outcome == "rejected")
            #expect(!first.isReplayed)
            let hold = try #require(taken.json["holdId"]?.text)
            #expect(try await owner.delete("/api/v1/holds/\(hold)").status == 204)
            for node in [shared.a, shared.b, shared.a] {
                let again = try await user.at(node).post(path, Hold.seats("1-1"), key: "mine")
                #expect(again.status == 409)
                #expect(again.body == first.body)
                #expect(again.sequence == first.sequence)
                #expect(again.isReplayed)
            }
            #expect(try await user.post(path, Hold.seats("1-1"), key: "another").status == 201)
        }

        @Test("A key that was used for another body is a 422; for another route, or by another user, it is another key")
        func reusedKey() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let path = "/api/v1/shows/\(show)/holds"
            let first = try await user.post(path, Hold.best(1), key: "k")
            #expect(first.status == 201)
            for node in [shared.a, shared.b] {
                let reused = try await user.at(node).post(path, Hold.best(2), key: "k")
                #expect(reused.status == 422, "\(reused)")
                #expect(reused.code == "idempotency-key-reused")
                #expect(reused.outcome == "none")
            }
            let hold = try #require(first.json["holdId"]?.text)
            #expect(try await user.delete("/api/v1/holds/\(hold)", key: "k").status == 204)
            let other = try await shared.cluster.user(at: shared.a)
            #expect(try await other.post(path, Hold.best(2), key: "k").status == 201)
            // A refused attempt takes no key: 400 and 422 of that kind are not recorded.
            #expect(try await user.post(path, bytes: Array("{".utf8), key: "fresh").status == 400)
            #expect(try await user.post(path, Hold.best(1), key: "fresh").status == 201)
        }

        @Test("One key sent by many at once, to both nodes, is one hold, and everybody gets the same answer")
        func concurrent() async throws {
            let show = try await shared.cluster.create(SampleShow(rows: 10), at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            for round in 0..<10 {
                let answers = try await withThrowingTaskGroup(of: Answer.self) { tasks in
                    for index in 0..<12 {
                        let caller = user.at(index.isMultiple(of: 2) ? shared.a : shared.b)
                        tasks.addTask {
                            try await caller.post("/api/v1/shows/\(show)/holds", Hold.best(1), key: "r\(round)")
                        }
                    }
                    return try await tasks.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.allSatisfy { $0.status == 201 }, "\(answers)")
                #expect(Set(answers.map(\.text)).count == 1)
                #expect(Set(answers.map(\.sequence)).count == 1)
                #expect(answers.count { !$0.isReplayed } == 1)
            }
            #expect(try await shared.cluster.ledger().shows[show]?.holds.count == 10)
        }

        @Test("A command can be asked for: accepted, rejected, or never seen; and only by its caller")
        func commands() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let path = "/api/v1/shows/\(show)/holds"
            let placed = try await user.post(path, Hold.seats("1-1"))
            let refused = try await user.at(shared.b).post(path, Hold.seats("1-1"))
            for node in [shared.a, shared.b] {
                let accepted = try await user.at(node).get("/api/v1/commands/\(placed.commandID ?? "")")
                #expect(accepted.status == 200, "\(accepted)")
                #expect(accepted.json["status"] == "accepted")
                #expect(accepted.json["sequence"]?.text == placed.sequence)
                #expect(accepted.json["outcome"] == placed.json)
                let rejected = try await user.at(node).get("/api/v1/commands/\(refused.commandID ?? "")")
                #expect(rejected.json["status"] == "rejected", "\(rejected)")
                #expect(rejected.json["sequence"]?.text == refused.sequence)
                #expect(rejected.json["reason"]?["code"] == "seats-unavailable")
                #expect(rejected.json["reason"]?["conflicts"] == refused.json["conflicts"])
                let other = try await shared.cluster.user(at: node)
                #expect(try await other.get("/api/v1/commands/\(placed.commandID ?? "")").status == 404)
                let unseen = try await user.at(node).get("/api/v1/commands/\(String(repeating: "0", count: 32))")
                #expect(unseen.status == 404)
                #expect(unseen.code == "command-not-found")
            }
        }
    }
}
