import Contract
import Domain
import EventLog
import Foundation
import SeededRandom
import Testing

@Suite struct `The table of commands` {
    private struct Seen: Hashable {
        var command: String
        var outcome: String
    }

    private static let declared = Set(
        CommandTable.rows.flatMap { row in
            row.events.map { Seen(command: row.command, outcome: $0) }
                + row.rejections.map { Seen(command: row.command, outcome: $0.name) }
        })

    /// Too rare for random runs: a resale is withdrawn while the hold that buys its seat is overdue.
    private static func withdrawalOverAnOverduePurchase() -> Set<Seen> {
        var show = ShowState(SampleShow.created(rows: ["AA"]))
        do {
            try show.buy("o", by: "ann", seats: ["1-1"])
            try show.ticket(.list, "o-1")
            try show.hold("h", by: "bob", seats: ["1-1"], at: .at(20))
            try show.start("p", hold: "h", by: "bob", at: .at(21))
        } catch {
            Issue.record(error)
        }
        let command = ShowCommand.ticket(.unlist, "o-1")
        return Set(
            outcomes(of: command, on: &show, at: .at(500)).map { Seen(command: command.name, outcome: $0) })
    }

    private static func outcomes(of command: ShowCommand, on state: inout ShowState, at now: Timestamp) -> [String] {
        do {
            return try state.run(command, at: now).map { EncodedEvent($0).type }
        } catch {
            return [error.code.name]
        }
    }

    @Test func `says what random runs come to, all of it and nothing else`() {
        var seen: Set<Seen> = []
        for seed: UInt64 in 1...120 {
            var commands = RandomCommands(seed: 70_000 + seed)
            var state = ShowState(commands.show)
            for _ in 0..<500 {
                let (command, now) = commands.next(on: state)
                for outcome in Self.outcomes(of: command, on: &state, at: now) {
                    seen.insert(Seen(command: command.name, outcome: outcome))
                }
            }
            // What random runs rarely or never ask: commands on a show that is not there, and its creation.
            var empty = ShowState()
            let nowhere = OrderID("nowhere")
            let steps: [PaymentStep] = [
                .abandoned, .parked(reason: ""), .refunded(RefundID("r")), .resumed, .authorized("p"), .captured,
                .voided,
                .declined(""), .refused(""), .unanswered(salt: 0), .actionRequired("p", sealedSecret: []), .accepted,
                .observed(ProviderLedger(paymentID: "p", captured: 1)), .suspended(nil), .restored(nil), .ended(nil),
            ]
            for command in [
                .cancelShow, .placeHold(.anything), .startPurchase(.anything),
                .uploadScans(ScanUpload([], by: UserID("door"))), .ticket(.undoScan(areas: nil), "nowhere-1"),
            ]
                + steps.map({ ShowCommand.payment($0, of: nowhere) })
            {
                for outcome in Self.outcomes(of: command, on: &empty, at: .at(1)) {
                    seen.insert(Seen(command: command.name, outcome: outcome))
                }
            }
            let creation = ShowCommand.create(ValidShow(unchecked: commands.show))
            for command in [creation, creation, .cancelShow, .cancelShow] {
                for outcome in Self.outcomes(of: command, on: &empty, at: .at(1)) {
                    seen.insert(Seen(command: command.name, outcome: outcome))
                }
            }
        }
        seen.formUnion(Self.withdrawalOverAnOverduePurchase())
        let undeclared = seen.subtracting(Self.declared)
        #expect(undeclared.isEmpty, "CommandTable lacks \(undeclared)")
        let unseen = Self.declared.subtracting(seen)
        #expect(unseen.isEmpty, "nothing comes to \(unseen)")
    }

    @Test func `is what docs/commands.md says`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/commands.md")
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_DOCS"] != nil {
            try Data(CommandTable.document.utf8).write(to: page)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == CommandTable.document, "run tools/generate-docs")
    }
}

extension PlaceHold {
    fileprivate static let anything = PlaceHold(
        holdID: HoldID("h"), userID: UserID("ann"), selection: .best(PlaceHold.BestPlaces(quantity: 1)))
}

extension StartPurchase {
    fileprivate static let anything = StartPurchase(
        orderID: OrderID("o"), holdID: HoldID("h"), userID: UserID("ann"), fencingToken: 1, paymentMethod: "card")
}
