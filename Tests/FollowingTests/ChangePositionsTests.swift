import SeededRandom
import Testing

@testable import Availability

@Suite("Positions of changes")
struct ChangePositionsTests {
    @Test("They are what they were set to, however far they are from the first", arguments: UInt64(0)..<20)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let first = Int64(random.next() % 1_000)
        var positions = ChangePositions(count: 50, at: first)
        var model = Array(repeating: first, count: 50)
        for step in 0..<200 {
            let index = Int(random.next() % 50)
            let far = step > 100 && random.next() % 20 == 0
            let position =
                far ? first + Int64(UInt32.max) + Int64(random.next() % 3) - 1 : Int64(random.next() % 100_000)
            positions[index] = position
            model[index] = position
            #expect(Array(positions) == model)
        }
        let since = Int64(random.next() % 100_000)
        #expect(positions.indices(after: since) == model.indices.filter { model[$0] > since })
        #expect(Array(ChangePositions(model, from: model.min() ?? 0)) == model)
    }

    @Test("They take whatever a snapshot says") func extremes() {
        let all: [Int64] = [.max, .min, 0, -1, 1 << 32, (1 << 32) - 1]
        for first in all {
            #expect(Array(ChangePositions(all, from: first)) == all)
            #expect(Array(ChangePositions([first], from: first)) == [first])
        }
        #expect(ChangePositions([], from: 0).isEmpty)
    }
}
