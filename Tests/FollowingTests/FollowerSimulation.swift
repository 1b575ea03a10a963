import EventLog
import SeededRandom
@testable import Following
import Projection

/// A log, a network and one follower, all in one thread and one seed: messages are lost, doubled and late, reads fail or
/// take their time, the follower restarts from old snapshots, epochs are raised and cut tails off.
///
/// After every step: each view is a prefix of the log as the follower's epoch had it. In the end, with the faults off:
/// every view is the log, and the follower is ready.
struct FollowerSimulation {
    /// What the follower did wrong.
    struct Violation: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    private enum Happening {
        case append
        case failover
        case heartbeat
        case restart
        case tick(again: Bool)
        case message(CommittedBatch)
        case fetch(after: Int64, limit: Int)
        /// The events were read; the head comes next.
        case fetchHead([RecordedEvent], limit: Int)
        case fetched([RecordedEvent], LogPosition, limit: Int)
        case fetchFailed
        case readHead
        case headRead(LogPosition)
        case readEpochs
        case epochsRead(EpochHistory)
    }

    private var random: SeededGenerator
    private let tamper: (FollowerMachine.Action) -> [FollowerMachine.Action]

    private var now = Duration.zero
    private var agenda: [(at: Duration, what: Happening)] = []
    private var isFaulty = true
    /// Without them the last message that was lost is found by the follower's own poll.
    private let hasHeartbeats: Bool
    /// Time between two commits, at most: in some runs the follower is live most of the time, in some hardly ever.
    private let paceMs: Int
    private let limits: FollowerMachine.Limits

    /// The log as it was when each epoch ended, or is.
    private var timelines: [Int64: [RecordedEvent]] = [1: []]
    private var history = EpochHistory.starting(after: 0)
    private var contents: UInt64 = 0

    private var machine: FollowerMachine
    private var epoch: Int64 = 0
    /// Two views: they may start from different snapshots.
    private var views: [[RecordedEvent]] = [[], []]
    /// The last sequence number that the follower handed out.
    private var applied: Int64 = 0
    private var readsUnderWay = 0

    /// - Parameter tamper: what is done instead of an action: to plant a fault.
    init(seed: UInt64, tamper: @escaping (FollowerMachine.Action) -> [FollowerMachine.Action] = { [$0] }) {
        random = SeededGenerator(seed: seed)
        hasHeartbeats = seed % 2 == 0
        paceMs = Int.random(in: 5...80, using: &random)
        var limits = FollowerMachine.Limits()
        limits.pageEvents = Int.random(in: 2...40, using: &random)
        limits.reorderBatchesMax = Int.random(in: 1...6, using: &random)
        limits.readyLagMax = 6
        limits.gapPatience = .ms(5)
        limits.retryDelay = .ms(40)
        limits.pollInterval = .ms(100)
        self.limits = limits
        self.tamper = tamper
        machine = FollowerMachine(limits: limits, now: .zero)
    }

    mutating func run(steps: Int = 500) throws(Violation) {
        for _ in 0..<Int.random(in: 0...10, using: &random) { append() }
        try perform(machine.start())
        schedule(.append, within: 5)
        schedule(.failover, within: 600)
        if hasHeartbeats { schedule(.heartbeat, within: 50) }
        schedule(.restart, within: 1_000)
        schedule(.tick(again: true), within: 50)
        for _ in 0..<steps { try step() }
        isFaulty = false
        let end = now + .seconds(2)
        while now < end { try step() }
        try checkEnd()
    }

    // MARK: Time

    private mutating func schedule(_ what: Happening, within milliseconds: Int) {
        let delay = Duration.microseconds(Int.random(in: 0...(milliseconds * 1_000), using: &random))
        schedule(what, after: delay)
    }

    private mutating func schedule(_ what: Happening, after delay: Duration) {
        let at = now + delay
        agenda.insert((at, what), at: agenda.firstIndex { $0.at > at } ?? agenda.endIndex)
    }

    private mutating func chance(_ percent: Int) -> Bool {
        isFaulty && Int.random(in: 1...100, using: &random) <= percent
    }

    private mutating func step() throws(Violation) {
        let next = agenda.removeFirst()
        now = next.at
        switch next.what {
        case .append:
            if isFaulty {
                append()
                schedule(.append, within: paceMs)
            }
        case .failover:
            if isFaulty {
                failOver()
                schedule(.failover, within: 600)
            }
        case .heartbeat:
            send(CommittedBatch(head: head))
            schedule(.heartbeat, after: .ms(50))
        case .restart:
            if isFaulty {
                try restart()
                schedule(.restart, within: 1_000)
            }
        case .tick(let again):
            try perform(machine.tick(now: now))
            if again { schedule(.tick(again: true), after: .ms(50)) }
        case .message(let batch): try perform(machine.receive(batch, now: now))
        case .fetch(let position, let limit):
            if chance(15) { return schedule(.fetchFailed, within: 20) }
            let events = Array(log.dropFirst(Int(position)).prefix(limit))
            schedule(.fetchHead(events, limit: limit), within: chance(20) ? 60 : 1)
        case .fetchHead(let events, let limit):
            if chance(5) { return schedule(.fetchFailed, within: 20) }
            schedule(.fetched(events, head, limit: limit), within: chance(20) ? 60 : 1)
        case .fetched(let events, let head, let limit):
            readsUnderWay -= 1
            try perform(machine.fetched(events, look: LogLook(head: head), limit: limit, now: now))
        case .fetchFailed:
            readsUnderWay -= 1
            try perform(machine.fetchFailed(now: now))
        case .readHead: if !chance(20) { schedule(.headRead(head), within: 5) }
        case .headRead(let head): try perform(machine.looked(LogLook(head: head), now: now))
        case .readEpochs: schedule(chance(20) ? .fetchFailed : .epochsRead(history), within: 10)
        case .epochsRead(let history):
            readsUnderWay -= 1
            try perform(machine.epochsRead(history, now: now))
        }
    }

    // MARK: The log

    private var log: [RecordedEvent] { timelines[history.current] ?? [] }
    private var head: LogPosition { LogPosition(epoch: history.current, position: Int64(log.count)) }

    private mutating func append() {
        let first = Int64(log.count) + 1
        let events = (first..<(first + Int64.random(in: 1...3, using: &random))).map { position in
            contents += 1
            return RecordedEvent.sample(position, content: contents)
        }
        timelines[history.current, default: []] += events
        send(CommittedBatch(epoch: history.current, events: events, head: Int64(log.count)))
    }

    private mutating func send(_ batch: CommittedBatch) {
        if chance(10) { return }
        for _ in 0..<(chance(10) ? 2 : 1) { schedule(.message(batch), within: chance(15) ? 30 : 1) }
    }

    private mutating func failOver() {
        let kept = chance(40) ? log.count : Int.random(in: max(0, log.count - 12)...log.count, using: &random)
        timelines[history.current + 1] = Array(log.prefix(kept))
        history.epochs.append(EpochHistory.Epoch(epoch: history.current + 1, startsAfter: Int64(kept)))
    }

    // MARK: The follower

    /// Starts again from snapshots that were taken earlier, each as far as it may be trusted.
    private mutating func restart() throws(Violation) {
        agenda.removeAll { entry in
            switch entry.what {
            case .fetch, .fetchHead, .fetched, .fetchFailed, .readHead, .headRead, .readEpochs, .epochsRead: true
            case .append, .failover, .heartbeat, .restart, .tick, .message: false
            }
        }
        readsUnderWay = 0
        for index in views.indices {
            let snapshot = Array(views[index].prefix(Int.random(in: 0...views[index].count, using: &random)))
            let place = LogPosition(epoch: epoch, position: Int64(snapshot.count))
            views[index] = history.judge(place) == .valid ? snapshot : []
        }
        epoch = history.current
        let counts = views.map { Int64($0.count) }
        applied = counts.min() ?? 0
        machine = FollowerMachine(
            epoch: epoch, applied: counts.min() ?? 0, furthest: counts.max() ?? 0, limits: limits, now: now)
        try perform(machine.start())
    }

    private mutating func perform(_ actions: [FollowerMachine.Action]) throws(Violation) {
        for action in actions.flatMap(tamper) {
            switch action {
            case .apply(let events, _): try apply(events)
            case .enter(let epoch):
                self.epoch = epoch
                for view in views { try check(view[...]) }
            case .alarm(let reason): preconditionFailure("nobody lies here: \(reason)")
            case .reset(let epoch):
                self.epoch = epoch
                views = views.map { _ in [] }
                applied = 0
            case .fetch(let position, let limit):
                guard limit >= 1, limit <= limits.pageEvents else { throw Violation("a page of \(limit)") }
                try beginRead()
                schedule(.fetch(after: position, limit: limit), within: 2)
            case .readEpochs:
                try beginRead()
                schedule(.readEpochs, within: 2)
            case .readHead: schedule(.readHead, within: 2)
            case .checkAgain(let delay): schedule(.tick(again: false), after: delay)
            }
        }
    }

    private mutating func beginRead() throws(Violation) {
        readsUnderWay += 1
        guard readsUnderWay == 1 else { throw Violation("two reads at once") }
    }

    private mutating func apply(_ events: [RecordedEvent]) throws(Violation) {
        for event in events {
            guard event.position == applied + 1 else {
                throw Violation("\(event.position) was applied after \(applied)")
            }
            applied += 1
            // A view that started further on has it.
            for index in views.indices where views[index].count < applied { views[index].append(event) }
        }
        for view in views { try check(view.suffix(events.count)) }
    }

    /// What a view has is what the log of the follower's epoch has.
    private func check(_ part: ArraySlice<RecordedEvent>) throws(Violation) {
        let timeline = timelines[epoch] ?? []
        guard part.endIndex <= timeline.count, part.elementsEqual(timeline[part.indices]) else {
            throw Violation("\(part.startIndex + 1)...\(part.endIndex) are not what epoch \(epoch) has there")
        }
    }

    private func checkEnd() throws(Violation) {
        for view in views where view != log {
            throw Violation("stuck: a view has \(view.count) of \(log.count), follower \(machine)")
        }
        guard machine.isReady, machine.epoch == history.current else { throw Violation("not ready: \(machine)") }
    }
}
