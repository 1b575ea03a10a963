import Domain
import EventLog

/// The log itself: the in-memory one's tables, and older states of them that a restore may go back to.
struct SimulatedLog {
    private(set) var content = LogContent()
    /// Before each of the last commits, oldest first.
    private var older: [LogContent] = []
    /// Until then every call fails.
    var outageEnds: Moment = 0
    /// Until then the standby is away: commits are visible, and nobody is told of them, because they may be lost.
    var standbyReturns: Moment = 0
    /// The end of what the standby had when it went away.
    private var replicated: Int64 = 0

    /// The most commits that a restore loses.
    static let lossMax = 8

    mutating func append(_ batch: AppendBatch, now: Timestamp) throws(AppendFailure) -> (AppendResult, [RecordedEvent])
    {
        let before = content
        let result = try content.append(batch, now: now)
        older.append(before)
        if older.count > Self.lossMax { older.removeFirst() }
        return (result, content.events(after: before.head.position, limit: .max))
    }

    /// The standby, which has everything, goes away for a time.
    mutating func loseStandby(until end: Moment) {
        replicated = content.head.position
        standbyReturns = end
    }

    /// No failover takes back what is up to here.
    func durablePosition(now: Moment) -> Int64 { now < standbyReturns ? replicated : content.head.position }

    /// The planted fault: the last append never was.
    mutating func forgetLastAppend() { if let before = older.popLast() { content = before } }

    /// No restore goes back beyond what is there now.
    mutating func keepAll() { older = [] }

    /// Begins a new epoch, without the last commits, as many of these as can be. Returns how many were lost.
    mutating func raiseEpoch(losingCommits count: Int) -> Int {
        let lost = min(count, older.count)
        if lost > 0 {
            var restored = older[older.count - lost]
            restored.epochs = content.epochs
            content = restored
            older.removeLast(lost)
        }
        content.raiseEpoch()
        standbyReturns = 0
        return lost
    }
}
