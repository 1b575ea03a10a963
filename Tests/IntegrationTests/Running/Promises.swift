import Domain
import Postgres
import TestSupport
import Testing

/// What has to be true after every fault, when all nodes are up again: asked over the public API, and compared with what
/// the callers were told meanwhile and with what the log says.
extension Cluster {
    /// Runs `body` under load, and checks all promises when the load has gone on after it.
    ///
    /// - Parameters:
    ///   - buying: the command nodes that the load is on.
    ///   - nodes: all that are up in the end, of whatever roles.
    ///   - pace: how long every buyer waits between two seats.
    func underLoad(
        buyingAt buying: [Node], checking nodes: [Node], pace: Duration = .zero, _ body: (Load) async throws -> Void
    ) async throws {
        let plan = SampleShow(rows: 6, seatsPerRow: 1500)
        let load = Load(on: try await create(plan, at: buying[0]), pace: pace)
        async let running: Void = load.run(plan, in: self, on: buying)
        try await load.goesOn()
        try await body(load)
        try await load.goesOn()
        load.stop()
        try await running
        try await expectPromises(of: load, on: nodes)
    }

    /// Asks again for what a load that was stopped left open, and checks everything.
    func expectPromises(of load: Load, on nodes: [Node]) async throws {
        let told = try await load.settle()
        // Reading the log checks that it is whole, and that no seat ever had two owners.
        let ledger = try await ledger()
        try await expectTruth(of: told, on: load.show, ledger)
        try await expectHoldsListed(told, on: nodes)
        try await expectSameAnswers(to: told, of: load, on: nodes)
        try await expectViewsAreFolds(on: nodes, ledger, shows: [load.show])
        // All that asking again has changed nothing.
        #expect(try await self.ledger().head == ledger.head)
    }

    /// Every view of every node is the fold of the log; the log is whole, as the tool sees it too.
    func expectViewsAreFolds(on nodes: [Node], _ ledger: Ledger, shows: [String]) async throws {
        let readers = nodes.filter { $0.roles.contains(.query) }
        for show in shows { try await expectAgreement(on: show, of: readers, ledger) }
        try await replay("verify", on: nodes)
        #expect(try await replay("log", "check").contains("the log is whole: \(ledger.head) events"))
    }

    /// Runs the replay tool on this cluster's log and these nodes. Throws with what it printed when it finds a fault.
    @discardableResult
    func replay(_ command: String..., on nodes: [Node] = []) async throws -> String {
        var arguments = command + ["--postgres-url", database.appConninfo]
        if !nodes.isEmpty { arguments += ["--token", try await tokens.admin()] }
        for node in nodes { arguments += ["--node", "http://127.0.0.1:\(node.port)"] }
        return try await Executable.replay(arguments)
    }

    /// Everything that anybody was told is true in the log.
    private func expectTruth(of told: Load.Told, on show: String, _ ledger: Ledger) async throws {
        let show = try #require(ledger.shows[show])
        let held = Set(show.holds.keys.map(\.rawValue))
        for (command, answer) in told.accepted {
            #expect(
                answer.json["holdId"]?.text.map(held.contains) == true,
                "\(command.seat) was acknowledged and is not in the log: \(answer)")
        }
        #expect(held.count == told.accepted.count, "there are holds that nobody was told of, or one was told twice")
        #expect(Set(told.accepted.map(\.command.seat)).count == told.accepted.count, "a seat was given to two")
        for (command, answer) in told.rejected {
            #expect(answer.code == "seats-unavailable", "\(answer)")
            #expect(show.owner(of: command.seat) != nil, "\(command.seat) was refused and is free")
        }
        #expect(told.others.isEmpty, "\(told.others.prefix(3))")
        #expect(told.unknown.isEmpty)
        for id in told.none {
            #expect(try await !hasRecorded(command: id), "\(id) never reached the log, it was said")
        }
    }

    /// Every buyer's My Holds, on every node, read at the log's head, are those that were acknowledged.
    private func expectHoldsListed(_ told: Load.Told, on nodes: [Node]) async throws {
        let buyers = Dictionary(grouping: told.accepted) { $0.command.caller.token }
        for node in nodes where node.roles.contains(.query) {
            for (_, accepted) in buyers {
                guard let buyer = accepted.first?.command.caller.at(node) else { continue }
                let mine = try await buyer.get(
                    "/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head", "Prefer": "wait=10"])
                let listed = mine.json["holds"]?.list?.compactMap { $0["holdId"]?.text } ?? []
                #expect(Set(listed) == Set(accepted.compactMap { $0.answer.json["holdId"]?.text }), "on \(node.name)")
            }
        }
    }

    /// Every command node gives every old answer again, to the byte; of very many, some from everywhere.
    private func expectSameAnswers(to told: Load.Told, of load: Load, on nodes: [Node]) async throws {
        for finals in [told.accepted, told.rejected] {
            for index in stride(from: 0, to: finals.count, by: 1 + finals.count / 150) {
                let (command, answer) = finals[index]
                for node in nodes where node.roles.contains(.command) {
                    let again = try await load.send(command, at: node)
                    #expect(again.status == answer.status && again.body == answer.body, "\(again), on \(node.name)")
                    #expect(again.isReplayed)
                    #expect(again.sequence == answer.sequence)
                }
            }
        }
    }

    private func hasRecorded(command id: String) async throws -> Bool {
        let statement = PostgresStatement(once: "SELECT count(*) FROM holdfast.commands WHERE id::text = $1")
        let dashed = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
            String(Array(id)[range])
        }
        return try await database.admin().query(statement, PostgresParameters(dashed.joined(separator: "-"))).int64(0, 0) > 0
    }
}
