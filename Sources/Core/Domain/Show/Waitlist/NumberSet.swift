/// Numbers in ascending order. Insertion, removal and look-up take logarithmic time and move at most ``chunkMax`` numbers.
struct NumberSet: Equatable, Sendable {
    private static let chunkMax = 512

    /// Ascending, none empty.
    private var chunks: [[Int]] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var first: Int? { chunks.first?.first }
    var all: some Sequence<Int> { chunks.lazy.joined() }

    func contains(_ number: Int) -> Bool {
        guard let chunk = chunk(for: number) else { return false }
        let place = Self.place(of: number, in: chunks[chunk])
        return place < chunks[chunk].count && chunks[chunk][place] == number
    }

    /// Nothing happens if the number is there.
    mutating func insert(_ number: Int) {
        guard let chunk = chunk(for: number) else {
            chunks = [[number]]
            count = 1
            return
        }
        let place = Self.place(of: number, in: chunks[chunk])
        guard place == chunks[chunk].count || chunks[chunk][place] != number else { return }
        chunks[chunk].insert(number, at: place)
        count += 1
        if chunks[chunk].count > Self.chunkMax {
            // Numbers mostly come in ascending order: a full chunk stays nearly full.
            let kept = place == chunks[chunk].count - 1 ? Self.chunkMax : Self.chunkMax / 2
            let rest = Array(chunks[chunk][kept...])
            chunks[chunk].removeSubrange(kept...)
            chunks.insert(rest, at: chunk + 1)
        }
    }

    /// Nothing happens if the number is not there.
    mutating func remove(_ number: Int) {
        guard let chunk = chunk(for: number) else { return }
        let place = Self.place(of: number, in: chunks[chunk])
        guard place < chunks[chunk].count, chunks[chunk][place] == number else { return }
        chunks[chunk].remove(at: place)
        if chunks[chunk].isEmpty { chunks.remove(at: chunk) }
        count -= 1
    }

    /// The chunk that has the number, or that it belongs into; nil: there is none.
    private func chunk(for number: Int) -> Int? {
        guard !chunks.isEmpty else { return nil }
        var (low, high) = (0, chunks.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if chunks[middle][0] <= number { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Where the number is, or belongs.
    private static func place(of number: Int, in chunk: [Int]) -> Int {
        var (low, high) = (0, chunk.count)
        while low < high {
            let middle = (low + high) / 2
            if chunk[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    static func == (a: Self, b: Self) -> Bool { a.count == b.count && a.all.elementsEqual(b.all) }
}
