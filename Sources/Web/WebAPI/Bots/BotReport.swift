import Bots
import Domain
import Synchronization

/// What was done about whom, by show: for organisers, of this node, in memory, bounded.
final class BotReport: Sendable {
    enum Decision: Equatable {
        /// Something would have been done, were it not only watched.
        case watched(BotAction)
        /// The caller answered what they were asked for.
        case answered(BotAction)
        case stopped(BotAction)

        var name: String {
            switch self {
            case .watched: "watched"
            case .answered: "answered"
            case .stopped: "stopped"
            }
        }

        var action: BotAction {
            switch self {
            case .watched(let action), .answered(let action), .stopped(let action): action
            }
        }
    }

    /// A caller about whom something was done last.
    struct Caller {
        var user: UserID
        var score: BotScore
        var decision: Decision
        var at: Timestamp
        var times: Int
    }

    struct Show {
        var since: Timestamp
        var total = 0
        /// Tries by what became of them, such as `stopped` and `work`.
        var counts: [String: [BotAction: Int]] = [:]
        var callers: [Caller] = []
    }

    /// Shows that are kept; the one with the fewest decisions gives way.
    private static let showsMax = 256
    /// Callers of a show; the one who was not seen for longest gives way.
    static let callersMax = 100

    private let shows = Mutex<[ShowID: Show]>([:])

    func note(_ id: ShowID, _ user: UserID, _ score: BotScore, _ decision: Decision, at time: Timestamp) {
        shows.withLock { shows in
            if shows[id] == nil, shows.count >= Self.showsMax,
                let least = shows.min(by: { $0.value.total < $1.value.total })
            {
                shows[least.key] = nil
            }
            shows[id, default: Show(since: time)].note(user, score, decision, at: time)
        }
    }

    /// Nil: nothing was done about anybody.
    func show(_ id: ShowID) -> Show? { shows.withLock { $0[id] } }
}

extension BotReport.Show {
    fileprivate mutating func note(
        _ user: UserID, _ score: BotScore, _ decision: BotReport.Decision, at time: Timestamp
    ) {
        total += 1
        counts[decision.name, default: [:]][decision.action, default: 0] += 1
        if let index = callers.firstIndex(where: { $0.user == user }) {
            callers[index].score = score
            callers[index].decision = decision
            callers[index].at = time
            callers[index].times += 1
            return
        }
        if callers.count >= BotReport.callersMax,
            let oldest = callers.indices.min(by: { callers[$0].at < callers[$1].at })
        {
            callers.remove(at: oldest)
        }
        callers.append(BotReport.Caller(user: user, score: score, decision: decision, at: time, times: 1))
    }
}
