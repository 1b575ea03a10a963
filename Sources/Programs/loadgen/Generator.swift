/// Runs a plan: all loads in one thread around one poller.
final class Generator {
    /// After the end, how long answers are awaited, and how long accepted commands are looked for.
    private static let drainTime = Nanoseconds(seconds: 10)
    /// Bytes of one read: a seat map of 100,000 seats comes in a few.
    private static let readBytesMax = 64 * 1024

    private let plan: Plan
    private let poller: Poller
    private let window: Load.Window
    private var loads: [Load] = []
    /// By load: the one that follows it.
    private var followers: [Int?] = []
    private var ledger: VisibilityLedger?
    private var buffer = [UInt8](repeating: 0, count: readBytesMax)
    private var waited: Nanoseconds = 0

    init(_ plan: Plan) throws {
        self.plan = plan
        guard plan.seconds > 0, plan.warmupSeconds ?? 1 >= 0 else { throw PlanFault("a run takes some time") }
        poller = try Poller()
        let seed = plan.seed ?? 1
        // Connecting takes its time: it comes before the start.
        let start = Clock.now + Nanoseconds(seconds: 0.2)
        let measured = start + Nanoseconds(seconds: plan.warmupSeconds ?? 1)
        window = Load.Window(start: measured, end: measured + Nanoseconds(seconds: plan.seconds))
        let isWatched = plan.loads.contains { $0.polls != nil }
        for (index, load) in plan.loads.enumerated() {
            let isFollowed = plan.loads.contains { $0.follows == load.name }
            let isBought = load.requests.contains { $0.order != nil }
            loads.append(
                try Load(
                    load, window: window, start: start, tokens: plan.tokens ?? [], seed: seed &+ UInt64(index) &* 1000,
                    looksInside: isFollowed || isWatched || isBought, poller: poller, tagBase: UInt64(index) << 32))
        }
        followers = plan.loads.map { load in plan.loads.firstIndex { $0.follows == load.name } }
        if isWatched { ledger = VisibilityLedger(window: window) }
        while Clock.now < start { try poller.wait(timeout: start - Clock.now) { _, _ in } }
    }

    func run() throws -> Report {
        var usageAtStart: (cpu: Nanoseconds, waited: Nanoseconds, processes: [Double])?
        var usageAtEnd: (cpu: Nanoseconds, waited: Nanoseconds, processes: [Double])?
        while true {
            let now = Clock.now
            if usageAtStart == nil, now >= window.start { usageAtStart = (Clock.processTime, waited, processTimes()) }
            if usageAtEnd == nil, now >= window.end { usageAtEnd = (Clock.processTime, waited, processTimes()) }
            let isLooking = ledger?.isWaiting == true && now < window.end + Self.drainTime
            for load in loads { load.advance(to: now, isLooking: isLooking) }
            let isDone = loads.allSatisfy(\.isDrained) && !isLooking
            if now >= window.end, isDone || now >= window.end + Self.drainTime { break }
            try wait(from: now, isLooking: isLooking)
        }
        guard let usageAtStart, let usageAtEnd else { preconditionFailure("the loop passes start and end") }
        let length = Double(window.end - window.start)
        var lateness: LatencyHistogram.Summary?
        for load in loads {
            guard case .open = load.pace, let summary = load.lateness.summary else { continue }
            if summary.max > lateness?.max ?? -1 { lateness = summary }
        }
        var shares: [String: Double] = [:]
        for (process, (before, after)) in zip(plan.processes ?? [], zip(usageAtStart.processes, usageAtEnd.processes)) {
            shares[process.name, default: 0] += (after - before) / length.seconds
        }
        return Report(
            seconds: length.seconds,
            generator: Report.Generator(
                cpuShare: Double(usageAtEnd.cpu - usageAtStart.cpu) / length,
                busyShare: 1 - Double(usageAtEnd.waited - usageAtStart.waited) / length, lateness: lateness),
            loads: loads.map(report), cpuShares: shares, visibility: ledger?.report)
    }

    private func processTimes() -> [Double] { (plan.processes ?? []).map { ProcessUsage.seconds(of: $0.pid) } }

    private func wait(from now: Nanoseconds, isLooking: Bool) throws {
        var deadline = now < window.end ? window.end : now + Nanoseconds(seconds: 0.1)
        if now < window.start { deadline = window.start }
        for load in loads {
            if let wakeUp = load.wakeUp(after: now, isLooking: isLooking) { deadline = min(deadline, wakeUp) }
        }
        var woken: Nanoseconds?
        try poller.wait(timeout: max(0, deadline - now)) { tag, isWritable in
            if woken == nil { woken = Clock.now }
            try handle(load: Int(tag >> 32), connection: Int(tag & 0xFFFF_FFFF), isWritable)
        }
        waited += (woken ?? Clock.now) - now
    }

    private func handle(load index: Int, connection number: Int, _ isWritable: Bool) throws {
        let load = loads[index]
        let connection = load.connections[number]
        if isWritable { connection.flush() }
        do {
            switch try connection.receive(into: &buffer) {
            case .nothing: break
            case .lost(let exchange): load.lost(exchange, on: number, at: Clock.now)
            case .response(let response, let exchange):
                let now = Clock.now
                observe(response, exchange, load: index, at: now)
                try load.completed(exchange, on: number, response, at: now)
            }
        } catch let fault as ResponseParser.Fault {
            throw PlanFault("\(load.name): \(fault.reason)")
        }
    }

    /// Passes an answer on to those who follow it.
    private func observe(
        _ response: ResponseParser.Response, _ exchange: Connection.Exchange, load index: Int, at now: Nanoseconds
    ) {
        if case .polls(_, let number) = loads[index].pace {
            ledger?.looked(response, number: number, at: now)
            return
        }
        guard response.status == 201 else { return }
        ledger?.answered(response, at: now)
        if let follower = followers[index] {
            loads[follower].follow(Followed(user: exchange.user, sequence: response.sequence), at: now)
        }
    }

    private func report(_ load: Load) -> Report.Load {
        let seconds = (window.end - window.start).seconds
        return Report.Load(
            name: load.name,
            requests: zip(load.requestNames, load.tallies).map { name, tally in
                Report.Request(
                    name: name, rate: Double(tally.answersInWindow) / seconds,
                    statuses: Dictionary(uniqueKeysWithValues: tally.statuses.map { ("\($0.key)", $0.value) }),
                    latency: tally.latency.summary)
            },
            planned: load.plannedCount, givenUp: load.givenUpCount, backlogPeak: load.backlogPeak,
            lost: load.lostCount, unanswered: load.inFlight)
    }
}

private extension Double {
    /// Of a length in nanoseconds.
    var seconds: Double { self / 1e9 }
}
