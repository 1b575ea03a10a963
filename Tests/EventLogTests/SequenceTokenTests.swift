import EventLog
import Testing

@Suite("A sequence token")
struct SequenceTokenTests {
    @Test(
        "reads back what it wrote",
        arguments: [SequenceToken(epoch: 1, sequence: 0), SequenceToken(epoch: 7, sequence: .max)])
    func roundTrip(_ token: SequenceToken) {
        #expect(SequenceToken(token.description) == token)
    }

    @Test("is epoch, dot, sequence number")
    func text() {
        #expect(SequenceToken(epoch: 1, sequence: 4711).description == "1.4711")
    }

    @Test(
        "is nothing else",
        arguments: [
            "", ".", "1", "1.", ".1", "0.1", "1.01", "01.1", "1.-1", "-1.1", "+1.1", "1.+1", "1.1.1", " 1.1", "1.1 ",
            "1,1", "1.1e3", "0x1.1", "a.b", "1.9223372036854775808", "9223372036854775808.1", "١.١", "1.1\u{0}",
        ])
    func malformed(_ text: String) {
        #expect(SequenceToken(text) == nil)
    }
}
