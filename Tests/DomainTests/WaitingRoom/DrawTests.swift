import Domain
import Testing

/// The vectors are from Python's `hmac` and `hashlib`.
@Suite struct `The draw` {
    private let ids = (0..<8).map { EntryID("0123456789abcdef-\($0)") }
    private let up = [UInt8](0..<32)
    private let down = (0..<32).map { UInt8(255 - $0) }
    private let beacon = Draw.sha256("round".utf8)
    private let hash = Draw.sha256("log".utf8)

    @Test func `gives the order that others compute`() {
        #expect(beacon.prefix(4) == [0xA9, 0x7B, 0x09, 0x31])
        #expect(Draw.order(of: ids, key: up, hash: hash) == [5, 3, 4, 1, 2, 0, 7, 6])
        #expect(Draw.order(of: ids, key: up + down, hash: hash) == [5, 7, 6, 2, 3, 4, 1, 0])
        #expect(Draw.order(of: ids, key: down + up, hash: hash) == [7, 6, 0, 5, 3, 4, 1, 2])
        // More than a block of SHA-256, so the key is hashed first.
        #expect(Draw.order(of: ids, key: up + down + beacon, hash: hash) == [1, 4, 0, 7, 2, 3, 5, 6])
        #expect(Draw.order(of: ids, key: [], hash: hash) == [1, 0, 7, 5, 2, 3, 4, 6])
    }

    @Test func `of ten thousand is what others compute`() {
        let order = Draw.order(of: (0..<10_000).map { EntryID("e\($0)") }, key: up + down, hash: hash)
        #expect(order.prefix(5) == [6379, 2818, 1675, 1962, 135])
        #expect(order.suffix(5) == [6344, 2015, 2250, 3413, 793])
        let digest = Draw.sha256(order.map(String.init).joined(separator: ",").utf8)
        #expect(digest.prefix(4) == [0xD3, 0xD3, 0x33, 0x1D])
    }

    @Test func `does not depend on the order in which people came`() {
        let order = Draw.order(of: ids, key: up, hash: hash).map { ids[$0] }
        let backwards = Array(ids.reversed())
        #expect(Draw.order(of: backwards, key: up, hash: hash).map { backwards[$0] } == order)
    }

    @Test func `of nobody is empty`() { #expect(Draw.order(of: [], key: up, hash: hash).isEmpty) }

    /// Each of four is first in a quarter of 4,000 draws; the bound is five standard deviations.
    @Test func `prefers nobody`() {
        var firsts = [0, 0, 0, 0]
        for round in 0..<4_000 {
            let seed = Draw.sha256("\(round)".utf8)
            firsts[Draw.order(of: Array(ids.prefix(4)), key: seed, hash: hash)[0]] += 1
        }
        for count in firsts { #expect(abs(count - 1_000) < 137) }
    }
}
