import Availability
import DequeModule
import Domain
import EventLog
import Following
import Projection
import Deadlines
import MyHolds
import OpenPayments
import SeededRandom
import Sequencing

/// One process: a command node or a query replica. All but its number, its disk and its clock is gone when it crashes.
struct Process {
    let number: Int
    /// It has a sequencer, and the views that its expiry timer and its payment process go by; else it has the views that clients read.
    let sequences: Bool
    let sequencerLimits: SequencerLimits
    let followerLimits: FollowerMachine.Limits
    var isUp = false
    /// Counts its starts.
    var life = 0
    /// How far its clock is ahead of the world's.
    var clockError: Moment = 0
    var disk = Disk()
    var sequencer = SequencerDriver()
    var follower = FollowerDriver()
    /// Nil: another process folds the log into the stored view.
    var stored: StoredDriver?
    /// Where the log was when the process started: what it must have seen before it answers a read.
    var headAtStart: FactID = History.root
    /// Nil: it is not the active one of the payment processes.
    var payments: PaymentDriver?

    /// Its limits are small enough to be met.
    init(number: Int, sequences: Bool, _ random: inout SeededGenerator) {
        self.number = number
        self.sequences = sequences
        var limits = SequencerLimits()
        limits.commandsMax = random.int(3...40)
        limits.callersPerCommandMax = random.int(1...4)
        limits.batchCommandsMax = random.int(1...8)
        limits.deadlinesPerBatchMax = random.int(1...5)
        limits.attemptsMax = random.int(2...8)
        limits.deadlineTicks = Int64(random.int(2...12))
        limits.retryTicks = Int64(random.int(1...3))
        limits.cachedStreamsMax = random.int(1...3)
        limits.cachedAnswersMax = random.int(1...20)
        limits.loadPageEvents = random.int(3...40)
        sequencerLimits = limits
        var follower = FollowerMachine.Limits()
        follower.reorderBatchesMax = random.int(1...20)
        follower.gapPatience = .milliseconds(random.int(1...8))
        follower.retryDelay = .milliseconds(random.int(10...200))
        follower.pageEvents = random.int(2...60)
        follower.readyLagMax = Int64(random.int(2...40))
        follower.pollInterval = .milliseconds(random.int(200...1_000))
        followerLimits = follower
    }
}

/// What `Sequencer` is around its machine.
struct SequencerDriver {
    enum Input {
        case submit(attempt: Int)
        case appended(Result<AppendResult, AppendFailure>)
        case recovered([RecordedCommand])
        case recoveryFailed
        case loaded([RecordedEvent], of: StreamID, after: Int64)
        case loadFailed(StreamID)
        case meetDeadlines(StreamID, onlyIfCached: Bool)
        case enter(epoch: Int64)
        case tick
    }

    /// Nil until the log's epoch was asked for.
    var machine: SequencerMachine<Int>?
    var inbox: [Input] = []
    var isAwake = false
    /// What the publisher states when it has nothing else to say.
    var head: LogPosition?
    var toldAt: Moment = 0
}

/// What `Replica` is around its machine, and its views.
struct FollowerDriver {
    enum Input {
        case batch(CommittedBatch)
        case tick
    }

    /// Messages that may wait; beyond it the oldest are dropped.
    static let inboxMax = 64

    var holds: View<MyHolds>?
    var seatMaps: View<Availability>?
    var deadlines: View<Deadlines>?
    var payments: View<OpenPayments>?
    var views: [any FollowingView] = []
    /// Beside the views: what they have, as the judge sees it.
    var contents: [FactID] = []
    /// Beside the views: what they had when they were last compared with a fold.
    var compared: [FactID?] = []
    /// Beside the views: the reads that wait.
    var waiters: [WaitQueue<Int>] = []
    /// Nil until the epochs are known and the snapshots restored.
    var machine: FollowerMachine?
    var pending: Deque<FollowerMachine.Action> = []
    /// A read of the log is under way, and everything else waits for it.
    var isReading = false
    var inbox: Deque<Input> = []
    /// What it says of itself.
    var status = Status()

    struct Status {
        var isReady = false
        var hasCaughtUp = false
        var epoch: Int64 = 0
        var head: Int64 = 0
    }
}
