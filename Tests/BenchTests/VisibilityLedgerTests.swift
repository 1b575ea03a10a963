import Testing

@testable import loadgen

struct VisibilityLedgerTests {
    private static let number = Array("\"applied\":".utf8)
    private static let window = Load.Window(start: 1_000, end: 2_000)

    private func accepted(_ sequence: Int) -> ResponseParser.Response {
        var response = ResponseParser.Response()
        response.status = 201
        response.sequence = Array("1.\(sequence)".utf8)
        return response
    }

    private func look(_ sequence: Int) -> ResponseParser.Response {
        var response = ResponseParser.Response()
        response.bodyStart = Array("{\"applied\":\(sequence),\"views\":2}".utf8)
        return response
    }

    @Test func `What was accepted waits until a look has seen it, be it after the end`() {
        var ledger = VisibilityLedger(window: Self.window)
        #expect(!ledger.isWaiting)
        ledger.answered(accepted(7), at: 1_500)
        ledger.answered(accepted(8), at: 1_900)
        ledger.looked(look(7), number: Self.number, at: 1_950)
        #expect(ledger.isWaiting)
        #expect(ledger.report.neverSeen == 1)
        ledger.looked(look(8), number: Self.number, at: 9_000)
        #expect(!ledger.isWaiting)
        #expect(ledger.report.neverSeen == 0)
        #expect(ledger.report.sinceAnswer?.count == 2)
    }

    @Test func `What is answered after the end is not looked for`() {
        var ledger = VisibilityLedger(window: Self.window)
        ledger.answered(accepted(7), at: 2_000)
        #expect(!ledger.isWaiting)
    }

    @Test func `What was seen before its caller had the answer does not wait`() {
        var ledger = VisibilityLedger(window: Self.window)
        ledger.looked(look(7), number: Self.number, at: 1_400)
        ledger.answered(accepted(7), at: 1_500)
        #expect(!ledger.isWaiting)
        #expect(ledger.report.visibleBeforeAnswer == 1)
    }
}
