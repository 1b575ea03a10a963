import Testing

@testable import Bots

@Suite("What is remembered of callers")
struct BotMemoryTests {
    private static let second: Int64 = 1_000_000_000
    /// Long after the start.
    private static let morning = 1_000 * second

    private func visitor(_ caller: UInt64, at address: UInt64? = 1 << 40, print: UInt64 = 7) -> BotMemory.Visitor {
        BotMemory.Visitor(caller: caller << 32 | caller, address: address, print: print, headers: .none)
    }

    @Test("Age, haste, tries and looks are counted, and half is forgotten in ten minutes")
    func caller() {
        let memory = BotMemory(callersMax: 64, addressesMax: 64)
        let alice = visitor(3)
        memory.note(caller: alice.caller, address: nil, isLook: false, at: Self.morning)
        let first = memory.tries(alice, at: Self.morning + 5 * Self.second)
        #expect(first.ageSeconds == 5 && first.tries == 1 && first.hurriedTries == 0 && !first.hasLooked)
        var signals = first
        for index in 1...4 {
            signals = memory.tries(alice, at: Self.morning + 5 * Self.second + Int64(index) * Self.second / 5)
        }
        #expect(signals.tries == 5 && signals.hurriedTries == 4)
        memory.note(caller: alice.caller, address: nil, isLook: true, at: Self.morning + 10 * Self.second)
        signals = memory.tries(alice, at: Self.morning + 606 * Self.second)
        #expect(signals.hurriedTries == 2 && signals.hasLooked)
        signals = memory.tries(alice, at: Self.morning + 40_000 * Self.second)
        #expect(signals.hurriedTries == 0 && signals.tries == 1)
    }

    @Test("A hold counts until it is paid for; an order makes up for three")
    func holds() {
        let memory = BotMemory(callersMax: 64, addressesMax: 64)
        let bob = visitor(4)
        for _ in 0..<4 { memory.settle(.held, of: bob.caller, at: Self.morning) }
        #expect(memory.tries(bob, at: Self.morning).unboughtHolds == 4)
        memory.settle(.ordered, of: bob.caller, at: Self.morning)
        #expect(memory.tries(bob, at: Self.morning).unboughtHolds == 1)
        memory.settle(.ordered, of: bob.caller, at: Self.morning)
        #expect(memory.tries(bob, at: Self.morning).unboughtHolds == 0)
    }

    @Test("Addresses of a caller, and callers and headers at an address, are counted for ten to twenty minutes")
    func addresses() {
        let memory = BotMemory(callersMax: 640, addressesMax: 640)
        for index in UInt64(0)..<8 {
            // A set bit each: linear counting is exact there.
            _ = memory.tries(visitor(9, at: index << 20), at: Self.morning)
            _ = memory.tries(
                BotMemory.Visitor(
                    caller: index << 20 | 1 << 60, address: 1 << 50, print: (index % 2) << 20, headers: .none),
                at: Self.morning)
        }
        #expect((8...9).contains(memory.tries(visitor(9, at: 0), at: Self.morning).addresses))
        let crowd = memory.tries(visitor(2, at: 1 << 50, print: 0), at: Self.morning)
        #expect((8...11).contains(crowd.accountsAtAddress) && crowd.printsAtAddress == 2)
        #expect(crowd.freshPercentAtAddress == 100)
        #expect(memory.tries(visitor(9, at: 0), at: Self.morning + 1_200 * Self.second).addresses == 1)
    }

    @Test("Whoever comes right after the start is not taken for new")
    func start() {
        let memory = BotMemory(callersMax: 64, addressesMax: 64, startedAt: Self.morning)
        let early = memory.tries(visitor(5), at: Self.morning + Self.second)
        #expect(early.ageSeconds >= 60 && early.freshPercentAtAddress == 0)
        #expect(memory.tries(visitor(6), at: Self.morning + 61 * Self.second).ageSeconds == 0)
    }

    @Test("A flood of new callers takes no more room, and does not displace whoever did most")
    func flood() {
        let memory = BotMemory(callersMax: 160, addressesMax: 16)
        let bytes = memory.byteCount
        let hoarder = visitor(0xABCD_EF01)
        for _ in 0..<10 { memory.settle(.held, of: hoarder.caller, at: Self.morning) }
        for index in UInt64(1)...5_000 {
            _ = memory.tries(
                BotMemory.Visitor(
                    caller: index &* 0x9E37_79B9_7F4A_7C15, address: index &* 0xBF58_476D_1CE4_E5B9, print: 1,
                    headers: .none), at: Self.morning + Int64(index))
        }
        #expect(memory.byteCount == bytes)
        #expect(memory.tries(hoarder, at: Self.morning + Self.second).unboughtHolds == 10)
        #expect(BotMemory().byteCount < 32 << 20)
    }
}
