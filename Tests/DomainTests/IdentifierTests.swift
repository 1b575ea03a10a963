import Domain
import SeededRandom
import Testing

@Suite struct `An id` {
    @Test(arguments: ["a", "!", "~", "seat-1.4_7", String(repeating: "x", count: 64)])
    func `from outside is 1 to 64 visible ASCII characters`(text: String) {
        #expect(ShowID(checking: text)?.rawValue == text)
    }

    @Test(
        arguments: [
            "", " ", "a b", "a\0", "\0", "a\u{7F}", "a\n", "\u{202E}abc", "a\u{200F}", "caf\u{E9}", "e\u{301}",
            "\u{1F3AB}", String(repeating: "x", count: 65), String(repeating: "x", count: 1_000_000),
        ])
    func `with anything else in it is refused`(text: String) {
        #expect(ShowID(checking: text) == nil)
        #expect(UserID(checking: text) == nil)
    }

    @Test func `takes every visible ASCII character and no other byte`() {
        for scalar in UInt8.min...0x7F {
            let text = String(UnicodeScalar(scalar))
            #expect((HoldID(checking: text) != nil) == (0x21...0x7E).contains(scalar), "byte \(scalar)")
        }
    }

    @Test func `of a show repeats for the same command and differs for others`() {
        let command = CommandID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
        let show = ShowID(createdBy: command)
        #expect(show == ShowID(createdBy: command))
        #expect(show.rawValue.utf8.count == 16)
        #expect(ShowID(checking: show.rawValue) == show)
        #expect(show != ShowID(createdBy: CommandID(high: command.high ^ 1, low: command.low)))
        #expect(show != ShowID(createdBy: CommandID(high: command.high, low: command.low ^ 1 << 48)))
    }

    @Test func `of a hold says which show it is on`() {
        let command = CommandID(high: .max, low: 0)
        for name in ["s", "with-dash", "-", ShowID(createdBy: command).rawValue] {
            let hold = HoldID(on: ShowID(name), placedBy: command)
            #expect(hold.show == ShowID(name))
            #expect(hold == HoldID(on: ShowID(name), placedBy: command))
            #expect(hold != HoldID(on: ShowID(name), placedBy: CommandID(high: .max, low: 1)))
        }
        #expect(HoldID(checking: HoldID(on: ShowID(createdBy: command), placedBy: command).rawValue) != nil)
    }

    @Test(arguments: ["", "nodash", "-x", String(repeating: "x", count: 65) + "-y", "a b-c", "\0-c"])
    func `of a hold that nobody made has no show`(text: String) {
        #expect(HoldID(text).show == nil)
    }

    @Test func `sorts by its characters`() {
        #expect(ShowID("a") < ShowID("b"))
        #expect(ShowID("B") < ShowID("a"))
        #expect(!(ShowID("a") < ShowID("a")))
    }
}

@Suite struct `A command id` {
    private let id = CommandID(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_FEFF)

    @Test func `is 16 bytes, big-endian`() {
        #expect(id.bytes == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 254, 255])
        #expect(CommandID(bytes: id.bytes) == id)
        #expect(CommandID(bytes: id.bytes + [1, 2, 3]) == id)
    }

    @Test func `is not made of fewer bytes`() {
        for count in 0..<16 { #expect(CommandID(bytes: id.bytes.prefix(count)) == nil) }
    }

    @Test func `is written as 32 lower-case hexadecimal digits, and read back`() {
        #expect(id.description == "000102030405060708090a0b0c0dfeff")
        #expect(CommandID(id.description) == id)
        #expect(CommandID(String(repeating: "f", count: 32)) == CommandID(high: .max, low: .max))
    }

    @Test(
        arguments: [
            "", "0", String(repeating: "0", count: 31), String(repeating: "0", count: 33),
            "000102030405060708090A0B0C0DFEFF", "+00102030405060708090a0b0c0dfeff", "000102030405060-08090a0b0c0dfeff",
            "g00102030405060708090a0b0c0dfeff", " 00102030405060708090a0b0c0dfeff",
            String(repeating: "\u{E9}", count: 16),
            String(repeating: "\0", count: 32),
        ])
    func `is not read from anything else`(text: String) {
        #expect(CommandID(text) == nil)
    }

    @Test func `survives bytes and text, whatever it is`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<1_000 {
            let id = CommandID(high: random.next(), low: random.next())
            #expect(CommandID(bytes: id.bytes) == id)
            #expect(CommandID(id.description) == id)
        }
    }
}

@Suite struct `A time` {
    @Test func `saturates instead of overflowing`() {
        #expect(Timestamp(microseconds: 5).adding(seconds: 2) == Timestamp(microseconds: 2_000_005))
        #expect(Timestamp(microseconds: 5).adding(seconds: -2) == Timestamp(microseconds: -1_999_995))
        #expect(Timestamp(microseconds: 5).adding(seconds: .max) == Timestamp(microseconds: .max))
        #expect(Timestamp(microseconds: 5).adding(seconds: .min) == Timestamp(microseconds: .min))
        #expect(Timestamp(microseconds: .max).adding(seconds: 1) == Timestamp(microseconds: .max))
        #expect(Timestamp.distantPast.adding(seconds: -1) == .distantPast)
    }
}
