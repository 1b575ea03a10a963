import Domain
import EventLog
import Following
import Projection

/// Promise 6: a read reflects what it was asked to reflect, and a session never goes back.
extension Judge {
    /// A read is answered from a view that has come to `content`.
    ///
    /// - Parameters:
    ///   - content: what that view has.
    ///   - token: what the client is told of it.
    ///   - shown: the answer itself.
    mutating func read(_ read: Read, from content: FactID, token: LogPosition, shows shown: Read.Content) {
        tally.readsAnswered += 1
        given(token, for: content, "read \(read.number)")
        // Of a head that was lost since, nothing can be asked; of a token, that it be refused.
        let isMarkLost = read.mark.map { !history.isInLog($0) } ?? false
        if let mark = read.mark, !history.reaches(content, mark), !isMarkLost || read.freshness != .head {
            let detail =
                "read \(read.number) must reflect \(history.position(mark))\(isMarkLost ? ", which is lost," : "") and is "
                + "answered from another \(history.position(content))"
            accuse(.readsAreAsFreshAsAsked, detail)
        }
        // A session whose token was lost is told so as soon as its replica hears of it.
        if let seen = read.seen, history.isInLog(seen), !isMarkLost, !history.reaches(content, seen) {
            let detail =
                "session \(read.client) has seen \(history.position(seen)); read \(read.number) , for \(read.freshness), takes it back to "
                + "\(history.position(content))"
            accuse(.readsAreAsFreshAsAsked, detail)
        }
        if read.isMadeUp {
            accuse(.readsAreAsFreshAsAsked, "read \(read.number) is answered, with a token that nobody was given")
        }
        // What a lost branch held is compared with its fold.
        guard history.isInLog(content) else { return }
        let position = history.position(content)
        if case .seatMap(let show) = read.question, waitlists[show]?.isExposed(at: position) == true {
            accuse(.inTurn, "read \(read.number) at \(position) sees as free what is due to somebody who waits")
        }
        let expected: Read.Content =
            switch read.question {
            case .holds(let user): .holds(ledger.holds(of: user, at: position))
            case .seatMap(let show): .seatMap(held: ledger.held(of: show, at: position))
            }
        if shown != expected {
            accuse(.viewsAreTheirFold, "read \(read.number) at \(position) shows \(shown); the log says \(expected)")
        }
    }

    /// A read is answered by a process that started when the log's head was `start`.
    mutating func hasCaughtUp(_ read: Read, from content: FactID, since start: FactID) {
        guard history.isInLog(start), !history.reaches(content, start) else { return }
        accuse(
            .readsAreAsFreshAsAsked,
            "read \(read.number) is answered from \(history.position(content)), before its process has caught up with "
                + "\(history.position(start))")
    }

    /// A read is refused because its token was lost.
    mutating func refusedAsLost(_ read: Read) {
        tally.readsLost += 1
        if let mark = read.mark, history.isInLog(mark) {
            accuse(.readsAreAsFreshAsAsked, "read \(read.number) hears that \(history.position(mark)) was lost")
        }
    }

    /// A read is refused because the log has no such token.
    mutating func refusedAsAhead(_ read: Read) {
        tally.readsAhead += 1
        if let mark = read.mark, history.isInLog(mark) {
            accuse(
                .readsAreAsFreshAsAsked, "read \(read.number) hears that \(history.position(mark)) is not in the log")
        }
    }
}

/// What a client asks of a replica, and what it must be answered.
struct Read {
    enum Question: Equatable {
        case holds(UserID)
        case seatMap(ShowID)
    }

    /// What of an answer is compared.
    enum Content: Equatable {
        case holds([HoldID])
        /// nil: there is no such show.
        case seatMap(held: Int?)
    }

    enum Freshness: Equatable {
        case any
        case token(LogPosition)
        case head
    }

    var number: Int
    var client: Int
    var process: Int
    var question: Question
    var freshness: Freshness
    /// What the answer has to reflect: what its token was given for, or the log's head as it was. Nil: nothing.
    var mark: FactID?
    /// All that the client has seen; nil where it does not ask for a session.
    var seen: FactID?
    /// Its token is one that nobody was given.
    var isMadeUp = false
    var timeout: Moment
    var isAnswered = false

    // What the process makes of it.
    /// The token as the process understands it.
    var wanted: LogPosition?
    /// The places it waits for, one after the other.
    var awaited: [LogPosition] = []
    /// Where the view was when its token was looked up, and what it had.
    var judgedAt: (place: LogPosition, content: FactID) = (LogPosition(epoch: 0, position: 0), History.root)
    var deadline: Moment = 0
    var waiter: WaitQueue<Int>.ID?
}

/// What a replica says to a read.
enum ReadAnswer {
    case content(token: LogPosition, from: FactID)
    /// 409 `sequence-lost`, with a token to go on with, where there is one.
    case lost(token: LogPosition?, from: FactID)
    /// 400 `sequence-ahead-of-log`.
    case ahead
    /// 503 `replica-behind`, with the place it has reached.
    case behind(token: LogPosition?, from: FactID)
    /// 503 `not-ready`.
    case notReady
    /// 503: the log did not answer.
    case logUnavailable
    /// Nobody answered.
    case refused
}
