import Domain
import EventLog
import SeededRandom

/// The whole path in one place and one thread: clients, command nodes, the log, the fan-out, replicas, their disks and
/// the time. What decides is the product's own; what carries is simulated here, and may fail in every way it can.
final class World {
    let scenario: Scenario
    let planted: PlantedFault?
    private(set) var now: Moment = 0
    private var schedule = Schedule<Happening>()
    private(set) var trace: Trace
    var judge = Judge()
    var random: SeededGenerator
    /// Planted faults draw from their own, so that they change nothing until they strike.
    var plantedRandom: SeededGenerator

    var log = SimulatedLog()
    var store = SimulatedStore()
    /// Which one it is that makes a process fold the log into the stored view; nil: nobody has it.
    var storedLease: Int?
    var storedLeases = 0
    /// The stored view draws from its own, so that it changes nothing elsewhere.
    var storedRandom: SeededGenerator
    var provider = SimulatedProvider()
    /// Which one it is that makes a payment process the active one; nil: nobody has it.
    var lease: Int?
    var leases = 0
    var turns = 0
    /// Nil: the first show has no waiting room.
    var room: SimulatedRoom?
    /// Nil: nobody waits for what comes free.
    let waitlist: SimulatedWaitlist?
    var processes: [Process]
    var clients: [Client]
    var attempts: [Attempt] = []
    var reads: [Read] = []
    /// Nothing goes wrong any more, and nothing new is asked for.
    var isEnding = false
    private var isOver = false

    /// More than the longest run by far.
    private static let happeningsMax = 300_000
    /// What is left when nothing goes wrong any more is done in less, or never.
    private static let endingMax = Moment.seconds(60)

    init(seed: UInt64, planted: PlantedFault? = nil, stepsMax: Int) {
        var random = SeededGenerator(seed: seed)
        let scenario = Scenario(&random)
        self.scenario = scenario
        self.planted = planted
        plantedRandom = SeededGenerator(seed: ~seed)
        storedRandom = SeededGenerator(seed: seed ^ 0x7374_6f72_6564)
        let start = Timestamp(microseconds: Self.firstTime)
        room = SimulatedRoom(seed: seed, start: start, isNeeded: planted?.concernsRoom == true)
        waitlist = SimulatedWaitlist(seed: seed, start: start, isNeeded: planted?.concernsWaitlist == true)
        trace = Trace(stepsMax: stepsMax)
        processes = (0..<(scenario.writers + scenario.replicas)).map { number in
            Process(number: number, sequences: number < scenario.writers, &random)
        }
        // After those who buy comes the operator, and then those who wait.
        clients = (0...scenario.clients).map { Client(number: $0, keepsCookies: random.isLucky(perMille: 300)) }
        for _ in 0..<(waitlist?.waiters ?? 0) { clients.append(Client(number: clients.count, keepsCookies: false)) }
        if random.isLucky(perMille: 500) { provider.blindTime = random.moment(0...(.milliseconds(800))) }
        self.random = random
    }

    /// Runs until the end, or until a promise is broken.
    func run() {
        for process in processes.indices { plan(.processStarts(process), in: random.moment(0...5_000)) }
        createShows()
        for client in clients.indices {
            plan(.clientActs(client), in: random.moment(0...scenario.thinkTime.upperBound))
        }
        planRoom()
        plan(.faultsAreDrawn, in: Self.faultsInterval)
        plan(.faultsEnd, in: scenario.active)
        while !isOver, judge.violation == nil, let (at, happening) = schedule.next() {
            now = at
            judge.tally.happenings += 1
            perform(happening)
            guard judge.tally.happenings < Self.happeningsMax else {
                judge.accuse(.everythingEnds, "it goes on for ever")
                break
            }
        }
        if judge.violation == nil { judgeTheEnd() }
    }

    func plan(_ happening: Happening, in delay: Moment) { schedule.plan(happening, at: now + delay) }

    func note(_ what: StaticString, _ who: Int = -1, _ first: Int64 = 0, _ second: Int64 = 0) {
        trace.note(now, what, who, first, second)
    }

    /// Rates stop counting when the end has begun.
    func strikes(_ rate: KeyPath<Scenario.Faults, Int>) -> Bool {
        !isEnding && random.isLucky(perMille: scenario.faults[keyPath: rate])
    }

    func strikes(_ fault: PlantedFault, perMille: Int) -> Bool {
        planted == fault && plantedRandom.isLucky(perMille: perMille)
    }

    private func perform(_ happening: Happening) {
        switch happening {
        case .clientActs(let client): act(client)
        case .requestArrives(let attempt): deliver(attempt)
        case .answerArrives(let attempt, let answer): receive(answer, to: attempt)
        case .patienceEnds(let attempt): loseAnswer(to: attempt)
        case .readArrives(let read): arrive(read)
        case .readAnswerArrives(let read, let answer): receive(answer, to: reads[read])
        case .processStarts(let process): start(process)
        case .processCrashes(let process, let life): if isAlive(process, life) { crash(process) }
        case .sequencerWakes(let process, let life): if isAlive(process, life) { wakeSequencer(process) }
        case .sequencerTicks(let process, let life): if isAlive(process, life) { tickSequencer(process) }
        case .followerTicks(let process, let life, let repeats):
            if isAlive(process, life) { tickFollower(process, repeats: repeats) }
        case .messageArrives(let batch, let process): if processes[process].isUp { feed(process, .batch(batch)) }
        case .snapshotIsDue(let process, let life, let view):
            if isAlive(process, life) { writeSnapshot(process, of: view) }
        case .snapshotIsWritten(let process, let life, let view, let file):
            if isAlive(process, life) { storeSnapshot(process, of: view, file) }
        case .waitEnds(let read, let life): if isAlive(reads[read].process, life) { giveUpWaiting(read) }
        case .waiterWakes(let read, let life): if isAlive(reads[read].process, life) { wait(read) }
        case .leaseIsSought(let process, let life): if isAlive(process, life) { seekLease(process) }
        case .leaseIsFreed(let lease): freeLease(lease)
        case .leaseLossIsNoticed(let process, let lease): noticeLeaseLoss(process, lease)
        case .paymentsWake(let process, let turn): work(process, turn)
        case .providerIsCalled(let call, let payer, let answers): executeAtProvider(call, by: payer, answers: answers)
        case .providerAnswers(let answer, let payer): hear(answer, payer)
        case .hintArrives(let order, let process): hearHint(order, process)
        case .booksAreAskedFor(let call, let process, let turn): readBooks(call, process, turn)
        case .booksArrive(let call, let result, let process, let turn): takeBooks(call, result, process, turn)
        case .moneyHintArrives(let payment, let process): hearHint(payment: payment, process)
        case .callArrives(let call, let asker, let delay): execute(call, for: asker, answerAfter: delay)
        case .replyArrives(let reply, let asker): if isAlive(asker.process, asker.life) { take(reply, for: asker) }
        case .followerGoesOn(let process, let life): if isAlive(process, life) { resumeFollower(process) }
        case .storedLeaseIsSought(let process, let life): if isAlive(process, life) { seekStoredLease(process) }
        case .storedLeaseIsFreed(let lease): freeStoredLease(lease)
        case .storedLeaseLossIsNoticed(let process, let lease): noticeStoredLeaseLoss(process, lease)
        case .storedTurns(let process, let lease): takeStoredTurn(process, lease)
        case .storedCallArrives(let call, let process, let lease, let delay):
            executeStored(call, process, lease, answerAfter: delay)
        case .storedReplyArrives(let reply, let process, let lease): takeForStored(reply, process, lease)
        case .roomTurns: turnRoom()
        case .faultsAreDrawn: drawFaults()
        case .faultsEnd: endFaults()
        case .endIsSought: seekEnd()
        }
    }

    func isAlive(_ process: Int, _ life: Int) -> Bool { processes[process].isUp && processes[process].life == life }

    private func seekEnd() {
        guard let reason = whatIsMissing() else {
            isOver = true
            return
        }
        if now > scenario.active + Self.endingMax {
            judge.accuse(.everythingEnds, reason)
        } else {
            plan(.endIsSought, in: .milliseconds(50))
        }
    }

    /// The world's clock as processes see it.
    static let firstTime: Int64 = 1_767_225_600_000_000

    /// What a process's clock shows.
    func clock(of process: Int) -> Timestamp {
        Timestamp(microseconds: Self.firstTime + now + processes[process].clockError)
    }
}
