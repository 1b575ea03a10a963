import Domain
import EventLog
import SeededRandom
import Sequencing
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A running sequencer` {
    private static let shows = [ShowID.first, .second, ShowID("third")]

    private func request(_ number: Int, _ random: inout SeededGenerator) -> CommandRequest {
        let show = Self.shows[Int(random.next() % 3)]
        switch random.next() % 4 {
        case 0: return .best(number, show, Int(random.next() % 4))
        case 1: return .release(number, show, hold: 100 + Int(random.next() % 500))
        default:
            let seats = (0..<(1 + random.next() % 3)).map { _ in "s\(1 + random.next() % 200)" }
            return .hold(number, show, seats: Array(Set(seats)).sorted())
        }
    }

    private func create(on sequencer: Sequencer) async {
        for (index, show) in Self.shows.enumerated() {
            #expect(await submitUntilRecorded(.create(index + 1, show, seats: 200), to: sequencer).outcome == .accepted)
        }
    }

    @Test(arguments: [1, 2, 3])
    func `answers everybody, truly, however many nodes write to the same shows`(nodes: Int) async throws {
        let log = InMemoryEventLog()
        let published = Published()
        let sequencers = (0..<nodes).map { _ in sequencer(on: log, published: published) }
        var random = SeededGenerator(seed: UInt64(nodes))
        let requests = (100..<700).map { request($0, &random) }
        let answers = try await running(sequencers) {
            await create(on: sequencers[0])
            return await withTaskGroup(of: (Int, CommandAnswer).self) { tasks in
                for (index, request) in requests.enumerated() {
                    tasks.addTask { (index, await sequencers[index % nodes].submit(request)) }
                }
                return await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }
        #expect(answers.count == requests.count)
        var recorded = 0
        for answer in answers.values {
            // Several writers may be faster than one for as long as it tries.
            guard let known = answer.recorded else {
                #expect(answer == .notRecorded(.contended))
                continue
            }
            recorded += 1
            try await log.check(known)
        }
        #expect(recorded > requests.count / 2)
        try await log.checkPromises()
        let events = await log.events(after: 0, limit: .max)
        for event in events { #expect(published.contains(position: event.position)) }
    }

    @Test func `tells the replicas before it tells the caller`() async throws {
        let log = InMemoryEventLog()
        let published = Published()
        let sequencer = sequencer(on: log, published: published)
        try await running([sequencer]) {
            await create(on: sequencer)
            await withTaskGroup(of: Void.self) { tasks in
                for number in 100..<200 {
                    tasks.addTask {
                        let answer = await sequencer.submit(.best(number, 1))
                        guard let position = answer.recorded?.events.last?.position else {
                            Issue.record("\(answer)")
                            return
                        }
                        #expect(published.contains(position: position))
                    }
                }
            }
        }
        for batch in published.all { #expect(throws: Never.self) { try batch.validate() } }
    }

    /// Two buyers, in one instant, for the last two seats, through different nodes.
    @Test func `sells the last two seats once`() async throws {
        for round in 0..<20 {
            let log = InMemoryEventLog()
            let nodes = [sequencer(on: log), sequencer(on: log)]
            let answers = try await running(nodes) {
                #expect(await nodes[round % 2].submit(.create(1, seats: 2)).outcome == .accepted)
                async let one = nodes[0].submit(.hold(2, seats: ["s1", "s2"]))
                async let two = nodes[1].submit(.hold(3, seats: ["s1", "s2"]))
                return await [one, two].compactMap(\.outcome)
            }
            #expect(answers.count { $0 == .accepted } == 1)
            #expect(answers.contains(.rejected(.seatsUnavailable([.seat("s1", .held), .seat("s2", .held)]))))
            try await log.checkPromises()
        }
    }

    @Test(arguments: 1...4)
    func `gives the same key the same answer, through every fault of the log`(seed: UInt64) async throws {
        let log = InMemoryEventLog()
        let faulty = FaultyLog(log, seed: seed, perCent: 15)
        let nodes = [sequencer(on: faulty), sequencer(on: faulty)]
        var random = SeededGenerator(seed: seed)
        let requests = (100..<250).map { request($0, &random) }
        try await running(nodes) {
            await create(on: nodes[0])
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for (index, request) in requests.enumerated() {
                    tasks.addTask {
                        // Both nodes at once, as a client does that got no answer from the first.
                        async let here = submitUntilRecorded(request, to: nodes[index % 2])
                        async let there = submitUntilRecorded(request, to: nodes[(index + 1) % 2])
                        let (one, two) = await (here, there)
                        #expect(one == two)
                        #expect(await submitUntilRecorded(request, to: nodes[0]) == one)
                        try await log.check(one)
                    }
                }
                try await tasks.waitForAll()
            }
        }
        #expect(faulty.faultCount > 10)
        try await log.checkPromises()
        let ids = await log.events(after: 0, limit: .max).map(\.commandID)
        for request in requests {
            let command = try #require(await log.commands([request.id]).first)
            #expect(ids.count { $0 == request.id } == command.eventCount)
        }
    }

    @discardableResult
    private func submitUntilRecorded(_ request: CommandRequest, to sequencer: Sequencer) async -> RecordedAnswer {
        while true {
            let answer = await sequencer.submit(request)
            if let recorded = answer.recorded { return recorded }
            #expect(answer == .unknown || answer == .notRecorded(.contended) || answer == .notRecorded(.logUnavailable))
        }
    }

    @Test func `is honest within the deadline while the log is down, and recovers by itself`() async throws {
        let log = InMemoryEventLog()
        let faulty = FaultyLog(log, seed: 1, perCent: 0)
        let sequencer = sequencer(on: faulty, limits: { $0.deadlineTicks = 5 })
        try await running([sequencer]) {
            await create(on: sequencer)
            faulty.setDown(true)
            let clock = ContinuousClock()
            let took = await clock.measure {
                await withTaskGroup(of: CommandAnswer.self) { tasks in
                    for number in 100..<150 { tasks.addTask { await sequencer.submit(.best(number, 1)) } }
                    for await answer in tasks {
                        #expect(answer == .notRecorded(.logUnavailable) || answer == .unknown)
                    }
                }
            }
            #expect(took < .seconds(30))
            faulty.setDown(false)
            let back = await submitUntilRecorded(.best(200, 1), to: sequencer)
            #expect(back.outcome == .accepted)
        }
        try await log.checkPromises()
    }

    @Test func `answers everybody when it shuts down, and nobody after`() async throws {
        let log = InMemoryEventLog()
        let sequencer = sequencer(on: log)
        let services = ServiceGroup(configuration: ServiceGroupConfiguration(services: [sequencer], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            await create(on: sequencer)
            let answers = await withTaskGroup(of: CommandAnswer.self) { callers in
                for number in 100..<400 {
                    callers.addTask { await sequencer.submit(.best(number, Self.shows[number % 3], 1)) }
                    if number == 300 { await services.triggerGracefulShutdown() }
                }
                return await callers.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 300)
            for answer in answers { #expect(answer.outcome == .accepted || answer == .notRecorded(.shuttingDown)) }
            try await tasks.waitForAll()
        }
        #expect(await sequencer.submit(.best(500, 1)) == .notRecorded(.shuttingDown))
        try await log.checkPromises()
    }

    @Test func `shuts down though the log is gone`() async throws {
        let log = FaultyLog(InMemoryEventLog(), seed: 1, perCent: 0)
        let sequencer = sequencer(on: log, limits: { $0.deadlineTicks = 5 })
        try await running([sequencer]) {
            await create(on: sequencer)
            log.setDown(true)
            Task { _ = await sequencer.submit(.best(100, 1)) }
        }
    }

    @Test func `answers everybody when it is cancelled`() async throws {
        let log = FaultyLog(InMemoryEventLog(), seed: 1, perCent: 0)
        let sequencer = sequencer(on: log)
        await withTaskGroup(of: Void.self) { tasks in
            let run = Task { await sequencer.run() }
            await create(on: sequencer)
            log.setDown(true)
            for number in 100..<150 {
                tasks.addTask {
                    let answer = await sequencer.submit(.best(number, 1))
                    #expect(answer == .unknown || answer == .notRecorded(.shuttingDown))
                }
            }
            run.cancel()
            await run.value
        }
        #expect(await sequencer.submit(.best(500, 1)) == .notRecorded(.shuttingDown))
    }

    @Test func `refuses what is more than it may hold`() async throws {
        let log = InMemoryEventLog()
        let sequencer = sequencer(on: log, limits: { $0.commandsMax = 10 })
        try await running([sequencer]) {
            await create(on: sequencer)
            let answers = await withTaskGroup(of: CommandAnswer.self) { tasks in
                for number in 100..<300 { tasks.addTask { await sequencer.submit(.best(number, 1)) } }
                return await tasks.reduce(into: []) { $0.append($1) }
            }
            for answer in answers { #expect(answer.recorded != nil || answer == .notRecorded(.overloaded)) }
            #expect(answers.contains { $0.recorded != nil })
        }
        try await log.checkPromises()
    }
}
