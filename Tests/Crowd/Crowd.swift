public import Bots
import SeededRandom

/// An on-sale in simulated time: nine people in ten are fans, one in ten is a bot. It drives the real scorer, and counts what
/// it stops and whom it bothers. The same seed gives the same crowd.
///
/// A try counts as stopped if it does not get through: it is refused, slowed down, or asked for something that nobody
/// answers. A fan counts as bothered who is asked for anything once.
public struct Crowd: Sendable {
    public static let peopleDefault = 2_000
    /// The share of fans that may be asked for something at most, and the share of bots' tries that is to be stopped.
    public static let botheredShareMax = 0.01
    public static let stoppedShareMin = 0.9
    /// The same where no provider tells people from programs: half of the bots do whatever work they are asked for.
    public static let stoppedShareMinWithoutProvider = 0.65

    /// What became of some tries.
    public struct Tally: Sendable {
        public var people = 0
        /// Who were asked for something, slowed down or refused at least once.
        public var bothered = 0
        public var tries = 0
        public var stopped = 0
        public var actions: [BotAction: Int] = [:]
        /// Signals that counted in what was done about them.
        public var signals: [BotScore.Signal: Int] = [:]

        public init() {}

        public var stoppedShare: Double { tries == 0 ? 1 : Double(stopped) / Double(tries) }
        public var botheredShare: Double { people == 0 ? 0 : Double(bothered) / Double(people) }

        public static func += (sum: inout Tally, other: Tally) {
            sum.people += other.people
            sum.bothered += other.bothered
            sum.tries += other.tries
            sum.stopped += other.stopped
            sum.actions.merge(other.actions, uniquingKeysWith: +)
            sum.signals.merge(other.signals, uniquingKeysWith: +)
        }
    }

    public private(set) var fans = Tally()
    public private(set) var bots: [BotKind: Tally] = [:]

    public var allBots: Tally { bots.values.reduce(into: Tally()) { $0 += $1 } }

    private struct Member {
        var kind: BotKind?
        var habits: Habits
        var account: UInt64
        var tries = 0
        var triesMax: Int
        var holds = 0
        var holdsLeft: Int
        var isBothered = false
        var looked = false
        /// The work that is still to be done ends then.
        var freeAt = 0.0
    }

    private static let saleSeconds = 600.0
    /// The share of people's tries whose seats are gone.
    private static let unluckyShare = 0.45

    /// - Parameter hasProvider: whether the node has one who tells people from programs; without one, more work takes the place
    ///   of its challenges.
    public init(seed: UInt64, people: Int = Self.peopleDefault, hasProvider: Bool = true) {
        var drawing = CrowdDrawing(seed: seed)
        let memory = BotMemory(callersMax: 32_768, addressesMax: 16_384)
        let slowed = SlowQuota()
        var members: [Member] = []
        for index in 0..<people {
            let kind = index % 10 == 9 ? BotKind.allCases[index / 10 % BotKind.allCases.count] : nil
            let habits = kind.map { drawing.bot($0) } ?? drawing.fan()
            members.append(
                Member(
                    kind: kind, habits: habits, account: drawing.address(), triesMax: drawing.chance(habits.triesMax),
                    holdsLeft: habits.holdsLeft.map { drawing.chance($0) } ?? .max))
        }
        var agenda = Agenda()
        for index in members.indices {
            agenda.add(index, at: drawing.seconds(0...Self.saleSeconds / 2))
        }
        let pace = RecentPace()
        while let (time, index) = agenda.next() {
            var member = members[index]
            let next = Self.step(&member, at: time, memory, pace, slowed, hasProvider: hasProvider, &drawing, &self)
            members[index] = member
            if let next, next < Self.saleSeconds { agenda.add(index, at: next) }
        }
        for member in members {
            tally(member.kind) {
                $0.people += 1; $0.bothered += member.isBothered ? 1 : 0
            }
        }
    }

    private mutating func tally(_ kind: BotKind?, _ change: (inout Tally) -> Void) {
        if let kind { change(&bots[kind, default: Tally()]) } else { change(&fans) }
    }

    /// - Returns: when the member acts again; nil: never.
    private static func step(
        _ member: inout Member, at time: Double, _ memory: BotMemory, _ pace: RecentPace, _ slowed: SlowQuota,
        hasProvider: Bool, _ drawing: inout CrowdDrawing, _ crowd: inout Crowd
    ) -> Double? {
        let habits = member.habits
        let now = Int64((time + 1_000) * 1e9)
        let address = habits.addresses[
            habits.triesPerAddress == .max ? 0 : member.tries / habits.triesPerAddress % habits.addresses.count]
        if !member.looked {
            member.looked = true
            memory.note(
                caller: habits.looks ? member.account : nil, address: habits.looks ? address : nil, isLook: true,
                at: now)
            return time + drawing.seconds(habits.thinking)
        }
        let visitor = BotMemory.Visitor(
            caller: member.account, address: address, print: habits.traits.print, headers: HeaderOddity(habits.traits))
        let score = BotScore(memory.tries(visitor, at: now))
        let action = BotAction(score)
        let bits = WorkDifficulty.bits(
            base: WorkDifficulty.baseBitsDefault, action: action, triesPerSecond: pace.count(at: now))
        member.tries += 1
        var isWork = action == .work
        let passes: Bool
        switch action {
        case .none: passes = true
        case .slow where !slowed.takes(member.account, at: time): passes = false
        case .work, .challenge, .slow:
            isWork = isWork || !hasProvider
            passes = drawing.chance(isWork ? habits.worksAt : habits.passesAt)
        case .refuse: passes = false
        }
        if passes, isWork {
            member.freeAt = max(member.freeAt, time) + Double(1 << bits) / habits.hashesPerSecond
        }
        if action > .none { member.isBothered = true }
        crowd.tally(member.kind) { tally in
            tally.tries += 1
            tally.stopped += passes ? 0 : 1
            tally.actions[action, default: 0] += 1
            if action > .none { for reason in score.reasons { tally.signals[reason.signal, default: 0] += 1 } }
        }
        var isDone = false
        if passes, !drawing.chance(unluckyShare) {
            memory.settle(.held, of: member.account, at: now)
            member.holds += 1
            if member.holds > member.holdsLeft {
                memory.settle(.ordered, of: member.account, at: now)
                isDone = true
            }
        }
        if isDone || member.tries >= member.triesMax { return nil }
        var next = max(time, member.freeAt) + drawing.seconds(habits.pause)
        if drawing.chance(habits.doubleClicks) { next = time + 0.2 }
        if member.tries % habits.triesPerAccount == 0 {
            member.account = drawing.address()
            member.looked = false
        }
        return next
    }
}

/// One try a minute of those who are slowed down.
private final class SlowQuota {
    private var next: [UInt64: Double] = [:]

    func takes(_ account: UInt64, at time: Double) -> Bool {
        guard time >= next[account] ?? 0 else { return false }
        next[account] = time + 60
        return true
    }
}

/// Who acts when: a binary heap, earliest first; of the same time, whoever was added first.
private struct Agenda {
    private var heap: [(time: Double, order: Int, member: Int)] = []
    private var count = 0

    mutating func add(_ member: Int, at time: Double) {
        heap.append((time, count, member))
        count += 1
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (time: Double, member: Int)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
                    least = child
                }
                if least == parent { break }
                heap.swapAt(parent, least)
                parent = least
            }
        }
        return (first.time, first.member)
    }

    private func isBefore(_ one: Int, _ other: Int) -> Bool {
        (heap[one].time, heap[one].order) < (heap[other].time, heap[other].order)
    }
}
