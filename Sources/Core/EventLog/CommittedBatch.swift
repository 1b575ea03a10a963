/// Events that one command recorded, and the trace that the command is of.
public struct EventTrace: Equatable, Sendable {
    public var positions: ClosedRange<Int64>
    /// W3C trace context of the span that asked for the command.
    public var traceParent: String

    public init(positions: ClosedRange<Int64>, traceParent: String) {
        self.positions = positions
        self.traceParent = traceParent
    }
}

/// What one commit added to the log, as it travels from the command node that made it to everybody who follows the log.
/// Without events it only states the head.
///
/// It may be lost on the way: the log in PostgreSQL is the truth, this is the quick way to learn of it.
public struct CommittedBatch: Equatable, Sendable {
    /// The generation of the log that the events were written in, from 1.
    public var epoch: Int64
    /// In order of their positions, which follow each other without a gap; all of one commit, so of one `recordedAt`.
    public var events: [RecordedEvent]
    /// W3C trace context (`traceparent`) of the batch's append. Nil: it is not traced.
    public var traceParent: String?
    /// Which of ``events`` belong to traces that are sampled.
    public var traces: [EventTrace] = []
    /// The log's last sequence number as far as the sender knows; never before the last of ``events``. 0: empty log.
    public var head: Int64
    /// Ties ``events`` to the hash that the log has of them. Nil: nothing does.
    public var seal: BatchSeal?

    public init(
        epoch: Int64, events: [RecordedEvent], traceParent: String? = nil, head: Int64, seal: BatchSeal? = nil
    ) {
        self.epoch = epoch
        self.events = events
        self.traceParent = traceParent
        self.head = head
        self.seal = seal
    }

    /// The statement that the log ends at `head`.
    public init(head: LogPosition) {
        self.init(epoch: head.epoch, events: [], head: head.position)
    }

    /// The sequence numbers of ``events``; nil for a statement of the head.
    public var positions: ClosedRange<Int64>? {
        guard let first = events.first, let last = events.last, first.position <= last.position else { return nil }
        return first.position...last.position
    }

    /// The place and the hash of the batch as its seal says. Nil for a statement of the head, and where there is no seal.
    public var mark: BatchMark? {
        guard let positions, let seal else { return nil }
        return BatchMark(positions: positions, hash: seal.hash)
    }

    /// A way in which a batch contradicts itself. Such a batch must be neither sent nor applied.
    public enum Inconsistency: Error, Equatable, Sendable {
        case epochBelowOne
        case headNegative
        /// `head` is before the last of the batch's own events.
        case headBeforeEvents
        case positionBelowOne
        /// The event at this index does not follow the one before it.
        case gap(index: Int)
        /// The event at this index was recorded at another time than the first.
        case severalCommits(index: Int)
        case streamVersionBelowOne(index: Int)
    }

    /// Whether the batch keeps its own rules. The type can't: a batch is also what a stranger sent.
    public func validate() throws(Inconsistency) {
        guard epoch >= 1 else { throw .epochBelowOne }
        guard head >= 0 else { throw .headNegative }
        guard let first = events.first else { return }
        guard first.position >= 1 else { throw .positionBelowOne }
        var expected = first.position
        for (index, event) in events.enumerated() {
            guard event.position == expected else { throw .gap(index: index) }
            guard event.recordedAt == first.recordedAt else { throw .severalCommits(index: index) }
            guard event.streamVersion >= 1 else { throw .streamVersionBelowOne(index: index) }
            // At the end of the range nothing follows; the next event, if there is one, is then a gap.
            expected = expected == .max ? .min : expected + 1
        }
        guard head >= events[events.count - 1].position else { throw .headBeforeEvents }
    }
}
