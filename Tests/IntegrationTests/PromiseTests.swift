import Contract
import Domain
import EventLog
import Testing
import TestSupport

extension Faults {
    /// Faults are planted: what is checked after every fault is worth nothing if it can't fail.
    @Suite("The checks after a fault")
    struct PromiseTests {
        private func withHold(_ body: (Cluster, _ nodes: [Node], _ show: String) async throws -> Void) async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), replica = cluster.node("replica", roles: [.query])
                try await cluster.start(a, replica)
                let show = try await cluster.create(at: a)
                let held = try await cluster.user(at: a).post("/api/v1/shows/\(show)/holds", Hold.seats("1-1"))
                #expect(held.status == 201)
                try await cluster.expectViewsAreFolds(on: [a, replica], cluster.ledger(), shows: [show])
                try await body(cluster, [a, replica], show)
            }
        }

        private func failure(of command: String..., in cluster: Cluster, on nodes: [Node] = []) async throws -> String {
            let failure = await #expect(throws: ToolFailure.self) { try await cluster.replay(command, on: nodes) }
            return try #require(failure).output
        }

        @Test("Acknowledged holds that the log has lost are missed, and so is the ground of refusals")
        func lostHold() async throws {
            try await withHold { cluster, nodes, _ in
                let plan = SampleShow(rows: 2, seatsPerRow: 1000)
                let load = Load(on: try await cluster.create(plan, at: nodes[0]))
                async let running: Void = load.run(plan, in: cluster, on: [nodes[0]])
                try await load.goesOn()
                load.stop()
                try await running
                let told = try await load.settle()
                let sound = try await cluster.ledger()
                #expect(told.falsehoods(against: try #require(sound.shows[load.show])) == [])
                // All that came after the show itself: refusals leave no events.
                try await cluster.loseTail(after: sound.head - Int64(told.accepted.count))
                let cut = try #require(try await cluster.ledger().shows[load.show])
                let falsehoods = told.falsehoods(against: cut)
                #expect(
                    falsehoods.contains { $0.hasPrefix("\(told.accepted.count) acknowledged and lost") },
                    "\(falsehoods)")
                #expect(
                    told.rejected.isEmpty
                        || falsehoods.contains { $0.hasPrefix("\(told.rejected.count) refused and free") },
                    "\(falsehoods)")
            }
        }

        @Test("An event that somebody edited is named by the log's check, and every view differs from the new fold")
        func editedEvent() async throws {
            try await withHold { cluster, nodes, _ in
                try await cluster.editLastEvent()
                #expect(try await failure(of: "log", "check", in: cluster).contains("NOT whole"))
                #expect(try await failure(of: "verify", in: cluster, on: nodes).contains("my-holds at 2: DIFFERS"))
                await #expect(throws: (any Error).self) { try await cluster.ledger() }
            }
        }

        @Test("A seat that a rogue writer gave to another as well is found in the log, and stops the seat map")
        func twoOwners() async throws {
            try await withHold { cluster, nodes, show in
                let rogue = HoldPlaced(
                    holdID: HoldID("rogue"), userID: UserID("mallory"), seats: [HeldSeat(index: 0, guid: "1-1")],
                    areas: [],
                    total: 0, currency: "EUR", placedAt: Timestamp(microseconds: 0),
                    expiresAt: Timestamp(microseconds: .max))
                let position = try await cluster.append(EncodedEvent(.hold(.placed(rogue))), to: show)
                let fault = await #expect(throws: Ledger.Fault.self) { try await cluster.ledger() }
                #expect(fault?.description == "seat 1-1 has two owners")
                let fresh = ["Last-Seen-Sequence": "head"]
                for node in nodes {
                    let map = try await Caller(node: node).get("/api/v1/shows/\(show)/availability", headers: fresh)
                    #expect(map.code == "projection-stopped", "\(map)")
                }
                let output = try await failure(of: "verify", in: cluster, on: nodes)
                #expect(output.contains("availability STOPPED before event \(position)"))
            }
        }
    }
}
