import Foundation
@testable import payments_simulator
import Testing

/// The simulator is what everything else is tried on; these are about the parts that nothing else would show.
@Suite("The payment simulator's ledger")
struct SimulatorLedgerTests {
    private static let form =
        "amount=2500&currency=eur&payment_method=%CARD%&payment_method_types[]=card"
        + "&capture_method=manual&confirm=true&metadata[order]=o%271"

    @Test(
        "an amount is one that the provider takes in its currency",
        arguments: [
            (1_005, "kwd", false), (1_010, "kwd", true), (101, "tnd", false), (150, "isk", false), (1_500, "ugx", true),
            (1, "jpy", true), (101, "eur", true), (100, "zzz", false), (100_000_000, "usd", false),
        ])
    func amounts(amount: Int, currency: String, isTaken: Bool) {
        let fields =
            "amount=\(amount)&currency=\(currency)&payment_method=pm_card_visa&confirm=true"
            + "&payment_method_types[]=card"
        #expect(((try? Call(.post, "payment_intents", FormFields(fields.utf8))) != nil) == isTaken)
    }

    @Test("what was written reads back the same: a journal's entries make the ledger again")
    func journal() throws {
        var ledger = Ledger()
        var lines: [[UInt8]] = []
        for (path, body, key) in [
            ("payment_intents", form("pm_card_visa"), "k1"), ("payment_intents", form("pm_card_visa"), nil),
            ("payment_intents", form("pm_card_visa_chargeDeclinedLostCard"), "k2"),
            ("payment_intents/pi_sim1/capture", "", nil), ("payment_intents/pi_sim2/cancel", "", "k3"),
            ("payment_intents/pi_sim2/capture", "", "k4"), ("refunds", "payment_intent=pi_sim1&amount=100", "k5"),
            ("refunds", "payment_intent=pi_sim1&amount=99999", "k6"),
        ] as [(String, String, String?)] {
            let fields = try FormFields(body.utf8)
            let keyed = key.map { IdempotencyKey($0, path: path, fields: fields) }
            let outcome = ledger.perform(try Call(.post, path[...], fields), key: keyed, now: 7)
            if let entry = outcome.entry { lines.append(entry.line()) }
        }
        #expect(lines.count == 7)
        var again = Ledger()
        for line in lines { again.apply(try JSONDecoder().decode(Entry.self, from: Data(line))) }
        #expect(again.intents == ledger.intents)
        #expect(again.refunds == ledger.refunds)
        #expect(ledger.intents.map(\.status) == [.succeeded, .canceled, .needsMethod])
        for (key, path, body, status) in [
            ("k1", "payment_intents", form("pm_card_visa"), 200),
            ("k2", "payment_intents", form("pm_card_visa_chargeDeclinedLostCard"), 402),
            ("k3", "payment_intents/pi_sim2/cancel", "", 200), ("k4", "payment_intents/pi_sim2/capture", "", 400),
            ("k5", "refunds", "payment_intent=pi_sim1&amount=100", 200),
        ] {
            let key = IdempotencyKey(key, path: path, fields: try FormFields(body.utf8))
            #expect(again.recorded(key) == ledger.recorded(key))
            #expect(again.recorded(key)?.wasReplayed == true)
            #expect(again.recorded(key)?.answer.status == status)
        }
    }

    @Test("a key answers as it did then, is refused to other parameters, and to others while it is used")
    func keys() throws {
        var ledger = Ledger()
        let fields = try FormFields(form("pm_card_visa").utf8)
        let key = IdempotencyKey("k", path: "payment_intents", fields: fields)
        let call = try Call(.post, "payment_intents", fields)
        ledger.begin(key)
        #expect(ledger.perform(call, key: key, now: 1).answer == .failure(.keyUnderWay("k")))
        ledger.end(key)
        let first = ledger.perform(call, key: key, now: 1)
        _ = ledger.perform(.capture("pi_sim1", amount: nil), key: nil, now: 2)
        let again = ledger.perform(call, key: key, now: 3)
        #expect(again.answer == first.answer)
        #expect(again.wasReplayed && again.entry == nil)
        let others = try FormFields((form("pm_card_visa") + "&description=x").utf8)
        let other = IdempotencyKey("k", path: "payment_intents", fields: others)
        #expect(ledger.perform(call, key: other, now: 3).answer == .failure(.keyReused("k")))
        #expect(ledger.intents.count == 1)
    }

    @Test("an answer of 500 is recorded with its key, though the payment was made")
    func brokenAnswer() throws {
        var ledger = Ledger()
        let fields = try FormFields(form("pm_card_visa").utf8)
        let key = IdempotencyKey("k", path: "payment_intents", fields: fields)
        let call = try Call(.post, "payment_intents", fields)
        #expect(ledger.perform(call, key: key, now: 1, .breaksAfter).answer.status == 500)
        #expect(ledger.perform(call, key: key, now: 2).answer.status == 500)
        #expect(ledger.intents.map(\.status) == [.authorized])
    }

    @Test("a refund that bounces gives nothing back, and reads back the same")
    func bouncing() throws {
        var ledger = Ledger()
        _ = ledger.perform(try Call(.post, "payment_intents", FormFields(form("pm_card_visa").utf8)), key: nil, now: 1)
        _ = ledger.perform(.capture("pi_sim1", amount: nil), key: nil, now: 1)
        let refund = try Call(.post, "refunds", FormFields("payment_intent=pi_sim1&metadata[order]=o-1".utf8))
        let outcome = ledger.perform(refund, key: nil, now: 2, .bounces)
        #expect(outcome.events.map(\.type) == ["refund.failed"])
        #expect(ledger.refunds.map(\.failureReason) == ["expired_or_canceled_card"])
        #expect(ledger["pi_sim1"]?.refunded == 0)
        let line = try #require(outcome.entry).line()
        #expect(try JSONDecoder().decode(Entry.self, from: Data(line)) == outcome.entry)
        guard case .refund(let second) = ledger.perform(refund, key: nil, now: 3).answer else {
            Issue.record("not made")
            return
        }
        #expect(second.failureReason == nil && ledger["pi_sim1"]?.refunded == 2500)
    }

    @Test("a failure that is recorded without effect is answered until the key is forgotten")
    func recordedFailure() throws {
        var ledger = Ledger()
        let fields = try FormFields(form("pm_card_visa").utf8)
        let key = IdempotencyKey("k", path: "payment_intents", fields: fields)
        let call = try Call(.post, "payment_intents", fields)
        let broken = ledger.perform(call, key: key, now: 1, .isAnswered(.broken))
        #expect(broken.answer == .failure(.broken) && broken.entry != nil)
        #expect(ledger.perform(call, key: key, now: 2).wasReplayed)
        #expect(ledger.intents.isEmpty)
        ledger.forgetKeys()
        #expect(ledger.perform(call, key: key, now: 3).answer.status == 200)
    }

    @Test("searches find by metadata and status, quoted either way, and what is too young not yet")
    func searching() throws {
        #expect(Search.parsed(#"metadata['order']:'o\'1'"#) == Search(metadata: ["order": "o'1"]))
        #expect(
            Search.parsed(#"metadata["a"]:"b" AND status:'succeeded'"#)
                == Search(metadata: ["a": "b"], status: "succeeded"))
        for query in ["", "x", "metadata['a']", "metadata['a']:'b", "metadata['a']:'b' OR status:'x'", "status:x"] {
            #expect(Search.parsed(query) == nil)
        }
        var ledger = Ledger()
        _ = ledger.perform(try Call(.post, "payment_intents", FormFields(form("pm_card_visa").utf8)), key: nil, now: 10)
        var search = try #require(Search.parsed(#"metadata['order']:'o\'1'"#))
        #expect(ledger.perform(.search(search), key: nil, now: 10).answer == .found(ledger.intents))
        search.lagSeconds = 3
        #expect(ledger.perform(.search(search), key: nil, now: 12).answer == .found([]))
    }

    @Test("lists page backwards, newest first")
    func paging() throws {
        var ledger = Ledger()
        let call = try Call(.post, "payment_intents", FormFields(form("pm_card_visa").utf8))
        for _ in 0..<5 { _ = ledger.perform(call, key: nil, now: 1) }
        var ids: [[String]] = []
        var page = Page(limit: 2)
        while case .intents(let intents, let hasMore) = ledger.perform(.list(page), key: nil, now: 1).answer {
            ids.append(intents.map(\.id))
            guard hasMore else { break }
            page.startingAfter = intents.last?.id
        }
        #expect(ids == [["pi_sim5", "pi_sim4"], ["pi_sim3", "pi_sim2"], ["pi_sim1"]])

        for intent in ["pi_sim1", "pi_sim2"] { _ = ledger.perform(.capture(intent, amount: nil), key: nil, now: 1) }
        for number in 0..<5 {
            let refund = NewRefund(intent: "pi_sim\(number % 2 + 1)", amount: 1, metadata: [:])
            _ = ledger.perform(.refund(refund), key: nil, now: 1)
        }
        func refunds(of intent: String?, _ page: Page) -> Answer {
            ledger.perform(.listRefunds(of: intent, page), key: nil, now: 1).answer
        }
        let all = ledger.refunds
        #expect(refunds(of: nil, Page(limit: 3)) == .refunds([all[4], all[3], all[2]], hasMore: true))
        #expect(refunds(of: "pi_sim1", Page(limit: 2)) == .refunds([all[4], all[2]], hasMore: true))
        let last = Page(limit: 2, startingAfter: all[2].id)
        #expect(refunds(of: "pi_sim1", last) == .refunds([all[0]], hasMore: false))
    }

    @Test("tokens say what goes wrong, at which step, and how often")
    func tokens() throws {
        #expect(Card("pm_card_visa")?.trouble == nil)
        #expect(Card("pm_card_unheardOf") == nil)
        #expect(Card("tok_visa") == nil)
        #expect(Card("pm_card_captureBounces") == nil)
        for (token, step, kind, times) in [
            ("pm_card_timeoutBefore", .authorize, .timeoutBefore, 1),
            ("pm_card_error500AfterAlways", .authorize, .error500After, .max),
            ("pm_card_captureFails", .capture, .fails, 2), ("pm_card_captureRefused", .capture, .refused, .max),
            ("pm_card_voidCutAfter", .void, .cutAfter, 1), ("pm_card_refundSlow", .refund, .slow, 1),
            ("pm_card_refundBounces", .refund, .bounces, 1),
            ("pm_card_error500Recorded", .authorize, .error500Recorded, 1),
            ("pm_card_refundRefusedRecorded", .refund, .refusedRecorded, 1),
        ] as [(String, Trouble.Step, Trouble.Kind, Int)] {
            let trouble = try #require(Card(token)?.trouble, "\(token)")
            #expect(trouble.step == step && trouble.kind == kind && trouble.times == times, "\(token)")
        }
    }

    @Test("the same seed makes the same mischief, at about the rate that was asked for")
    func mischief() throws {
        let call = Call.retrieve("pi_sim1")
        func kinds(_ seed: UInt64) -> [Trouble.Kind?] {
            var mischief = Mischief(rate: 0.2, seed: seed)
            return (0..<10_000).map { _ in mischief.trouble(with: call, token: nil, subject: nil) }
        }
        #expect(kinds(1) == kinds(1))
        #expect(kinds(1) != kinds(2))
        #expect((1_800...2_200).contains(kinds(1).compactMap { $0 }.count))
        #expect(Set(kinds(1).compactMap { $0 }) == Set(Trouble.Kind.random))
    }

    private func form(_ card: String) -> String { Self.form.replacingOccurrences(of: "%CARD%", with: card) }
}
