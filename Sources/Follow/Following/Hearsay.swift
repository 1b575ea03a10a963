import EventLog

/// What a replica applied because a message said so, and what the log has not confirmed yet. A message is believed for one look
/// at the log at most: then its batch is in the log with the hash that it stated, or everything that was applied is in doubt.
struct Hearsay: Sendable {
    /// In order.
    private(set) var marks: [BatchMark] = []
    /// Until then, messages are hints to read the log, and nothing else.
    private(set) var distrustedUntil: Duration?
    private let marksMax: Int

    /// - Parameter marksMax: batches that may be applied before the log confirms them.
    init(marksMax: Int) { self.marksMax = marksMax }

    /// The last events of the batches that are to be confirmed. Nil: there are none.
    var positions: ClosedRange<Int64>? {
        guard let first = marks.first, let last = marks.last else { return nil }
        return first.positions.upperBound...last.positions.upperBound
    }

    /// Up to where the log vouches for what was applied up to `applied`.
    func confirmed(of applied: Int64) -> Int64 { marks.first.map { $0.positions.lowerBound - 1 } ?? applied }

    func believes(at now: Duration) -> Bool {
        marks.count < marksMax && distrustedUntil.map { now >= $0 } ?? true
    }

    mutating func applied(_ mark: BatchMark) { marks.append(mark) }

    /// Takes in what the log said of the batches whose last events are in `asked`.
    ///
    /// - Returns: the first that the log does not have.
    mutating func confirm(_ look: LogLook, asked: ClosedRange<Int64>) -> BatchMark? {
        let judged = marks.prefix { $0.positions.upperBound <= asked.upperBound }
        if let strange = look.firstStrange(of: judged) { return strange }
        marks.removeFirst(judged.count)
        return nil
    }

    mutating func forget() { marks = [] }

    mutating func distrust(until end: Duration) { distrustedUntil = end }
}
