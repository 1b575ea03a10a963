import Domain
import EventLog
import Testing
@testable import Following
@testable import Projection

@Suite("A view")
struct ViewTests {
    @Test("It takes in what follows, and skips what it has") func apply() {
        let view = View<Diary>()
        view.apply(FollowedEvent.samples(1...3))
        view.apply(FollowedEvent.samples(2...5))
        #expect(view.checkpoint == 5)
        #expect(view.positions == Array(1...5))
    }

    @Test("It stops before an event that makes no sense to it, and says where and why") func stops() {
        let view = View<Diary>()
        view.apply([.sample(1), .sample(2, of: "nonsense"), .sample(3)])
        #expect(view.stop == ViewStop(position: 2, reason: "nonsense"))
        #expect(view.checkpoint == 1)
        view.apply(FollowedEvent.samples(3...4))
        #expect(view.positions == [1], "and stays there")
    }

    @Test("It stops before an event that nobody can read") func undecodable() {
        let view = View<Diary>()
        var unknown = RecordedEvent.release(2)
        unknown.event.type = "SeatTeleported"
        view.apply([.sample(1), FollowedEvent(unknown)])
        #expect(view.stop?.position == 2)
        #expect(view.stop?.reason.contains("SeatTeleported") == true)

        let other = View<Diary>()
        var damaged = RecordedEvent.release(1)
        damaged.event.payload = [0xFF]
        other.apply([FollowedEvent(damaged)])
        #expect(other.stop?.position == 1)
    }

    @Test("It stops where an event is missing, rather than skip it") func missing() {
        let view = View<Diary>()
        view.apply([.sample(1), .sample(3)])
        #expect(view.checkpoint == 1)
        #expect(view.stop?.position == 3)
    }

    @Test("Reset, it begins anew in the new epoch, though it had stopped") func reset() {
        let view = View<Diary>()
        view.enter(epoch: 1)
        view.apply([.sample(1), .sample(2, of: "nonsense")])
        view.reset(epoch: 2)
        #expect(view.place == LogPosition(2, 0))
        #expect(view.stop == nil)
        view.apply(FollowedEvent.samples(1...2))
        #expect(view.positions == [1, 2])
    }

    @Test("It goes on from a snapshot as if it had applied everything itself") func restore() throws {
        let view = View<Diary>()
        view.enter(epoch: 2)
        view.apply(FollowedEvent.samples(1...600))
        let (checkpoint, payload) = view.snapshot()
        #expect(checkpoint == 600)
        let other = view.sibling()
        try other.restore(payload, checkpoint: checkpoint)
        other.enter(epoch: 2)
        for each in [view, other] as [any FollowingView] { each.apply([.sample(601)]) }
        #expect(other.snapshot() == view.snapshot())
        #expect(other.lines == view.lines)
    }

    @Test("A snapshot that it can't read leaves it as it was") func restoreFails() {
        let view = View<Diary>()
        view.apply(FollowedEvent.samples(1...2))
        #expect(throws: ProjectionFault("not a diary")) { try view.restore([1, 2, 3], checkpoint: 9) }
        #expect(view.checkpoint == 2)
        #expect(view.positions == [1, 2])
    }

    // MARK: Replacing

    @Test("An identical sibling takes its place, and is said to be identical") func identical() {
        let (view, sibling) = (View<Diary>(), View<Diary>())
        view.enter(epoch: 4)
        for each in [view, sibling] { each.apply(FollowedEvent.samples(1...4)) }
        #expect(view.replace(with: sibling) == true)
        #expect(view.place == LogPosition(4, 4), "the sibling knew no epoch")
        view.apply([.sample(5)])
        #expect(view.positions == Array(1...5))
        #expect(sibling.positions == Array(1...4), "they share nothing")
    }

    @Test("A different sibling takes its place too, and is said to differ") func different() throws {
        let (view, sibling) = (View<Diary>(), View<Diary>())
        view.apply(FollowedEvent.samples(1...2))
        try sibling.restore(Diary(positions: [7, 8]).encoded, checkpoint: 2)
        #expect(view.replace(with: sibling) == false)
        #expect(view.positions == [7, 8])
    }

    @Test("A sibling of another sequence number, or another projection, is not taken") func notTaken() {
        let view = View<Diary>()
        view.apply(FollowedEvent.samples(1...4))
        for positions: ClosedRange<Int64> in [1...3, 1...5] {
            let sibling = View<Diary>()
            sibling.apply(FollowedEvent.samples(positions))
            #expect(view.replace(with: sibling) == nil)
        }
        let stranger = View<Counter>()
        stranger.apply(FollowedEvent.samples(1...4))
        #expect(view.replace(with: stranger) == nil)
        #expect(view.positions == Array(1...4))
    }

    @Test("A view that stopped takes a later state, and goes on") func stoppedGoesOn() {
        let (view, sibling) = (View<Diary>(), View<Diary>())
        view.apply([.sample(1), .sample(2, of: "nonsense")])
        sibling.apply(FollowedEvent.samples(1...5))
        #expect(view.replace(with: sibling) == false)
        #expect(view.stop == nil)
        view.apply([.sample(6)])
        #expect(view.positions == Array(1...6))
    }

    @Test("A sibling that stopped at the same event leaves the view stopped") func stoppedStays() {
        let (view, sibling) = (View<Diary>(), View<Diary>())
        for each in [view, sibling] { each.apply([.sample(1), .sample(2, of: "nonsense")]) }
        #expect(view.replace(with: sibling) == true)
        #expect(view.stop?.position == 2)
    }

    // MARK: Reading

    @Test("A reader sees whole events and never goes back, while many are applied") func readWhileApplying() async {
        let view = View<Diary>()
        await withTaskGroup { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    var last: Int64 = 0
                    while last < 20_000 {
                        let (count, place) = view.read { diary, place in (diary.count, place) }
                        guard Int64(count) == place.position, place.position >= last else {
                            Issue.record("\(count) events at \(place) after \(last)")
                            return
                        }
                        last = place.position
                        await Task.yield()
                    }
                }
            }
            tasks.addTask {
                for start in stride(from: Int64(1), to: 20_000, by: 1_000) {
                    view.apply(FollowedEvent.samples(start...(start + 999)))
                    await Task.yield()
                }
            }
        }
        #expect(view.checkpoint == 20_000)
    }

    @Test("What a reader took with it costs the follower one copy, not one an event") func copies() {
        let view = View<Diary>()
        view.apply(FollowedEvent.samples(1...1_000))
        let taken = view.read { diary, _ in diary }
        view.apply([.sample(1_001)])
        let address = view.address
        for position: Int64 in 1_002...1_008 { view.apply([.sample(position)]) }
        #expect(view.address == address, "changed in place")
        #expect(taken.positions.count == 1_000)
    }
}

extension View<Diary> {
    var positions: [Int64] { read { diary, _ in diary.positions } }

    fileprivate var address: UInt { read { diary, _ in diary.address } }
}

@Suite("Waiting for a view")
struct ViewWaitTests {
    @Test("Who waits for what is there does not wait") func there() async {
        let view = View<Diary>()
        view.enter(epoch: 1)
        view.apply([.sample(1)])
        #expect(await view.wait(for: LogPosition(1, 1), timeout: .zero) == .reached)
        #expect(await view.wait(for: LogPosition(1, 0), timeout: .zero) == .reached)
    }

    @Test("Whoever is cancelled waits no longer, before and while", .timeLimit(.minutes(1))) func cancelledWait() async
    {
        let view = View<Diary>()
        view.enter(epoch: 1)
        for wasCancelledBefore in [true, false] {
            let task = Task {
                if wasCancelledBefore { withUnsafeCurrentTask { $0?.cancel() } }
                return await view.wait(for: LogPosition(1, 1), timeout: .seconds(600))
            }
            await Task.yield()
            task.cancel()
            #expect(await task.value == .timedOut)
        }
    }

    @Test("Without time to wait, the answer comes at once") func noTime() async {
        let view = View<Diary>()
        view.enter(epoch: 1)
        #expect(await view.wait(for: LogPosition(1, 1), timeout: .zero) == .timedOut)
        #expect(await view.wait(for: LogPosition(1, 1), timeout: .seconds(-1)) == .timedOut)
    }

    @Test("It is woken when its place is reached", .timeLimit(.minutes(1))) func reached() async {
        let view = View<Diary>()
        view.enter(epoch: 1)
        async let outcome = view.wait(for: LogPosition(1, 2), timeout: .seconds(50))
        view.apply([.sample(1)])
        view.apply([.sample(2)])
        #expect(await outcome == .reached)
    }

    @Test("Its time is limited, however short", .timeLimit(.minutes(1)), arguments: [1, 20]) func timesOut(ms: Int)
        async
    {
        let view = View<Diary>()
        view.enter(epoch: 1)
        for _ in 0..<20 {
            #expect(await view.wait(for: LogPosition(1, 1), timeout: .milliseconds(ms)) == .timedOut)
        }
    }

    @Test("Their number is limited", .timeLimit(.minutes(1))) func tooMany() async throws {
        let view = View<Diary>(waitersMax: 3)
        view.enter(epoch: 1)
        await withTaskGroup(of: WaitOutcome.self) { tasks in
            for _ in 0..<5 { tasks.addTask { await view.wait(for: LogPosition(1, 1), timeout: .seconds(50)) } }
            // Two find no place; only then can the others be woken.
            for _ in 0..<2 { #expect(await tasks.next() == .tooManyWaiters) }
            view.apply([.sample(1)])
            for _ in 0..<3 { #expect(await tasks.next() == .reached) }
        }
    }

    @Test("A view that stops wakes everybody who waits for more, and lets nobody wait", .timeLimit(.minutes(1)))
    func stops() async {
        let view = View<Diary>()
        view.enter(epoch: 1)
        let stop = ViewStop(position: 2, reason: "nonsense")
        await withTaskGroup(of: WaitOutcome.self) { tasks in
            for sequence: Int64 in 2...9 {
                tasks.addTask { await view.wait(for: LogPosition(1, sequence), timeout: .seconds(50)) }
            }
            tasks.addTask {
                view.apply([.sample(1), .sample(2, of: "nonsense")])
                return await view.wait(for: LogPosition(1, 1), timeout: .zero)
            }
            var outcomes: [WaitOutcome] = []
            for await outcome in tasks { outcomes.append(outcome) }
            #expect(outcomes.count { $0 == .reached } == 1)
            #expect(outcomes.count { $0 == .stopped(stop) } == 8)
        }
    }

    @Test("A snapshot that is restored wakes those it satisfies", .timeLimit(.minutes(1))) func restored() async throws
    {
        let view = View<Diary>()
        view.enter(epoch: 1)
        async let outcome = view.wait(for: LogPosition(1, 5), timeout: .seconds(50))
        try view.restore(Diary(positions: Array(1...7)).encoded, checkpoint: 7)
        #expect(await outcome == .reached)
    }

    @Test("A new epoch wakes who waited in the old one: what it waits for may be lost", .timeLimit(.minutes(1)))
    func newEpoch() async {
        for lost in [false, true] {
            let view = View<Diary>()
            view.enter(epoch: 1)
            async let outcome = view.wait(for: LogPosition(1, 5), timeout: .seconds(50))
            if lost { view.reset(epoch: 2) } else { view.enter(epoch: 2) }
            #expect(await outcome == .reached)
            #expect(view.checkpoint == 0)
        }
    }

    @Test("Who waits for a place in a later epoch is not satisfied by the number alone", .timeLimit(.minutes(1)))
    func laterEpoch() async {
        let view = View<Diary>()
        view.enter(epoch: 1)
        view.apply(FollowedEvent.samples(1...9))
        #expect(await view.wait(for: LogPosition(2, 6), timeout: .milliseconds(5)) == .timedOut)
        await withTaskGroup(of: WaitOutcome.self) { tasks in
            tasks.addTask { await view.wait(for: LogPosition(2, 6), timeout: .seconds(50)) }
            view.reset(epoch: 2)
            for position: Int64 in 1...5 { view.apply([.sample(position)]) }
            #expect(await view.wait(for: LogPosition(2, 6), timeout: .milliseconds(5)) == .timedOut)
            view.apply([.sample(6)])
            #expect(await tasks.next() == .reached)
        }
    }

    @Test("Many wait while much is applied: each is woken, once, and never too early", .timeLimit(.minutes(2)))
    func race() async {
        let view = View<Diary>()
        view.enter(epoch: 1)
        let last: Int64 = 3_000
        await withTaskGroup(of: Bool.self) { tasks in
            for number in 0..<2_000 {
                let position = Int64(number * 7919 % Int(last)) + 1
                tasks.addTask {
                    let outcome = await view.wait(for: LogPosition(1, position), timeout: .seconds(100))
                    return outcome == .reached && view.checkpoint >= position
                }
            }
            tasks.addTask {
                for position in 1...last {
                    view.apply([.sample(position)])
                    if position % 16 == 0 { await Task.yield() }
                }
                return true
            }
            var good = 0
            for await isGood in tasks where isGood { good += 1 }
            #expect(good == 2_001)
        }
    }

    @Test("Many time out while much is applied: each hears once, and leaves nothing", .timeLimit(.minutes(2)))
    func raceOfTimeouts() async {
        let view = View<Diary>(waitersMax: 500)
        view.enter(epoch: 1)
        await withDiscardingTaskGroup { tasks in
            for number in 0..<500 {
                tasks.addTask {
                    let position = Int64(number % 50)
                    let outcome = await view.wait(for: LogPosition(1, position), timeout: .microseconds(number * 20))
                    if outcome == .reached && view.checkpoint < position { Issue.record("too early") }
                    if outcome == .tooManyWaiters { Issue.record("no room") }
                }
            }
            tasks.addTask {
                for position: Int64 in 1...25 {
                    view.apply([.sample(position)])
                    await Task.yield()
                }
            }
        }
        // Everybody left: there is room for as many again.
        await withTaskGroup(of: WaitOutcome.self) { tasks in
            for _ in 0..<500 { tasks.addTask { await view.wait(for: LogPosition(1, 26), timeout: .seconds(50)) } }
            tasks.addTask {
                view.apply([.sample(26)])
                return .reached
            }
            for await outcome in tasks where outcome != .reached { Issue.record("\(outcome)") }
        }
    }
}
