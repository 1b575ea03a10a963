/// How much a caller's behaviour looks like a program's, from 0 to 100, and why. A pure function of ``BotSignals``: the same
/// signals have the same score.
///
/// Each signal has its own number of points. What people do, too, has too few to have anybody asked: they are new, impatient,
/// share an address, use old browsers, or let a hold go. Somebody who does all of it at once is hardly a person.
public struct BotScore: Equatable, Sendable {
    /// What points are given for. The names are part of the API.
    public enum Signal: String, CaseIterable, Sendable {
        /// The node has known the caller for less than a minute.
        case new = "new-caller"
        /// Steps follow each other faster than people click.
        case haste
        /// Many tries to take places.
        case persistence
        /// Holds are placed and not paid for.
        case hoarding
        /// The caller comes from many places on the network.
        case addresses = "many-addresses"
        /// Many callers come from this one address.
        case crowd = "shared-address"
        /// Many new callers at one address have all but the same headers.
        case lockstep
        /// Places are taken that nobody has looked at.
        case blind
        /// See ``HeaderOddity``.
        case headers
    }

    /// A signal that counted.
    public struct Reason: Equatable, Sendable {
        public var signal: Signal
        public var points: Int
        /// What was measured: seconds, tries, holds, addresses or callers; 0: there is nothing to count.
        public var value: Int
    }

    public static let max = 100

    /// 0 to ``max``: the sum of the reasons' points, as far as that.
    public let value: Int
    /// The weightiest first.
    public let reasons: [Reason]

    public init(_ signals: BotSignals) {
        var reasons: [Reason] = []
        func add(_ signal: Signal, _ points: Int, _ value: Int = 0) {
            if points > 0 { reasons.append(Reason(signal: signal, points: points, value: value)) }
        }
        add(.new, signals.ageSeconds < 10 ? 15 : signals.ageSeconds < 60 ? 8 : 0, signals.ageSeconds)
        add(.haste, Self.points(signals.hurriedTries, [(3, 20), (5, 45), (8, 70)]), signals.hurriedTries)
        add(.persistence, Self.points(signals.tries, [(25, 10), (45, 25)]), signals.tries)
        add(
            .hoarding,
            Self.points(signals.unboughtHolds, [(3, 15), (4, 30), (5, 45), (6, 60), (8, 75), (10, 90)]),
            signals.unboughtHolds)
        add(.addresses, Self.points(signals.addresses, [(4, 20), (5, 45), (6, 60), (8, 80)]), signals.addresses)
        add(.crowd, Self.points(signals.accountsAtAddress, [(10, 5), (40, 10)]), signals.accountsAtAddress)
        if Self.isLockstep(signals) { add(.lockstep, 45, signals.accountsAtAddress) }
        if !signals.hasLooked { add(.blind, 10) }
        add(.headers, Self.points(signals.headers))
        // Equal points stay in the order of the signals.
        self.reasons = reasons.enumerated().sorted { ($1.element.points, $0.offset) < ($0.element.points, $1.offset) }
            .map(\.element)
        value = min(Self.max, reasons.reduce(0) { $0 + $1.points })
    }

    private static func isLockstep(_ signals: BotSignals) -> Bool {
        // A stadium's crowd has a handful of phones of each kind, but not a handful of kinds.
        signals.accountsAtAddress >= 5 && signals.printsAtAddress <= 6
            && 4 * signals.printsAtAddress <= signals.accountsAtAddress
            && signals.freshPercentAtAddress >= 70
    }

    /// Those of the highest step that the number has reached.
    private static func points(_ number: Int, _ steps: [(from: Int, points: Int)]) -> Int {
        steps.last { number >= $0.from }?.points ?? 0
    }

    private static func points(_ oddity: HeaderOddity) -> Int {
        switch oddity {
        case .none: 0
        case .bare: 10
        case .anonymous: 25
        case .contradictory: 45
        case .program: 45
        }
    }
}

/// What is done about a caller, by their score.
public enum BotAction: String, CaseIterable, Comparable, Sendable {
    case none
    /// The caller has to work: see ``WorkDifficulty``.
    case work
    /// The caller has to pass the challenge of a provider who tells people from programs; without a provider, more work.
    case challenge
    /// The same, and one try a minute.
    case slow
    case refuse

    public init(_ score: BotScore) {
        self =
            switch score.value {
            case ..<40: .none
            case ..<60: .work
            case ..<75: .challenge
            case ..<90: .slow
            default: .refuse
            }
    }

    private var rank: Int {
        switch self {
        case .none: 0
        case .work: 1
        case .challenge: 2
        case .slow: 3
        case .refuse: 4
        }
    }

    public static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }
}
