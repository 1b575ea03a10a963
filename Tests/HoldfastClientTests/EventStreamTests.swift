import Testing

@testable import HoldfastClient

@Suite struct `A stream of Server-Sent Events` {
    private func events(_ text: String, cutAt size: Int = .max) throws -> [ServerSentEvent] {
        var parser = EventStreamParser()
        var (events, rest): ([ServerSentEvent], ArraySlice<UInt8>) = ([], Array(text.utf8)[...])
        while !rest.isEmpty {
            events += try parser.take(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        return events
    }

    private static let text = """
        : a comment

        id: 1.2
        event: availability
        data: {"a":1}

        data:first
        data: second
        data

        id: 1.3

        event: named
        data:  two spaces
        unknown: x


        """

    private static let expected = [
        ServerSentEvent(id: "1.2", name: "availability", data: #"{"a":1}"#),
        ServerSentEvent(id: "1.2", name: "message", data: "first\nsecond\n"),
        ServerSentEvent(id: "1.3", name: "named", data: " two spaces"),
    ]

    @Test(arguments: [1, 2, 3, 7, 1_000]) func `says the same in whatever parts it comes`(size: Int) throws {
        #expect(try events(Self.text, cutAt: size) == Self.expected)
        for ends in ["\r", "\r\n"] {
            #expect(try events(Self.text.replacing("\n", with: ends), cutAt: size) == Self.expected)
        }
        #expect(try events("\u{FEFF}\(Self.text)", cutAt: size) == Self.expected)
    }

    @Test func `says nothing before a message is whole`() throws {
        #expect(try events("data: x\n").isEmpty)
        #expect(try events("\n\n\n").isEmpty)
    }

    @Test func `is refused where a message never ends`() {
        var parser = EventStreamParser()
        let part = [UInt8](repeating: 0x78, count: 1 << 20)
        #expect(throws: EventStreamParser.TooLong.self) {
            for _ in 0...(EventStreamParser.messageBytesMax / part.count) { _ = try parser.take(part) }
        }
    }
}

@Suite struct `Tries again` {
    @Test func `come later and later, and as late as was asked`() {
        let policy = RetryPolicy(firstWait: .milliseconds(100), longestWait: .seconds(5))
        #expect(policy.wait(afterFailures: 1, random: 0) == .milliseconds(50))
        #expect(policy.wait(afterFailures: 3, random: 0) == .milliseconds(200))
        #expect(policy.wait(afterFailures: 1_000, random: 0.999) < .seconds(5))
        #expect(policy.wait(afterFailures: 1, asked: .seconds(9), random: 0) == .seconds(9))
    }

    @Test func `know which token is newer`() throws {
        let tokens = try ["1.9", "1.10", "2.1"].map { try #require(SequenceToken($0)) }
        #expect(tokens == tokens.sorted())
        for bad in ["", "1", "1.", ".1", "1.2.3", "a.b"] { #expect(SequenceToken(bad) == nil) }
    }
}
