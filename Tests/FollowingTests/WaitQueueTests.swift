import SeededRandom
import Testing
@testable import Following
import Projection

@Suite("Who waits for which sequence number")
struct WaitQueueTests {
    @Test("Woken in the order of sequence numbers, and of arrival within one") func order() {
        var queue = WaitQueue<String>(countMax: 10)
        for (name, position) in [("c", 7), ("a1", 3), ("b", 5), ("a2", 3)] as [(String, Int64)] {
            _ = queue.add(name, until: position)
        }
        #expect(queue.advance(to: 2) == [])
        #expect(queue.advance(to: 5) == ["a1", "a2", "b"])
        #expect(queue.advance(to: 5) == [])
        #expect(queue.advance(to: .max) == ["c"])
    }

    @Test("No more wait than may; who gives up makes room") func bound() throws {
        var queue = WaitQueue<Int>(countMax: 2)
        let first = try queue.place(1, until: 1)
        _ = queue.add(2, until: 2)
        #expect(queue.add(3, until: 3) == nil)
        #expect(queue.cancel(first) == 1)
        #expect(queue.add(3, until: 3) != nil)
        #expect(queue.advance(to: 9) == [2, 3])
        #expect(queue.add(4, until: 4) != nil)
    }

    @Test("Nobody is woken twice: not after giving up, not by giving up after") func once() throws {
        var queue = WaitQueue<Int>(countMax: 10)
        let gaveUp = try queue.place(1, until: 5)
        let woken = try queue.place(2, until: 5)
        #expect(queue.cancel(gaveUp) == 1)
        #expect(queue.cancel(gaveUp) == nil)
        #expect(queue.advance(to: 5) == [2])
        #expect(queue.cancel(woken) == nil)
        #expect(queue.removeAll() == [])
    }

    @Test("All are taken out at once, in order") func all() {
        var queue = WaitQueue<Int>(countMax: 10)
        for position: Int64 in [3, 1, 2] { _ = queue.add(Int(position), until: position) }
        #expect(queue.removeAll() == [1, 2, 3])
        #expect(queue.advance(to: .max) == [])
        #expect(queue.add(9, until: 1) != nil)
    }

    @Test("Those who gave up don't pile up") func compaction() throws {
        var queue = WaitQueue<Int>(countMax: 10)
        _ = queue.add(0, until: .max)
        for number in 1...10_000 {
            let id = try queue.place(number, until: 1_000_000)
            #expect(queue.cancel(id) == number)
        }
        #expect(queue.placeCount <= 128)
        #expect(queue.advance(to: .max) == [0])
    }

    @Test("It does what a plain list does", arguments: 0..<40) func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = WaitQueue<Int>(countMax: 20)
        var model: [(number: Int, position: Int64, id: WaitQueue<Int>.ID)] = []
        for number in 0..<400 {
            switch random.next() % 8 {
            case 0...4:
                let position = Int64.random(in: 0...50, using: &random)
                let id = queue.add(number, until: position)
                #expect((id == nil) == (model.count == 20))
                if let id { model.append((number, position, id)) }
            case 5:
                guard let index = model.indices.randomElement(using: &random) else { break }
                let gone = model.remove(at: index)
                #expect(queue.cancel(gone.id) == gone.number)
            case 6:
                let position = Int64.random(in: 0...50, using: &random)
                let reached = model.filter { $0.position <= position }
                    .sorted { ($0.position, $0.number) < ($1.position, $1.number) }
                model.removeAll { $0.position <= position }
                #expect(queue.advance(to: position) == reached.map(\.number))
            default:
                guard random.next() % 10 == 0 else { break }
                let all = model.sorted { ($0.position, $0.number) < ($1.position, $1.number) }
                model = []
                #expect(queue.removeAll() == all.map(\.number))
            }
        }
    }
}

extension WaitQueue {
    /// Adds a ticket that there must be room for.
    fileprivate mutating func place(_ ticket: Ticket, until position: Int64) throws -> ID {
        let id = add(ticket, until: position)
        return try #require(id)
    }
}
