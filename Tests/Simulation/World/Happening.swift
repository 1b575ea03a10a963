import Domain
import EventLog
import Payments
import Sequencing

/// Everything that can happen in the simulated world. `life` is the process's as it was when this was planned: what was
/// on its way to a process that has died since is lost.
indirect enum Happening {
    // Clients
    case clientActs(Int)
    case requestArrives(attempt: Int)
    case answerArrives(attempt: Int, CommandAnswer?)
    case patienceEnds(attempt: Int)
    case readArrives(Int)
    case readAnswerArrives(Int, ReadAnswer)

    // Processes
    case processStarts(Int)
    case processCrashes(Int, life: Int)
    case sequencerWakes(Int, life: Int)
    /// A tenth of a second has passed for a process with a sequencer.
    case sequencerTicks(Int, life: Int)
    case followerTicks(Int, life: Int, repeats: Bool)
    case messageArrives(CommittedBatch, at: Int)
    /// A follower that stopped within what it was applying applies the rest.
    case followerGoesOn(Int, life: Int)
    case snapshotIsDue(Int, life: Int, view: Int)
    case snapshotIsWritten(Int, life: Int, view: Int, SnapshotFile)
    case waitEnds(read: Int, life: Int)
    case waiterWakes(read: Int, life: Int)

    // Payments. `turn` is the term of an active process.
    case leaseIsSought(Int, life: Int)
    case leaseIsFreed(Int)
    case leaseLossIsNoticed(Int, lease: Int)
    case paymentsWake(Int, turn: Int)
    case providerIsCalled(PaymentMachine.Call, by: Payer, answers: Bool)
    case providerAnswers(Result<PaymentMachine.Answer, PaymentError>, to: Payer)
    case hintArrives(OrderID, at: Int)
    case booksAreAskedFor(BooksWatch.Call, by: Int, turn: Int)
    case booksArrive(BooksWatch.Call, Result<BooksWatch.Answer, PaymentError>, at: Int, turn: Int)
    case moneyHintArrives(String, at: Int)

    // The stored view. `lease` is the one its process has.
    case storedLeaseIsSought(Int, life: Int)
    case storedLeaseIsFreed(Int)
    case storedLeaseLossIsNoticed(Int, lease: Int)
    case storedTurns(Int, lease: Int)
    case storedCallArrives(StoredCall, Int, lease: Int, answerAfter: Moment?)
    case storedReplyArrives(StoredReply, Int, lease: Int)

    // The waiting room
    case roomTurns

    // The log
    case callArrives(LogCall, from: Asker, answerAfter: Moment?)
    case replyArrives(LogReply, to: Asker)

    // The world
    case faultsAreDrawn
    case faultsEnd
    case endIsSought
}

/// A call of the log, as the processes make them.
enum LogCall {
    case append(AppendBatch)
    case barrier
    case commands([CommandID])
    case stream(StreamID, after: Int64, limit: Int)
    case events(after: Int64, limit: Int)
    case head
    case epochs
}

enum LogReply {
    case append(Result<AppendResult, AppendFailure>)
    case barrierPassed(LogPosition)
    case commands([RecordedCommand])
    case events([RecordedEvent])
    case head(LogPosition)
    case epochs(EpochHistory)
    case failed(LogError)
}

/// Who called the log, and what for.
struct Asker {
    enum Purpose {
        // A sequencer's
        case firstEpoch
        case append
        case barrier(looksUp: [CommandID])
        case lookUp
        case load(StreamID, after: Int64)
        case answerEpochs(RecordedCommand, attempts: [Int], replayed: Bool)
        case answerContent(RecordedCommand, attempts: [Int], replayed: Bool, epochs: EpochHistory)
        // A follower's
        case snapshotEpochs
        case snapshotHead(EpochHistory)
        case followEpochs
        case followHead
        case followEvents(limit: Int)
        /// The events were read; the head tells which epoch they are of.
        case followEventsHead([RecordedEvent], limit: Int)
        // A payment process's
        case paymentsHead(turn: Int)
        case paymentsBarrier(turn: Int, seen: LogPosition)
        // A read's
        case readHead(Int)
        case readTokenHead(Int)
        case readEpochs(Int, LogPosition)
    }
    var process: Int
    var life: Int
    var purpose: Purpose
}
