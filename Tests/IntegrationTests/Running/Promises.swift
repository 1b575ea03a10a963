import Foundation
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
        #expect(told.falsehoods(against: try #require(ledger.shows[load.show])) == [])
        for id in told.none {
            #expect(try await !hasRecorded(command: id), "\(id) never reached the log, it was said")
        }
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
        try await replay(["verify"], on: nodes)
        #expect(try await replay(["log", "check"]).contains("the log is whole: \(ledger.head) events"))
    }

    /// Runs the replay tool on this cluster's log and these nodes. Throws with what it printed when it finds a fault.
    @discardableResult
    func replay(_ command: [String], on nodes: [Node] = []) async throws -> String {
        var arguments = command + ["--postgres-url", database.readerConninfo]
        if !nodes.isEmpty {
            let file = tokens.dataFolder.appending(path: "replay.token")
            try Data(try await tokens.admin().utf8).write(to: file)
            arguments += ["--token-file", file.path]
        }
        for node in nodes { arguments += ["--node", "http://127.0.0.1:\(node.operationsPort)"] }
        return try await Executable.replay(arguments)
    }

    /// Every buyer's My Holds, on every node, read at the log's head, are those that were acknowledged.
    private func expectHoldsListed(_ told: Load.Told, on nodes: [Node]) async throws {
        let buyers = Dictionary(grouping: told.accepted) { $0.command.caller.token }
        for node in nodes where node.roles.contains(.query) {
            for (_, accepted) in buyers {
                guard let buyer = accepted.first?.command.caller.at(node) else { continue }
                let mine = try await buyer.get(
                    "/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"])
                let listed = mine.json["holds"]?.list?.compactMap { $0["holdId"]?.text } ?? []
                #expect(Set(listed) == Set(accepted.compactMap { $0.answer.json["holdId"]?.text }), "on \(node.name)")
            }
        }
    }

    /// Every command node gives every old answer again, to the byte; of very many, some from everywhere.
    private func expectSameAnswers(to told: Load.Told, of load: Load, on nodes: [Node]) async throws {
        try await withThrowingTaskGroup { tasks in
            for node in nodes where node.roles.contains(.command) {
                for finals in [told.accepted, told.rejected] {
                    let some = stride(from: 0, to: finals.count, by: 1 + finals.count / 150).map { finals[$0] }
                    tasks.addTask {
                        for (command, answer) in some {
                            let again = try await load.send(command, at: node)
                            try #require(again.isReplayed && again.status == answer.status, "\(again), on \(node.name)")
                            try #require(again.body == answer.body && again.sequence == answer.sequence, "\(again)")
                        }
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    private func hasRecorded(command id: String) async throws -> Bool {
        let statement = PostgresStatement(once: "SELECT count(*) FROM holdfast.commands WHERE id::text = $1")
        let dashed = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
            String(Array(id)[range])
        }
        return try await database.admin().query(statement, PostgresParameters(dashed.joined(separator: "-"))).int64(
            0, 0) > 0
    }
}

extension Load.Told {
    /// What anybody was told, in the end, that is not so by the log.
    func falsehoods(against show: Ledger.Show) -> [String] {
        let held = Set(show.holds.keys.map(\.rawValue))
        let lost = accepted.filter { $0.answer.json["holdId"]?.text.map(held.contains) != true }
        let groundless = rejected.filter {
            $0.answer.code != "seats-unavailable" || show.owner(of: $0.command.seat) == nil
        }
        var falsehoods: [String] = []
        if let first = lost.first { falsehoods.append("\(lost.count) acknowledged and lost: \(first.answer)") }
        if let first = groundless.first { falsehoods.append("\(groundless.count) refused and free: \(first.answer)") }
        if held.count > accepted.count { falsehoods.append("\(held.count) holds, and \(accepted.count) acknowledged") }
        if Set(accepted.map(\.command.seat)).count < accepted.count { falsehoods.append("a seat was given twice") }
        if let first = others.first { falsehoods.append("\(others.count) strange answers: \(first)") }
        if !unknown.isEmpty { falsehoods.append("\(unknown.count) without a final answer") }
        return falsehoods
    }
}
