/// Which batch of the log has some events: its place and its hash. Two marks are equal only if everything in the batches, and
/// everything before them, is.
public struct BatchMark: Hashable, Sendable {
    /// The sequence numbers of the batch's events.
    public var positions: ClosedRange<Int64>
    public var hash: [UInt8]

    public init(positions: ClosedRange<Int64>, hash: [UInt8]) {
        self.positions = positions
        self.hash = hash
    }
}

/// The end of the log, and the batches that somebody asked for, as they were at one moment.
public struct LogLook: Equatable, Sendable {
    public var head: LogPosition
    /// In order; without the batches that have no events.
    public var marks: [BatchMark]

    public init(head: LogPosition, marks: [BatchMark] = []) {
        self.head = head
        self.marks = marks
    }

    /// The first of the marks in `claimed` that is not the log's. Nil: the log has them all.
    ///
    /// - Parameter claimed: within the range that was asked for.
    public func firstStrange(of claimed: some Sequence<BatchMark>) -> BatchMark? {
        let known = Set(marks)
        return claimed.first { !known.contains($0) }
    }
}

extension EventReader {
    /// Reads the head, and the marks of the batches whose last events are in `positions`.
    public func look(confirming positions: ClosedRange<Int64>?) async throws(LogError) -> LogLook {
        guard let positions else { return LogLook(head: try await head()) }
        return try await look(at: positions)
    }
}
