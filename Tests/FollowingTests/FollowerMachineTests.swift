import Domain
import EventLog
import Testing
@testable import Following
import Projection

@Suite("The follower, on a clock moved by hand")
struct FollowerMachineTests {
    /// 5 ms patience, 500 ms between attempts, pages of 10, 3 messages kept, 100 behind is not ready, a poll every 2 s.
    static var limits: FollowerMachine.Limits {
        var limits = FollowerMachine.Limits()
        limits.pageEvents = 10
        limits.reorderBatchesMax = 3
        limits.readyLagMax = 100
        return limits
    }

    /// A follower that has caught up with a log of so many events, at time 0.
    static func live(at position: Int64 = 0, epoch: Int64 = 1) -> FollowerMachine {
        var machine = FollowerMachine(epoch: epoch, applied: position, limits: limits, now: .zero)
        _ = machine.start()
        _ = machine.epochsRead(.starting(after: 0), now: .zero)
        _ = machine.fetched(
            [], look: LogLook(head: LogPosition(epoch: epoch, position: position)), limit: 10, now: .zero)
        return machine
    }

    // MARK: Hearsay

    /// What a message brings: `hash` tells it from others.
    private static func message(_ positions: ClosedRange<Int64>, hash: UInt8, head: Int64? = nil) -> CommittedBatch {
        var batch = CommittedBatch.samples(positions, head: head)
        batch.seal = BatchSeal(number: 1, previousHash: [], hash: [hash], parts: [])
        return batch
    }

    private static func look(_ position: Int64, _ marks: [(ClosedRange<Int64>, UInt8)]) -> LogLook {
        LogLook(
            head: LogPosition(epoch: 1, position: position),
            marks: marks.map { BatchMark(positions: $0.0, hash: [$0.1]) })
    }

    @Test("What a message brings counts at once, and for good once the log confirms it") func confirmed() {
        var machine = Self.live()
        #expect(machine.hear(Self.message(1...2, hash: 1), now: .ms(1)).applied == [1...2])
        #expect(machine.hear(Self.message(3...5, hash: 2), now: .ms(2)).applied == [3...5])
        #expect(machine.applied == 5 && machine.confirmed == 0)
        let question = machine.question
        #expect(question.hearsay == 2...5)
        #expect(machine.hear(Self.message(6...6, hash: 3), now: .ms(3)).applied == [6...6])
        #expect(machine.looked(Self.look(9, [(1...2, 1), (3...5, 2)]), asked: question, now: .ms(4)).applied == [])
        #expect(machine.confirmed == 5 && machine.isReady)
    }

    @Test(
        "A batch that the log does not have makes everything doubtful",
        arguments: [
            [(1...2, 9), (3...5, 2)], [(1...2, 1)], [(1...2, 1), (3...4, 2)], [(1...2, 1), (4...5, 2)], [],
        ] as [[(ClosedRange<Int64>, UInt8)]])
    func refuted(_ marks: [(ClosedRange<Int64>, UInt8)]) {
        var machine = Self.live()
        _ = machine.hear(Self.message(1...2, hash: 1), now: .ms(1))
        _ = machine.hear(Self.message(3...5, hash: 2), now: .ms(2))
        let actions = machine.looked(Self.look(6, marks), asked: machine.question, now: .ms(3))
        #expect(actions.count == 3)
        guard case .alarm = actions[0] else { return #expect(Bool(false), "no alarm: \(actions)") }
        #expect(actions[1...] == [.reset(epoch: 1), .fetch(after: 0, limit: 10)])
        #expect(!machine.hasCaughtUp && !machine.isReady && machine.alarm != nil && machine.applied == 0)
        // For a while messages only say that there is something to read.
        _ = machine.fetched(.samples(1...6), look: Self.look(6, []), asked: machine.question, limit: 10, now: .ms(4))
        #expect(machine.isReady && machine.alarm == nil && machine.confirmed == 6)
        #expect(machine.hear(Self.message(7...7, hash: 5), now: .ms(5)) == [.checkAgain(after: .ms(5))])
        #expect(machine.applied == 6)
        _ = machine.fetched([.sample(7)], look: Self.look(7, []), asked: machine.question, limit: 10, now: .ms(11))
        #expect(machine.hear(Self.message(8...8, hash: 6), now: .ms(70_000)).applied == [8...8])
    }

    @Test("Who may do what is read from the log, whatever a message brings") func rolesAreReadFromLog() {
        var machine = Self.live()
        var forged = Self.message(1...2, hash: 1)
        forged.events[1].stream = StreamID(OrganisationState.category, "instance")
        #expect(machine.hear(forged, now: .ms(1)) == [.checkAgain(after: .ms(5))])
        #expect(machine.applied == 0 && machine.tick(now: .ms(6)) == [.fetch(after: 0, limit: 10)])
        // This process itself appended it.
        #expect(machine.receive(forged, now: .ms(7)).applied == [1...2])
    }

    @Test("More than the log has is an alarm, whoever brought it") func beyondHead() {
        var machine = Self.live()
        _ = machine.receive(.samples(1...3), now: .ms(1))
        let actions = machine.looked(Self.look(2, []), asked: machine.question, now: .ms(2))
        #expect(actions.contains(.reset(epoch: 1)))
    }

    @Test("A head or an epoch that does not exist is forgotten, and nothing else") func falseClaims() {
        var machine = Self.live(at: 5)
        _ = machine.hear(.head(1_000_000), now: .ms(1))
        #expect(!machine.isReady)
        let actions = machine.looked(Self.look(5, []), asked: machine.question, now: .ms(2))
        guard case .alarm? = actions.first, actions.count == 1 else { return #expect(Bool(false), "\(actions)") }
        #expect(machine.isReady && machine.applied == 5)
        // It is not listened to again.
        #expect(machine.hear(.head(9, epoch: 7), now: .ms(3)) == [])

        machine = Self.live(at: 5)
        #expect(machine.hear(.head(9, epoch: 7), now: .ms(1)) == [.readEpochs])
        guard case .alarm? = machine.epochsRead(.starting(after: 0), now: .ms(2)).first else {
            return #expect(Bool(false), "no alarm")
        }
        #expect(machine.applied == 5)
    }

    @Test("Without a seal a message only says where the log ends") func unsealed() {
        var machine = Self.live()
        #expect(machine.hear(.samples(1...2), now: .ms(1)) == [.checkAgain(after: .ms(5))])
        #expect(machine.applied == 0 && machine.head == 2)
    }

    // MARK: Messages

    @Test("Messages in order are applied at once") func inOrder() {
        var machine = Self.live()
        #expect(machine.receive(.samples(1...2), now: .ms(1)) == [.apply(.samples(1...2))])
        #expect(machine.receive(.samples(3...3), now: .ms(2)) == [.apply(.samples(3...3))])
        #expect(machine.applied == 3)
        #expect(machine.isReady)
    }

    @Test("A message that came before is not applied again") func duplicate() {
        var machine = Self.live()
        _ = machine.receive(.samples(1...4), now: .ms(1))
        #expect(machine.receive(.samples(1...4), now: .ms(2)) == [])
        #expect(machine.receive(.samples(2...3), now: .ms(2)) == [])
        #expect(machine.applied == 4)
    }

    @Test("Of a message that overlaps what is there only the rest is applied") func overlap() {
        var machine = Self.live()
        _ = machine.receive(.samples(1...3), now: .ms(1))
        #expect(machine.receive(.samples(2...5), now: .ms(2)) == [.apply(.samples(4...5))])
    }

    @Test("A message that came too early waits for the one before it") func reordered() {
        var machine = Self.live()
        #expect(machine.receive(.samples(3...4), now: .ms(1)) == [.checkAgain(after: .ms(5))])
        #expect(machine.receive(.samples(5...5), now: .ms(2)) == [])
        #expect(machine.receive(.samples(5...5), now: .ms(2)) == [], "kept twice")
        #expect(machine.receive(.samples(1...2), now: .ms(3)).applied == [1...2, 3...4, 5...5])
        #expect(machine.tick(now: .ms(9)) == [], "nothing is missing any more")
    }

    @Test("Early messages that overlap each other are applied once") func earlyOverlap() {
        var machine = Self.live()
        _ = machine.receive(.samples(3...6), now: .ms(1))
        _ = machine.receive(.samples(5...8), now: .ms(1))
        #expect(machine.receive(.samples(1...4), now: .ms(2)).applied == [1...4, 5...6, 7...8])
    }

    @Test("A statement of the head applies nothing, and says what is missing") func head() {
        var machine = Self.live()
        #expect(machine.receive(.head(0), now: .ms(1)) == [])
        #expect(machine.receive(.head(3), now: .ms(1)) == [.checkAgain(after: .ms(5))])
        #expect(machine.head == 3)
    }

    // MARK: Holes

    @Test("A hole shorter than the patience costs no read of the log") func shortHole() {
        var machine = Self.live()
        _ = machine.receive(.samples(2...2), now: .ms(1))
        #expect(machine.tick(now: .ms(5)) == [])
        _ = machine.receive(.samples(1...1), now: .ms(5))
        #expect(machine.tick(now: .ms(50)) == [])
    }

    @Test("A hole that lasts is read from the log: exactly it, and once") func longHole() {
        var machine = Self.live()
        _ = machine.receive(.samples(1...2), now: .ms(1))
        _ = machine.receive(.samples(6...7), now: .ms(1))
        #expect(machine.tick(now: .ms(6)) == [.fetch(after: 2, limit: 3)])
        #expect(machine.tick(now: .ms(60)) == [], "it is being read")
        let actions = machine.fetched(
            .samples(3...5), look: LogLook(head: LogPosition(epoch: 1, position: 7)), limit: 3, now: .ms(61))
        #expect(actions.applied == [3...5, 6...7])
        #expect(actions.others == [])
        #expect(machine.tick(now: .ms(600)) == [])
    }

    @Test("A hole that closes while it is read is not applied twice") func holeClosesMeanwhile() {
        var machine = Self.live()
        _ = machine.receive(.samples(3...3), now: .ms(1))
        #expect(machine.tick(now: .ms(6)) == [.fetch(after: 0, limit: 2)])
        #expect(machine.receive(.samples(1...2), now: .ms(7)).applied == [1...2, 3...3])
        #expect(
            machine.fetched(
                .samples(1...2), look: LogLook(head: LogPosition(epoch: 1, position: 3)), limit: 2, now: .ms(8)) == [])
    }

    @Test("Behind a hole may be another: it is read next, without more patience") func twoHoles() {
        var machine = Self.live()
        _ = machine.receive(.samples(2...2), now: .ms(1))
        _ = machine.receive(.samples(4...4), now: .ms(1))
        #expect(machine.tick(now: .ms(6)) == [.fetch(after: 0, limit: 1)])
        let actions = machine.fetched(
            [.sample(1)], look: LogLook(head: LogPosition(epoch: 1, position: 4)), limit: 1, now: .ms(7))
        #expect(actions.applied == [1...1, 2...2])
        #expect(actions.others == [.fetch(after: 2, limit: 1)])
    }

    @Test("More early messages than are kept: the last are dropped, and read from the log later") func reorderBound() {
        var machine = Self.live()
        for position: Int64 in [8, 6, 4, 2, 10] { _ = machine.receive(.samples(position...position), now: .ms(1)) }
        // 2, 4 and 6 are kept.
        #expect(machine.receive(.samples(1...1), now: .ms(2)).applied == [1...1, 2...2])
        #expect(machine.receive(.samples(3...3), now: .ms(2)).applied == [3...3, 4...4])
        #expect(machine.receive(.samples(5...5), now: .ms(2)).applied == [5...5, 6...6])
        #expect(machine.receive(.samples(7...7), now: .ms(2)).applied == [7...7])
        #expect(machine.tick(now: .ms(9)) == [.fetch(after: 7, limit: 10)])
    }

    @Test("A lost last message is found by the next statement of the head, or by the poll") func lostLast() {
        var machine = Self.live(at: 5)
        #expect(machine.tick(now: .ms(1_999)) == [])
        #expect(machine.tick(now: .ms(2_000)) == [.readHead])
        #expect(machine.tick(now: .ms(2_500)) == [])
        #expect(
            machine.looked(LogLook(head: LogPosition(epoch: 1, position: 6)), now: .ms(2_001)) == [
                .checkAgain(after: .ms(5))
            ])
        #expect(machine.tick(now: .ms(2_006)) == [.fetch(after: 5, limit: 10)])
        #expect(
            machine.fetched(
                [.sample(6)], look: LogLook(head: LogPosition(epoch: 1, position: 6)), limit: 10, now: .ms(2_007))
                == [.apply([.sample(6)])])
    }

    @Test("A head that the log does not have is asked for at the pace of retries, and applies nothing") func falseHead()
    {
        var machine = Self.live(at: 5)
        _ = machine.receive(.head(9), now: .ms(1))
        #expect(machine.tick(now: .ms(6)) == [.fetch(after: 5, limit: 10)])
        #expect(
            machine.fetched([], look: LogLook(head: LogPosition(epoch: 1, position: 5)), limit: 10, now: .ms(7))
                == [.checkAgain(after: .ms(500))])
    }

    // MARK: Reading the log

    @Test("A large hole is read page by page") func pages() {
        var machine = Self.live()
        _ = machine.receive(.head(25), now: .ms(1))
        #expect(machine.tick(now: .ms(6)) == [.fetch(after: 0, limit: 10)])
        let head = LogPosition(epoch: 1, position: 25)
        #expect(
            machine.fetched(.samples(1...10), look: LogLook(head: head), limit: 10, now: .ms(7))
                == [.apply(.samples(1...9)), .fetch(after: 9, limit: 10)])
        #expect(
            machine.fetched(.samples(10...19), look: LogLook(head: head), limit: 10, now: .ms(8))
                == [.apply(.samples(10...18)), .fetch(after: 18, limit: 10)])
        #expect(
            machine.fetched(.samples(19...25), look: LogLook(head: head), limit: 10, now: .ms(9)) == [
                .apply(.samples(19...25))
            ])
    }

    @Test("A command is applied as a whole, wherever a page ends, and however many events it has") func wholeCommands()
    {
        var machine = Self.live()
        _ = machine.receive(.head(30), now: .ms(1))
        #expect(machine.tick(now: .ms(6)) == [.fetch(after: 0, limit: 10)])
        var log: [RecordedEvent] = .samples(1...30)
        for index in 6..<29 { log[index].commandID = log[6].commandID }
        let head = LogPosition(epoch: 1, position: 30)
        let first = machine.fetched(Array(log[..<10]), look: LogLook(head: head), limit: 10, now: .ms(7))
        #expect(first.applied == [1...6])
        #expect(first.others == [.fetch(after: 6, limit: 10)])
        #expect(
            machine.fetched(Array(log[6..<16]), look: LogLook(head: head), limit: 10, now: .ms(8)) == [
                .fetch(after: 6, limit: 20)
            ])
        #expect(
            machine.fetched(Array(log[6..<26]), look: LogLook(head: head), limit: 20, now: .ms(9)) == [
                .fetch(after: 6, limit: 40)
            ])
        #expect(
            machine.fetched(Array(log[6...]), look: LogLook(head: head), limit: 40, now: .ms(10)).applied == [7...30])
        #expect(machine.isReady)
    }

    @Test("A page that ends where the log does is applied to its end") func fullLastPage() {
        var machine = Self.live()
        _ = machine.receive(.head(10), now: .ms(1))
        #expect(machine.tick(now: .ms(6)) == [.fetch(after: 0, limit: 10)])
        #expect(
            machine.fetched(
                .samples(1...10), look: LogLook(head: LogPosition(epoch: 1, position: 10)), limit: 10, now: .ms(7))
                == [.apply(.samples(1...10))])
    }

    @Test("A read that fails is tried again, later") func fetchFails() {
        var machine = Self.live()
        _ = machine.receive(.head(2), now: .ms(1))
        #expect(machine.tick(now: .ms(6)) == [.fetch(after: 0, limit: 10)])
        #expect(machine.fetchFailed(now: .ms(7)) == [.checkAgain(after: .ms(500))])
        #expect(machine.tick(now: .ms(507)) == [.fetch(after: 0, limit: 10)])
        #expect(machine.isReady, "two behind is not far")
    }

    @Test("A hole too large to be ready") func huge() {
        var machine = Self.live()
        #expect(machine.isReady)
        _ = machine.receive(.head(101), now: .ms(1))
        #expect(!machine.isReady)
        _ = machine.receive(.samples(1...1), now: .ms(1))
        #expect(machine.isReady)
    }

    @Test("A message at the end of the number range overflows nothing") func endOfRange() {
        var machine = Self.live()
        _ = machine.receive(.samples((.max)...(.max)), now: .ms(1))
        #expect(machine.applied == 0)
        #expect(!machine.isReady)
        #expect(machine.tick(now: .ms(6)) == [.fetch(after: 0, limit: 10)])
    }
}

@Suite("The follower joins a log that has begun")
struct FollowerJoiningTests {
    @Test("Late join: the epochs, the log, then what came meanwhile") func lateJoin() {
        var machine = FollowerMachine(limits: FollowerMachineTests.limits, now: .zero)
        #expect(machine.start() == [.readEpochs])
        #expect(machine.receive(.samples(11...11), now: .ms(1)) == [], "nothing can be said of it yet")
        #expect(machine.tick(now: .ms(2)) == [], "they are being read")
        #expect(
            machine.epochsRead(.starting(after: 0), now: .ms(3)) == [.enter(epoch: 1), .fetch(after: 0, limit: 10)])
        #expect(!machine.isReady)
        #expect(machine.receive(.samples(13...14), now: .ms(4)) == [])
        let page = machine.fetched(
            .samples(1...10), look: LogLook(head: LogPosition(epoch: 1, position: 14)), limit: 10, now: .ms(5))
        // Only up to the message that is there.
        #expect(page == [.apply(.samples(1...9)), .fetch(after: 9, limit: 3)])
        #expect(!machine.isReady, "not caught up yet")
        let rest = machine.fetched(
            .samples(10...12), look: LogLook(head: LogPosition(epoch: 1, position: 14)), limit: 3, now: .ms(6))
        #expect(rest.applied == [10...12, 13...14])
        #expect(rest.others == [.fetch(after: 14, limit: 10)])
        #expect(
            machine.fetched([], look: LogLook(head: LogPosition(epoch: 1, position: 14)), limit: 10, now: .ms(7)) == [])
        #expect(machine.isReady)
    }

    @Test("With a snapshot only the tail is read") func snapshot() {
        var machine = FollowerMachine(epoch: 1, applied: 7, limits: FollowerMachineTests.limits, now: .zero)
        #expect(machine.start() == [.readEpochs])
        #expect(machine.epochsRead(.starting(after: 0), now: .ms(1)) == [.fetch(after: 7, limit: 10)])
    }

    @Test("The log is away at the start: asked again and again") func logAway() {
        var machine = FollowerMachine(limits: FollowerMachineTests.limits, now: .zero)
        _ = machine.start()
        #expect(machine.fetchFailed(now: .ms(1)) == [.checkAgain(after: .ms(500))])
        #expect(machine.tick(now: .ms(501)) == [.readEpochs])
        #expect(machine.tick(now: .ms(502)) == [])
        #expect(machine.receive(.samples(1...1, epoch: 1), now: .ms(503)) == [], "not asked twice at once")
        #expect(!machine.isReady)
    }

    @Test("A catch-up whose read failed is finished, though messages bring all that is heard of") func catchUpFails() {
        var machine = FollowerMachine(limits: FollowerMachineTests.limits, now: .zero)
        _ = machine.start()
        _ = machine.epochsRead(.starting(after: 0), now: .ms(1))
        _ = machine.fetchFailed(now: .ms(2))
        #expect(machine.receive(.samples(1...1), now: .ms(3)).applied == [1...1])
        #expect(machine.tick(now: .ms(502)) == [.fetch(after: 1, limit: 10)])
        #expect(
            machine.fetched([], look: LogLook(head: LogPosition(epoch: 1, position: 1)), limit: 10, now: .ms(503)) == []
        )
        #expect(machine.isReady)
    }

    @Test("An empty log is caught up with at once") func emptyLog() {
        var machine = FollowerMachine(limits: FollowerMachineTests.limits, now: .zero)
        _ = machine.start()
        _ = machine.epochsRead(.starting(after: 0), now: .ms(1))
        #expect(
            machine.fetched([], look: LogLook(head: LogPosition(epoch: 1, position: 0)), limit: 10, now: .ms(2)) == [])
        #expect(machine.isReady)
    }
}

@Suite("The follower, when the log enters a new epoch")
struct FollowerEpochTests {
    @Test("A message of an old epoch is ignored") func oldEpoch() {
        var machine = FollowerMachine(epoch: 2, applied: 0, limits: FollowerMachineTests.limits, now: .zero)
        _ = machine.start()
        _ = machine.epochsRead(.starting(after: 0, 0), now: .zero)
        _ = machine.fetched([], look: LogLook(head: LogPosition(epoch: 2, position: 0)), limit: 10, now: .zero)
        #expect(machine.receive(.samples(1...3, epoch: 1), now: .ms(1)) == [])
        #expect(machine.head == 0)
        #expect(machine.receive(.samples(1...1, epoch: 2), now: .ms(1)).applied == [1...1])
    }

    @Test("A message of a new epoch: first its history, then on from there", arguments: [5, 9])
    func raisedByMessage(startsAfter: Int64) {
        var machine = FollowerMachineTests.live(at: 5)
        #expect(machine.receive(.samples(6...6, epoch: 2), now: .ms(1)) == [.readEpochs])
        #expect(!machine.isReady)
        #expect(machine.receive(.samples(7...7, epoch: 2), now: .ms(2)) == [])
        #expect(machine.receive(.samples(6...6, epoch: 1), now: .ms(2)) == [])
        #expect(
            machine.epochsRead(.starting(after: 0, startsAfter), now: .ms(3))
                == [.enter(epoch: 2), .fetch(after: 5, limit: 10)])
        #expect(machine.epoch == 2)
    }

    @Test("A lost tail: everything is forgotten and applied anew") func lostTail() {
        var machine = FollowerMachineTests.live(at: 5)
        _ = machine.receive(.samples(8...8), now: .ms(1))  // Of the old epoch, and early.
        #expect(machine.receive(.head(4, epoch: 2), now: .ms(1)) == [.readEpochs])
        #expect(
            machine.epochsRead(.starting(after: 0, 4), now: .ms(3)) == [.reset(epoch: 2), .fetch(after: 0, limit: 10)])
        #expect(machine.applied == 0)
        #expect(!machine.hasCaughtUp)
        let actions = machine.fetched(
            .samples(1...4), look: LogLook(head: LogPosition(epoch: 2, position: 4)), limit: 10, now: .ms(4))
        #expect(actions == [.apply(.samples(1...4))])
        #expect(machine.isReady && machine.hasCaughtUp)
        #expect(machine.receive(.samples(5...7, epoch: 2), now: .ms(5)) == [.apply(.samples(5...7))])
    }

    @Test("A new epoch that only the poll tells of") func raisedByHead() {
        var machine = FollowerMachineTests.live(at: 5)
        #expect(machine.tick(now: .ms(2_000)) == [.readHead])
        #expect(machine.looked(LogLook(head: LogPosition(epoch: 2, position: 5)), now: .ms(2_001)) == [.readEpochs])
        #expect(machine.epochsRead(.starting(after: 0, 5), now: .ms(2_002)).first == .enter(epoch: 2))
    }

    @Test("A new epoch while the log is read: what was read is not applied") func raisedDuringFetch() {
        var machine = FollowerMachineTests.live(at: 5)
        _ = machine.receive(.head(7), now: .ms(1))
        #expect(machine.tick(now: .ms(6)) == [.fetch(after: 5, limit: 10)])
        #expect(machine.receive(.head(9, epoch: 2), now: .ms(7)) == [], "one read at a time")
        #expect(
            machine.fetched(
                .samples(6...7), look: LogLook(head: LogPosition(epoch: 1, position: 7)), limit: 10, now: .ms(8))
                == [.readEpochs])
    }

    @Test("A page that was read across a failover is not applied: it may not follow what is there") func readAcross() {
        var machine = FollowerMachineTests.live(at: 5)
        _ = machine.receive(.head(7), now: .ms(1))
        _ = machine.tick(now: .ms(6))
        #expect(
            machine.fetched(
                .samples(6...9), look: LogLook(head: LogPosition(epoch: 2, position: 9)), limit: 10, now: .ms(7))
                == [.readEpochs])
        #expect(machine.applied == 5)
        #expect(machine.epochsRead(.starting(after: 0, 3), now: .ms(8)).first == .reset(epoch: 2))
    }

    @Test("A page of a server that is an epoch behind is read again") func readBehind() {
        var machine = FollowerMachineTests.live(at: 5, epoch: 1)
        _ = machine.receive(.head(5, epoch: 2), now: .ms(1))
        #expect(
            machine.epochsRead(.starting(after: 0, 5), now: .ms(2)) == [.enter(epoch: 2), .fetch(after: 5, limit: 10)])
        #expect(
            machine.fetched(
                [.sample(6)], look: LogLook(head: LogPosition(epoch: 1, position: 6)), limit: 10, now: .ms(3))
                == [.checkAgain(after: .ms(500))])
        #expect(machine.tick(now: .ms(503)) == [.fetch(after: 5, limit: 10)])
    }

    @Test("The history can't be read: asked again") func historyFails() {
        var machine = FollowerMachineTests.live(at: 5)
        #expect(machine.receive(.head(5, epoch: 2), now: .ms(1)) == [.readEpochs])
        #expect(machine.fetchFailed(now: .ms(2)) == [.checkAgain(after: .ms(500))])
        #expect(machine.tick(now: .ms(502)) == [.readEpochs])
    }

    @Test("A view that started ahead of the others may have a lost tail where they have not") func furthest() {
        let limits = FollowerMachineTests.limits
        var machine = FollowerMachine(epoch: 1, applied: 3, furthest: 9, limits: limits, now: .zero)
        _ = machine.start()
        #expect(machine.epochsRead(.starting(after: 0, 5), now: .ms(1)).first == .reset(epoch: 2))

        var fine = FollowerMachine(epoch: 1, applied: 3, furthest: 5, limits: limits, now: .zero)
        _ = fine.start()
        #expect(fine.epochsRead(.starting(after: 0, 5), now: .ms(1)).first == .enter(epoch: 2))
    }

    @Test("Another log, that never had this epoch, is read from the start") func unknownEpoch() {
        var machine = FollowerMachine(epoch: 4, applied: 3, limits: FollowerMachineTests.limits, now: .zero)
        _ = machine.start()
        #expect(machine.epochsRead(.starting(after: 0), now: .ms(1)).first == .reset(epoch: 1))
        #expect(machine.epoch == 1)
    }
}
