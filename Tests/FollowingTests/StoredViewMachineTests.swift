import EventLog
import Following
import Projection
import Testing

/// What the simulation does not come by, and the order of things where it matters.
@Suite struct `A stored view's machine` {
    /// A machine with its buffer, and what it was told to do.
    private struct Driven {
        var machine: StoredViewMachine
        var buffer = EventBuffer(countMax: 100)

        init(pageEvents: Int = 3) {
            var limits = StoredViewMachine.Limits()
            limits.pageEvents = pageEvents
            machine = StoredViewMachine(formatVersion: 2, limits: limits)
            machine.begin()
        }

        mutating func step(at now: Duration = .zero) -> String {
            machine.step(now: now, buffer: &buffer).map(Self.name) ?? "nothing"
        }

        private static func name(_ action: StoredViewMachine.Action) -> String {
            switch action {
            case .readCheckpoint: "read checkpoint"
            case .readEpochs: "read epochs"
            case .enter(let from, let token): "enter \(token) from \(from.token)"
            case .clear(let from, let start): "clear \(from.token) to \(start.token), format \(start.formatVersion)"
            case .readEvents(let position, let limit): "read \(limit) after \(position)"
            case .readHead(let events, _): "read head for \(events.count)"
            case .fold(let page): "fold \(page.events.count) after \(page.from.token)"
            }
        }

        /// To where it follows, at this place of epoch 1.
        mutating func follow(at position: Int64) {
            #expect(step() == "read checkpoint")
            machine.checkpointRead(.at(1, position), now: .zero)
            #expect(step() == "read epochs")
            machine.epochsRead(.starting(after: 0), now: .zero)
            machine.beginTurn()
        }

        mutating func hear(_ positions: ClosedRange<Int64>, inEpoch epoch: Int64 = 1) {
            buffer.append(FollowedEvent.samples(positions), inEpoch: epoch)
            machine.beginTurn()
        }
    }

    @Test func `lets another process have its turn after failures in a row, and then goes on`() {
        var driven = Driven()
        var now = Duration.zero
        for failure in 1...10 {
            #expect(!driven.machine.isResting(now: now), "after \(failure - 1) failures")
            #expect(driven.step(at: now) == "read checkpoint")
            driven.machine.failed(now: now)
            now += .milliseconds(500)
        }
        #expect(driven.machine.isResting(now: now))
        #expect(driven.step(at: now) == "nothing")
        now += .seconds(2)
        #expect(!driven.machine.isResting(now: now))
        // What succeeds begins the count anew.
        for _ in 1...9 {
            #expect(driven.step(at: now) == "read checkpoint")
            driven.machine.failed(now: now)
            now += .seconds(1)
        }
        #expect(driven.step(at: now) == "read checkpoint")
        driven.machine.checkpointRead(.at(1, 0), now: now)
        #expect(driven.step(at: now) == "read epochs")
        driven.machine.epochsRead(.starting(after: 0), now: now)
        #expect(driven.step(at: now) == "read 3 after 0")
        driven.machine.eventsRead([], head: LogPosition(epoch: 1, position: 0), now: now)
        #expect(driven.step(at: now) == "read checkpoint")
        driven.machine.failed(now: now)
        #expect(!driven.machine.isResting(now: now))
    }

    @Test func `folds what is heard, page by page, and asks the log only for its head`() {
        var driven = Driven()
        driven.follow(at: 4)
        driven.hear(5...8)
        #expect(driven.step() == "read head for 3")
        driven.machine.eventsRead(FollowedEvent.samples(5...7), head: LogPosition(epoch: 1, position: 8), now: .zero)
        #expect(driven.step() == "fold 3 after 1.4")
        #expect(driven.step() == "nothing", "one thing at a time")
        driven.machine.folded(to: LogPosition(epoch: 1, position: 7), stop: nil, isCommitted: true, now: .zero)
        #expect(driven.step() == "read head for 1", "a full page is not the last")
        driven.machine.eventsRead(FollowedEvent.samples(8...8), head: LogPosition(epoch: 1, position: 8), now: .zero)
        #expect(driven.step() == "fold 1 after 1.7")
        driven.machine.folded(to: LogPosition(epoch: 1, position: 8), stop: nil, isCommitted: true, now: .zero)
        #expect(driven.step() == "nothing")
        driven.machine.beginTurn()
        #expect(driven.step() == "read 3 after 8")
    }

    @Test func `does not fold what was read when the log had entered another epoch`() {
        var driven = Driven()
        driven.follow(at: 4)
        driven.hear(5...6)
        #expect(driven.step() == "read head for 2")
        driven.machine.eventsRead(FollowedEvent.samples(5...6), head: LogPosition(epoch: 2, position: 9), now: .zero)
        #expect(driven.step() == "read epochs")
        driven.machine.epochsRead(.starting(after: 0, 4), now: .zero)
        #expect(driven.step() == "enter 2.4 from 1.4")
        driven.machine.committed(true, now: .zero)
        #expect(driven.step() == "read 3 after 4", "what was heard was of the epoch before")
    }

    @Test func `begins anew where a lost tail was folded in, and where the rows are of an earlier format`() {
        var driven = Driven()
        #expect(driven.step() == "read checkpoint")
        driven.machine.checkpointRead(.at(1, 6), now: .zero)
        #expect(driven.step() == "read epochs")
        driven.machine.epochsRead(.starting(after: 0, 5), now: .zero)
        #expect(driven.step() == "clear 1.6 to 2.0, format 2")

        var older = Driven()
        #expect(older.step() == "read checkpoint")
        older.machine.checkpointRead(.at(1, 6, format: 1), now: .zero)
        #expect(older.step() == "read epochs")
        older.machine.epochsRead(.starting(after: 0), now: .zero)
        #expect(older.step() == "clear 1.6 to 1.0, format 2")
        older.machine.committed(false, now: .zero)
        #expect(older.step(at: .ms(1)) == "nothing", "another process was first, and is at work")
        #expect(older.step(at: .seconds(1)) == "read checkpoint")
    }

    @Test func `begins anew where the checkpoint stays beyond the log's head, whatever number it is`() {
        for position in [9, Int64.max] {
            var driven = Driven()
            driven.hear(5...8)
            var now = Duration.zero
            for _ in 1...10 {
                #expect(driven.step(at: now) == "read checkpoint")
                driven.machine.checkpointRead(.at(1, position), now: now)
                #expect(driven.step(at: now) == "read epochs")
                driven.machine.epochsRead(.starting(after: 0), now: now)
                #expect(driven.step(at: now) == "read 3 after \(position)")
                driven.machine.eventsRead([], head: LogPosition(epoch: 1, position: 8), now: now)
                now += .milliseconds(500)
            }
            #expect(driven.step(at: now) == "clear 1.\(position) to 1.0, format 2")
            driven.machine.committed(true, now: now)
            #expect(driven.step(at: now) == "read 3 after 0")
        }
    }

    @Test func `waits for a server that is behind for a while`() {
        var driven = Driven()
        for head: Int64 in [7, 8, 9, 7, 7, 7, 7, 7, 7, 7, 7] {
            driven.follow(at: 9)
            #expect(driven.step() == "read 3 after 9")
            driven.machine.eventsRead([], head: LogPosition(epoch: 1, position: head), now: .zero)
            driven.machine.begin()
        }
        driven.follow(at: 9)
    }

    @Test func `leaves rows of a later format alone, and its turn to another process`() {
        var driven = Driven()
        #expect(driven.step() == "read checkpoint")
        driven.machine.checkpointRead(.at(1, 6, format: 3), now: .zero)
        #expect(driven.machine.isResting(now: .seconds(4)))
        #expect(driven.step(at: .seconds(4)) == "nothing")
        driven.machine.begin()
        #expect(driven.machine.isResting(now: .seconds(4)), "having the lease again changes nothing")
        #expect(!driven.machine.isResting(now: .seconds(5)))
        #expect(driven.step(at: .seconds(5)) == "read checkpoint")
    }

    @Test func `stops before an event only if the view is still where it was folded on`() {
        for isCommitted in [true, false] {
            var driven = Driven()
            driven.follow(at: 4)
            driven.hear(5...6)
            #expect(driven.step() == "read head for 2")
            driven.machine.eventsRead(
                FollowedEvent.samples(5...6), head: LogPosition(epoch: 1, position: 6), now: .zero)
            #expect(driven.step() == "fold 2 after 1.4")
            let stop = ViewStop(position: 5, reason: "nonsense")
            driven.machine.folded(
                to: LogPosition(epoch: 1, position: 4), stop: stop, isCommitted: isCommitted, now: .zero)
            #expect(driven.machine.stop == (isCommitted ? stop : nil))
            #expect(driven.machine.isResting(now: .seconds(1)) == isCommitted)
        }
    }

    @Test func `believes no server that is behind`() {
        var driven = Driven()
        driven.follow(at: 4)
        #expect(driven.step() == "read 3 after 4")
        driven.machine.eventsRead([], head: LogPosition(epoch: 0, position: 9), now: .zero)
        #expect(driven.step() == "nothing")
        #expect(driven.step(at: .seconds(1)) == "read checkpoint")
        driven.machine.checkpointRead(.at(3, 9), now: .zero)
        #expect(driven.step() == "read epochs")
        driven.machine.epochsRead(.starting(after: 0, 0), now: .zero)
        #expect(driven.machine.checkpoint == nil)
    }

    @Test func `looks at its checkpoint when the log is quiet: the database may have gone back`() {
        var driven = Driven()
        driven.follow(at: 4)
        #expect(driven.step() == "read 3 after 4")
        driven.machine.eventsRead([], head: LogPosition(epoch: 1, position: 4), now: .zero)
        #expect(driven.step() == "read checkpoint")
        driven.machine.checkpointRead(.at(1, 4), now: .zero)
        #expect(driven.step() == "nothing")
        driven.machine.beginTurn()
        #expect(driven.step() == "read 3 after 4")
        driven.machine.eventsRead([], head: LogPosition(epoch: 1, position: 4), now: .zero)
        #expect(driven.step() == "read checkpoint")
        driven.machine.checkpointRead(.at(1, 2), now: .zero)
        #expect(driven.step() == "read epochs")
        driven.machine.epochsRead(.starting(after: 0), now: .zero)
        #expect(driven.step() == "read 3 after 2", "at once")
    }

    @Test func `hears no more than may wait, nothing that is large, and nothing out of order`() {
        var buffer = EventBuffer(countMax: 4)
        let start = LogPosition(epoch: 1, position: 0)
        buffer.append(FollowedEvent.samples(1...4), inEpoch: 1)
        #expect(buffer.page(after: start, limit: 3).map(\.context.position) == [1, 2, 3])
        #expect(buffer.page(after: LogPosition(epoch: 1, position: 3), limit: 3).map(\.context.position) == [4])
        #expect(buffer.page(after: LogPosition(epoch: 2, position: 3), limit: 3).isEmpty, "of another epoch")
        buffer.append(FollowedEvent.samples(5...8), inEpoch: 1)
        #expect(buffer.isEmpty, "five are too many")
        buffer.append(FollowedEvent.samples(9...9), inEpoch: 1)
        #expect(buffer.page(after: LogPosition(epoch: 1, position: 7), limit: 3).isEmpty, "a hole before it")
        buffer.append(FollowedEvent.samples(11...12), inEpoch: 1)
        #expect(buffer.page(after: LogPosition(epoch: 1, position: 8), limit: 3).isEmpty)
        #expect(buffer.page(after: LogPosition(epoch: 1, position: 10), limit: 3).count == 2)
        var large = FollowedEvent.sample(13)
        large.byteCount = 1_000_000
        buffer.append([large], inEpoch: 1)
        #expect(buffer.isEmpty)
    }
}

extension StoredCheckpoint {
    fileprivate static func at(_ epoch: Int64, _ position: Int64, format: Int = 2) -> StoredCheckpoint {
        StoredCheckpoint(token: LogPosition(epoch: epoch, position: position), formatVersion: format)
    }
}
