/// Bounds of a ``SequencerMachine``. Ticks are the calls of ``SequencerMachine/tick()``, ten a second.
public struct SequencerLimits: Sendable {
    /// Commands that may wait or be under way; more are refused as overloaded. At 10,000 commands/s this is under a
    /// second of work: a longer queue only makes everybody's answer late.
    public var commandsMax = 8_192
    /// Callers that may wait for one command (replays of one in flight).
    public var callersPerCommandMax = 16
    /// Commands in one append. The round trip and the disk sync are paid per batch, so larger is faster up to here;
    /// beyond it only the first caller's wait grows.
    public var batchCommandsMax = 512
    /// Events that one append records of what is overdue (expired holds), so that a mass expiry doesn't stall everybody
    /// else. Commands on a stream that has more overdue wait for the appends that record it.
    public var deadlinesPerBatchMax = 500
    /// Times that a command is decided anew because another writer was faster.
    public var attemptsMax = 16
    /// Ticks until a caller is told that there is no answer: 5 s.
    public var deadlineTicks: Int64 = 50
    /// Ticks between attempts to reach a log that failed.
    public var retryTicks: Int64 = 3
    /// Streams whose state is kept; the least recently used is dropped, and read from the log when asked for again.
    public var cachedStreamsMax = 512
    /// Recorded answers that are kept, to answer replays without a look-up.
    public var cachedAnswersMax = 16_384
    /// Bytes of events in an answer that is kept. A larger one (a new show carries its whole seating plan) is read from
    /// the log when it is asked for again.
    public var cachedAnswerBytesMax = 4_096
    /// Events in one read of a stream.
    public var loadPageEvents = 10_000

    public init() {}
}
