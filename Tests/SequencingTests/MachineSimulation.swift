import Contract
import Domain
import EventLog
import SeededRandom
@testable import Sequencing
import Testing

/// Several nodes write to one log while everything goes wrong that can. Seeded: the same seed is the same run.
struct MachineSimulation {
    struct Faults {
        /// Appends, look-ups and reads that fail; per cent.
        var failures = 15
        /// Failovers that lose a tail; in a thousand steps.
        var lostTails = 0
        /// Failovers that lose nothing; in a thousand steps.
        var failovers = 2
    }

    private struct Submission {
        var request: CommandRequest
        var node: Int
        var step: Int
        var ticket: Int
        var answer: CommandAnswer?
    }

    private var random: SeededGenerator
    private let faults: Faults
    let log = PaperLog()
    private(set) var nodes: [Bench]
    private var submissions: [Submission] = []
    /// Appends that were given up while they were still on their way.
    private var late: [AppendBatch] = []
    private var step = 0
    private var numberCount = 0
    private var seconds: Int64 = 1
    private let shows = [ShowID.first, .second, ShowID("third")]

    init(seed: UInt64, nodes: Int, faults: Faults = Faults()) {
        random = SeededGenerator(seed: seed)
        self.faults = faults
        let log = self.log
        self.nodes = (0..<nodes).map { _ in
            Bench(log: log) {
                $0.batchCommandsMax = 5
                $0.commandsMax = 30
                $0.callersPerCommandMax = 3
                $0.cachedStreamsMax = 2
                $0.cachedAnswersMax = 10
                $0.deadlinesPerBatchMax = 3
                $0.loadPageEvents = 7
                $0.attemptsMax = 6
                $0.deadlineTicks = 12
            }
        }
        for show in shows { submit(newRequest { .create($0, show, seats: 12, floor: 8, holdSeconds: 20) }, to: 0) }
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps {
            step += 1
            turn()
            look()
        }
    }

    /// Heals everything, and waits until nobody waits.
    mutating func drain() {
        for batch in late where chance(50) { write(batch) }
        late = []
        for _ in 0..<400 where nodes.contains(where: { !$0.machine.isIdle || $0.append != nil }) {
            for node in nodes.indices {
                nodes[node].tick()
                nodes[node].run()
            }
            step += 1
            look()
        }
    }

    // MARK: Steps

    private func isLucky(_ perCent: Int, _ value: UInt64) -> Bool { value % 100 < UInt64(perCent) }

    private mutating func chance(_ perCent: Int) -> Bool { isLucky(perCent, random.next()) }

    private mutating func turn() {
        if chance(30) {
            let node = Int.random(in: 0..<nodes.count, using: &random)
            submit(request(), to: node)
        }
        if random.next() % 1_000 < UInt64(faults.lostTails) {
            log.raiseEpoch(cuttingAfter: max(3, log.head - Int64.random(in: 0...6, using: &random)))
        } else if random.next() % 1_000 < UInt64(faults.failovers) {
            log.raiseEpoch()
        }
        if !late.isEmpty && chance(20) { write(late.removeFirst()) }
        let node = Int.random(in: 0..<nodes.count, using: &random)
        nodes[node].now = .at(chance(5) ? seconds - 30 : seconds)
        switch random.next() % 12 {
        case 0...3: nodes[node].advance()
        case 4:
            nodes[node].tick()
            if chance(20) { seconds += 1 }
        case 5:
            let stream = StreamID(shows[Int(random.next() % 3)])
            nodes[node].machine.meetDeadlines(of: stream, onlyIfCached: chance(50))
        default: progress(node)
        }
    }

    /// Something that is under way goes a step on, or wrong.
    private mutating func progress(_ node: Int) {
        let fails = chance(faults.failures)
        if !nodes[node].loads.isEmpty && chance(60) {
            if fails {
                nodes[node].failLoad()
            } else if nodes[node].loads[0].read == nil && chance(60) {
                nodes[node].readLoad(limit: 7)
            } else {
                nodes[node].readLoad(limit: 7)
                nodes[node].deliverLoad()
            }
        } else if let batch = nodes[node].append {
            if nodes[node].appendOutcome == nil && !fails { return nodes[node].executeAppend() }
            guard fails else { return nodes[node].deliverAppend() }
            loseAppend(of: node, batch)
        } else if nodes[node].recovery != nil {
            if fails { return nodes[node].failRecovery() }
            if nodes[node].recoveryOutcome == nil { return nodes[node].lookUp() }
            nodes[node].deliverRecovery()
        }
    }

    private mutating func loseAppend(of node: Int, _ batch: AppendBatch) {
        do {
            if nodes[node].appendOutcome != nil {
                try nodes[node].failAppend(.lost)
            } else if chance(30) {
                try nodes[node].failAppend(.refused)
            } else {
                if chance(50) { late.append(batch) }
                try nodes[node].failAppend(.lost)
            }
        } catch {
            Issue.record("\(error)")
        }
    }

    private func write(_ batch: AppendBatch) {
        do {
            _ = try log.append(batch)
        } catch {
            guard case .fenced = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    // MARK: Clients

    private mutating func newRequest(_ make: (Int) -> CommandRequest) -> CommandRequest {
        numberCount += 1
        return make(numberCount)
    }

    private mutating func request() -> CommandRequest {
        let roll = random.next()
        if isLucky(25, roll), let old = submissions.randomElement(using: &random) {
            // The same key again, sometimes with another request.
            var request = old.request
            if chance(10) { request.fingerprint = [9] + request.fingerprint.dropFirst() }
            return request
        }
        let show = shows[Int(random.next() % 3)]
        let kind = random.next() % 10
        let seats = (0..<(1 + random.next() % 2)).map { _ in "s\(1 + random.next() % 13)" }
        let quantity = Int(random.next() % 4)
        let hold = Int(random.next() % UInt64(numberCount + 1))
        return newRequest { number in
            switch kind {
            case 0...3: .hold(number, show, seats: seats)
            case 4...6: .best(number, show, quantity)
            default: .release(number, show, hold: hold)
            }
        }
    }

    private mutating func submit(_ request: CommandRequest, to node: Int) {
        let ticket = nodes[node].submit(request)
        submissions.append(Submission(request: request, node: node, step: step, ticket: ticket))
        look()
    }

    // MARK: Checks

    /// Judges every answer when it is given.
    private mutating func look() {
        for node in nodes.indices {
            for ticket in nodes[node].answeredTickets {
                guard let index = submissions.firstIndex(where: { $0.node == node && $0.ticket == ticket }),
                    let answer = nodes[node].answers[ticket]
                else { continue }
                submissions[index].answer = answer
                judge(submissions[index], answer)
            }
            nodes[node].answeredTickets = []
        }
    }

    private func judge(_ submission: Submission, _ answer: CommandAnswer) {
        let id = submission.request.id
        switch answer {
        case .recorded(let recorded, _):
            #expect(recorded.id == id)
            // A node that was not told yet may still repeat what a failover has lost.
            guard faults.lostTails == 0 else { return }
            guard let command = log.commands[id] else {
                Issue.record("answered, and not in the log")
                return
            }
            #expect(command.fingerprint == submission.request.fingerprint)
            do {
                let truth = try log.answer(command)
                #expect(recorded.outcome == truth.outcome)
                #expect(recorded.events == truth.events)
                #expect(recorded.token.position == truth.token.position)
            } catch {
                Issue.record("\(error)")
            }
        case .keyReused:
            #expect(
                submissions.contains { $0.request.id == id && $0.request.fingerprint != submission.request.fingerprint }
            )
        case .notRecorded:
            // It speaks of this attempt; another may have got there.
            let isAlone = submissions.count { $0.request.id == id } == 1
            #expect(!isAlone || log.commands[id] == nil, "“it never reached the log”, where it is")
        case .unknown: break
        }
    }

    /// At the end, when everything is quiet.
    func check() {
        for submission in submissions { #expect(submission.answer != nil, "somebody was never answered") }
        for node in nodes {
            #expect(node.machine.isIdle)
            #expect(node.machine.queuedCount == 0)
            #expect(node.machine.cachedStreamCount <= 3)
        }
        // "It did not happen" holds for ever, unless somebody asked again.
        for (index, submission) in submissions.enumerated() {
            guard case .notRecorded? = submission.answer, log.commands[submission.request.id] != nil else { continue }
            let others = submissions.enumerated().filter {
                $0.offset != index && $0.element.request.id == submission.request.id
            }
            #expect(!others.isEmpty, "“it did not happen”, and then it did")
        }
        for show in shows {
            let versions = log.events.filter { $0.stream == StreamID(show) }.map(\.streamVersion)
            #expect(versions == versions.indices.map { Int64($0 + 1) })
            checkOwners(of: show)
        }
        if faults.lostTails == 0 {
            for node in nodes {
                for event in node.published.flatMap(\.events) { #expect(log.events[Int(event.position) - 1] == event) }
            }
        }
    }

    private func checkOwners(of show: ShowID) {
        var owners: [Int: HoldID] = [:]
        var seen: Set<HoldID> = []
        var floor = 8
        for recorded in log.events where recorded.stream == StreamID(show) {
            do {
                switch try recorded.event.decoded() {
                case .created: #expect(recorded.streamVersion == 1)
                case .hold(.placed(let hold)):
                    #expect(seen.insert(hold.holdID).inserted, "one hold twice")
                    for seat in hold.seats {
                        #expect(owners.updateValue(hold.holdID, forKey: seat.index) == nil, "a seat with two owners")
                    }
                    floor -= hold.areas.reduce(0) { $0 + $1.quantity }
                    #expect(floor >= 0)
                case .hold(.released(let end)), .hold(.expired(let end)):
                    for seat in end.seatIndexes { #expect(owners.removeValue(forKey: seat) == end.holdID) }
                    floor += end.areas.reduce(0) { $0 + $1.quantity }
                case .changed, .places, .allocations, .admission, .hold(.changed), .order, .ticket, .cancelled,
                    .waitlist:
                    Issue.record("nobody buys here")
                }
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    var summary: (accepted: Int, rejected: Int, unknown: Int, notRecorded: Int) {
        submissions.reduce(into: (0, 0, 0, 0)) { counts, submission in
            switch submission.answer {
            case .recorded(let answer, _): if answer.outcome == .accepted { counts.0 += 1 } else { counts.1 += 1 }
            case .unknown: counts.2 += 1
            case .notRecorded: counts.3 += 1
            case .keyReused, nil: break
            }
        }
    }
}
