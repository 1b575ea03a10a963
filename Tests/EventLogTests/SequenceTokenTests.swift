import EventLog
import Testing

@Suite("A sequence token")
struct LogPositionTests {
    @Test(
        "reads back what it wrote",
        arguments: [LogPosition(epoch: 1, position: 0), LogPosition(epoch: 7, position: .max)])
    func roundTrip(_ token: LogPosition) {
        #expect(LogPosition(token.description) == token)
    }

    @Test("is epoch, dot, sequence number")
    func text() {
        #expect(LogPosition(epoch: 1, position: 4711).description == "1.4711")
    }

    @Test(
        "is nothing else",
        arguments: [
            "", ".", "1", "1.", ".1", "0.1", "1.01", "01.1", "1.-1", "-1.1", "+1.1", "1.+1", "1.1.1", " 1.1", "1.1 ",
            "1,1", "1.1e3", "0x1.1", "a.b", "1.9223372036854775808", "9223372036854775808.1", "١.١", "1.1\u{0}",
        ])
    func malformed(_ text: String) {
        #expect(LogPosition(text) == nil)
    }
}
