/// One stream of requests over connections of its own, and what came of them.
final class Load {
    /// When requests are sent.
    enum Pace {
        case closed
        case open(Schedule)
        /// By the accepted answers of another load.
        case follows(String)
        case polls(every: Nanoseconds, number: [UInt8])
    }

    struct Window {
        var start: Nanoseconds
        var end: Nanoseconds
        func contains(_ time: Nanoseconds) -> Bool { start <= time && time < end }
    }

    private struct Planned {
        var at: Nanoseconds
        var followed: Followed?
    }

    struct Tally {
        var statuses: [Int: Int] = [:]
        var latency = LatencyHistogram()
        /// Answers within the window, whenever they were planned.
        var answersInWindow = 0
    }

    let name: String
    private(set) var pace: Pace
    let connections: [Connection]
    private let window: Window
    private let backlogMax: Int
    private var source: RequestSource
    private var idle: [Int]
    private var backlog: Queue<Planned> = Queue()

    private(set) var tallies: [Tally]
    private(set) var lateness = LatencyHistogram()
    private(set) var plannedCount = 0
    private(set) var givenUpCount = 0
    private(set) var backlogPeak = 0
    private(set) var lostCount = 0
    private(set) var inFlight = 0
    private var nextPoll: Nanoseconds

    var requestNames: [String] { source.names }
    var isDrained: Bool { inFlight == 0 && backlog.isEmpty }

    init(
        _ plan: LoadPlan, window: Window, start: Nanoseconds, tokens: [String], seed: UInt64, looksInside: Bool,
        poller: Poller, tagBase: UInt64
    ) throws {
        name = plan.name
        self.window = window
        backlogMax = plan.backlogMax ?? 100_000
        source = try RequestSource(plan, tokens: tokens, seed: seed)
        guard plan.connections > 0 else { throw PlanFault("\(plan.name) has no connections") }
        switch (plan.rate, plan.follows, plan.polls) {
        case (nil, nil, nil): pace = .closed
        case (let steps?, nil, nil): pace = .open(try Schedule(steps, start: start, seed: seed &+ 1))
        case (nil, let other?, nil): pace = .follows(other)
        case (nil, nil, let polls?):
            guard plan.connections == 1, polls.every > 0 else {
                throw PlanFault("\(plan.name): polls take one connection")
            }
            pace = .polls(every: Nanoseconds(seconds: polls.every), number: Array(polls.number.utf8))
        default: throw PlanFault("\(plan.name) has more than one of rate, follows and polls")
        }
        connections = try (0..<plan.connections).map {
            try Connection(
                host: plan.host ?? "127.0.0.1", port: plan.port, looksInside: looksInside, poller: poller,
                tag: tagBase | UInt64($0))
        }
        idle = Array(connections.indices.reversed())
        tallies = Array(repeating: Tally(), count: source.names.count)
        nextPoll = start
    }

    // MARK: Sending

    /// Plans what is due, and sends what can be.
    ///
    /// - Parameter isLooking: whether polls go on after the end, because not everything has been seen yet.
    func advance(to now: Nanoseconds, isLooking: Bool) {
        let isOver = now >= window.end
        switch pace {
        case .closed where !isOver:
            while let connection = idle.popLast() { send(on: connection, Planned(at: now)) }
        case .open(var schedule) where !isOver:
            while let due = schedule.next, due <= now, due < window.end {
                if window.contains(due) { lateness.record(now - due) }
                plan(Planned(at: due))
                schedule.advance()
            }
            pace = .open(schedule)
        case .polls(let every, _) where !isOver || isLooking:
            if nextPoll <= now, let connection = idle.popLast() {
                nextPoll = max(nextPoll + every, now)
                send(on: connection, Planned(at: now))
            }
        case .closed, .open, .follows, .polls: break
        }
        dispatch()
    }

    /// When ``advance(to:isLooking:)`` is to be called next; nil: when an answer comes.
    func wakeUp(after now: Nanoseconds, isLooking: Bool) -> Nanoseconds? {
        let isOver = now >= window.end
        return switch pace {
        case .open(let schedule) where !isOver: schedule.next
        case .polls where !idle.isEmpty && (!isOver || isLooking): nextPoll
        case .closed, .open, .follows, .polls: nil
        }
    }

    /// A request for the user whose request was accepted.
    func follow(_ followed: Followed, at now: Nanoseconds) {
        plan(Planned(at: now, followed: followed))
        dispatch()
    }

    private func plan(_ planned: Planned) {
        if window.contains(planned.at) { plannedCount += 1 }
        guard backlog.count < backlogMax else {
            if window.contains(planned.at) { givenUpCount += 1 }
            return
        }
        backlog.append(planned)
    }

    private func dispatch() {
        while !backlog.isEmpty, let connection = idle.popLast(), let planned = backlog.popFirst() {
            send(on: connection, planned)
        }
        backlogPeak = max(backlogPeak, backlog.count)
    }

    private func send(on connection: Int, _ planned: Planned) {
        inFlight += 1
        connections[connection].send(planned: planned.at) { source.write(to: &$0, following: planned.followed) }
    }

    // MARK: Receiving

    /// Counts an answer, and uses the connection again.
    func completed(
        _ exchange: Connection.Exchange, on connection: Int, _ response: ResponseParser.Response, at now: Nanoseconds
    ) throws(PlanFault) {
        inFlight -= 1
        if window.contains(now) { tallies[exchange.request].answersInWindow += 1 }
        let isCounted: Bool
        switch pace {
        case .closed, .polls: isCounted = window.contains(now)
        // Who was planned counts, however late the answer.
        case .open, .follows: isCounted = window.contains(exchange.planned)
        }
        if isCounted {
            tallies[exchange.request].statuses[response.status, default: 0] += 1
            tallies[exchange.request].latency.record(now - exchange.planned)
        }
        guard response.status == 201, source.isBought(exchange.request), now < window.end else {
            return release(connection, at: now)
        }
        guard let held = HeldSeats(response.bodyStart) else {
            throw PlanFault("\(name): an accepted hold without holdId and fencingToken")
        }
        inFlight += 1
        connections[connection].send(planned: now) {
            source.writeOrder(to: &$0, of: held, after: exchange.request, by: exchange.user)
        }
    }

    func lost(_ exchange: Connection.Exchange?, on connection: Int, at now: Nanoseconds) {
        // A server may close a connection that has long been idle.
        guard exchange != nil else { return }
        lostCount += 1
        inFlight -= 1
        release(connection, at: now)
    }

    private func release(_ connection: Int, at now: Nanoseconds) {
        if case .closed = pace, now < window.end {
            send(on: connection, Planned(at: now))
        } else {
            idle.append(connection)
            dispatch()
        }
    }
}

/// First in, first out.
struct Queue<Element> {
    private var elements: [Element] = []
    private var first = 0

    var count: Int { elements.count - first }
    var isEmpty: Bool { count == 0 }
    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        defer {
            first += 1
            if first == elements.count || first > 4096 {
                elements.removeFirst(first)
                first = 0
            }
        }
        return elements[first]
    }
}
