import SeededRandom
import Testing

@testable import RateLimits

@Suite("How many are open at once")
struct OpenCountsTests {
    @Test("Each key has as many as it may, and another when one is closed")
    func limit() throws {
        let counts = OpenCounts<String>(countMax: 2)
        var first = counts.open("a")
        let second = counts.open("a")
        #expect(first != nil && second != nil && counts.open("a") == nil)
        #expect(counts.open("b") != nil)
        first = nil
        #expect(counts.open("a") != nil)
        withExtendedLifetime(second) {}
    }

    @Test("Whatever opens and closes, the counts are right, and what is closed takes no memory")
    func randomRuns() {
        var random = SeededGenerator(seed: 5)
        let counts = OpenCounts<Int>(countMax: 3)
        var open: [(key: Int, lease: OpenCounts<Int>.Lease)] = []
        for _ in 0..<5_000 {
            if Bool.random(using: &random), let index = open.indices.randomElement(using: &random) {
                open.remove(at: index)
            } else {
                let key = Int.random(in: 0..<20, using: &random)
                let isFull = open.count { $0.key == key } == 3
                let lease = counts.open(key)
                #expect((lease == nil) == isFull)
                if let lease { open.append((key, lease)) }
            }
            #expect(counts.keyCount == Set(open.map(\.key)).count)
        }
        open = []
        #expect(counts.keyCount == 0)
    }
}
