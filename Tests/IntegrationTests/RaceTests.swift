import Testing

extension OneCluster {
    /// The same thing asked in the same instant, of both command nodes.
    @Suite("Races between nodes")
    struct RaceTests {
        let shared = SharedCluster.current

        /// Sends requests at once, in turn to both nodes.
        private func race(_ count: Int, _ request: @escaping @Sendable (Int, Node) async throws -> Answer) async throws
            -> [Answer]
        {
            try await withThrowingTaskGroup(of: (Int, Answer).self) { tasks in
                for index in 0..<count {
                    let node = index.isMultiple(of: 2) ? shared.a : shared.b
                    tasks.addTask { (index, try await request(index, node)) }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }

        @Test("One key with two bodies: one is done, the other is told that the key is taken")
        func keyWithTwoBodies() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            for round in 1...10 {
                let answers = try await race(2) { index, node in
                    try await user.at(node).post(
                        "/api/v1/shows/\(show)/holds", Hold.best(Int64(index + 1)), key: "r\(round)")
                }
                #expect(answers.map(\.status).sorted() == [201, 422], "\(answers)")
                #expect(answers.first { $0.status == 422 }?.code == "idempotency-key-reused")
            }
            #expect(try await shared.cluster.ledger().shows[show]?.holds.count == 10)
        }

        @Test("One show created by one key on both nodes is one show")
        func oneShow() async throws {
            let admin = try await shared.cluster.admin(at: shared.a)
            for round in 1...5 {
                let key = "show-\(round)-\(String.random)"
                let answers = try await race(4) { _, node in
                    try await admin.at(node).post("/api/v1/shows", bytes: SampleShow(rows: 1).body, key: key)
                }
                #expect(answers.allSatisfy { $0.status == 201 }, "\(answers)")
                #expect(Set(answers.map(\.text)).count == 1)
            }
        }

        @Test("One hold released under many keys ends once; the others are told that it is not there")
        func oneRelease() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            for _ in 1...5 {
                let placed = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(2))
                let hold = try #require(placed.json["holdId"]?.text)
                let answers = try await race(6) { _, node in try await user.at(node).delete("/api/v1/holds/\(hold)") }
                #expect(answers.map(\.status).sorted() == [204, 404, 404, 404, 404, 404], "\(answers)")
            }
            #expect(try await shared.cluster.ledger().shows[show]?.held == 0)
        }

        @Test("The last units of an area go to as many as there are, and fencing tokens only rise")
        func lastUnits() async throws {
            let show = try await shared.cluster.create(SampleShow(rows: 0, areas: ["floor": 25]), at: shared.a)
            let answers = try await race(40) { index, node in
                try await shared.cluster.user(at: node).post("/api/v1/shows/\(show)/holds", ["areas": ["floor": 1]])
            }
            #expect(answers.count { $0.status == 201 } == 25)
            #expect(answers.filter { $0.status != 201 }.allSatisfy { $0.code == "seats-unavailable" })
            let tokens = answers.compactMap { $0.json["fencingToken"]?.integer }
            #expect(Set(tokens).count == 25)
            try await shared.cluster.expectAgreement(on: show, of: shared.nodes, shared.cluster.ledger())
        }
    }
}
