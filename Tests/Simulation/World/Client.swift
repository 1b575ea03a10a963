import Domain
import EventLog
import Payments
import Sequencing

/// Somebody who holds seats, lets go of them, looks at what they have, and asks again when nobody answers.
struct Client {
    struct Command {
        var request: CommandRequest
        var attempts: [Int] = []
        /// The first that was heard. Final.
        var answer: RecordedAnswer?
    }

    let number: Int
    /// A browser: what it keeps is up to the service, which sets its cookie also when it has nothing to show.
    let keepsCookies: Bool
    /// By key.
    var commands: [Command] = []
    /// The keys that have no final answer yet.
    var unfinished: [Int] = []
    var holds: [HoldID] = []
    /// By hold, as far as this client knows.
    var fencingTokens: [HoldID: Int64] = [:]
    var orders: [OrderID] = []
    /// Of waiting lists; the last may have ended.
    var entries: [WaitlistEntryID] = []
    /// The key and the attempt it is waiting for.
    var waiting: (key: Int, attempt: Int)?
    var isReading = false
    var token: LogPosition?
    /// What that token was given for.
    var tokenFact: FactID = History.root
    /// The furthest it has seen.
    var seen: FactID = History.root
    /// What it has done of what everybody does in the end.
    var closingSteps = 0
    var isDone = false

    init(number: Int, keepsCookies: Bool) {
        self.number = number
        self.keepsCookies = keepsCookies
    }

    var user: UserID { UserID("user\(number)") }

    func commandID(key: Int) -> CommandID { CommandID(high: UInt64(number + 1), low: UInt64(key + 1)) }

    /// Takes a token if it is of a later place than the one it has. The number decides: see `keepLaterCookie`.
    mutating func take(_ new: LogPosition, for fact: FactID) {
        if let token, (token.position, token.epoch) > (new.position, new.epoch) { return }
        token = new
        tokenFact = fact
    }

    /// Sees an answer that reflects `fact`.
    mutating func see(_ fact: FactID, in history: History) {
        if history.reaches(fact, seen) {
            seen = fact
        } else if !history.reaches(seen, fact), history.isInLog(fact) || !history.isInLog(seen) {
            seen = fact
        }
    }
}

/// One try at a command, at one process.
struct Attempt {
    enum Asker {
        case client(Int, key: Int)
        /// The payment process there.
        case payments(Int, turn: Int, Proposal)
        /// Whoever has to do with the waiting room. Nobody waits.
        case room
    }

    enum Proposal {
        case order(OrderID)
        case returning(ShowID)
        case books(BooksWatch.Finding)
    }

    var asker: Asker
    var request: CommandRequest
    var process: Int
    /// By the process, or by its end.
    var isAnswered = false
    /// It was told that the command is in the log, with events.
    var wasAccepted = false
    /// Its process had answered the key before the attempt was sent, so that its answer is a replay.
    var mustBeReplay = false
}
