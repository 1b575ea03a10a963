import Domain
import EventLog
import Synchronization
import TestSupport
import Testing

@testable import Following

@Suite struct `A rush` {
    /// One look: the idle part of the time before it, and the commands of each append in it.
    struct Look {
        var idle: Double
        var appends: [Int]
    }

    private func isOn(_ looks: [Look], every interval: Duration = Rush.interval) -> [Bool] {
        var rush = Rush()
        var time = ContinuousClock.now
        var processor = ProcessorTime(idle: 0, all: 0)
        rush.look(at: time, Appends(), processor)
        return looks.map { look in
            time += interval
            processor.all += 1_000
            processor.idle += UInt64(1_000 * look.idle)
            var appends = Appends()
            for commands in look.appends { appends.add(commands: commands) }
            rush.look(at: time, appends, processor)
            return rush.isOn
        }
    }

    private static let rush = Look(idle: 0.34, appends: [10, 10, 10])

    @Test(arguments: [
        Look(idle: 0.36, appends: [50, 50, 50]), Look(idle: 0, appends: [10, 10, 9]),
        Look(idle: 0, appends: [500, 500]), Look(idle: 0, appends: []),
    ])
    func `begins with two looks that find the machine busy and commands waiting`(none: Look) {
        #expect(isOn([Self.rush, none, Self.rush, Self.rush]) == [false, false, false, true])
        #expect(isOn([none, none, none]) == [false, false, false])
    }

    @Test func `ends with ten looks in a row that find none`() {
        let none = Look(idle: 0.5, appends: [])
        let nine = Array(repeating: none, count: 9)
        let looks = [Self.rush, Self.rush] + nine + [Self.rush] + nine + [none]
        #expect(isOn(looks) == [false] + Array(repeating: true, count: 20) + [false])
    }

    @Test func `is not seen in few appends of a long time, nor in figures of long ago`() {
        let looks = Array(repeating: Self.rush, count: 3)
        #expect(isOn(looks) == [false, true, true])
        #expect(isOn(looks, every: Rush.interval * 2) == [false, false, false])
        let many = Array(repeating: Look(idle: 0, appends: Array(repeating: 10, count: 60)), count: 3)
        #expect(isOn(many, every: Rush.interval * 19) == [false, true, true])
        #expect(isOn(many, every: Rush.interval * 20) == [false, false, false])
    }

    @Test func `is looked for by one of all, once an interval`() {
        var rush = Rush()
        let start = ContinuousClock.now
        let due = [0, 1, 99, 100, 101, 199, 200].map { rush.isDue(at: start + .milliseconds($0)) }
        #expect(due == [true, false, false, true, false, false, true])
    }

    @Test func `is none where the kernel says nothing`() {
        var rush = Rush()
        var appends = Appends()
        for _ in 0..<3 { appends.add(commands: 100) }
        let start = ContinuousClock.now
        for look in 0..<4 { rush.look(at: start + Rush.interval * look, appends, nil) }
        #expect(!rush.isOn)
    }

    @Test func `is read from the sum of all cores`() {
        #expect(
            ProcessorTime("cpu  10 1 5 100 20 3 4 7 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
                == ProcessorTime(idle: 120, all: 150))
        for text in ["", "cpu 1 2 3\n", "intr 1 2 3 4 5 6 7 8 9\n", "cpu a b c d e f g h\n"] {
            #expect(ProcessorTime(text) == nil, "\(text)")
        }
    }
}

@Suite struct `Whoever tells others` {
    /// A machine in a rush, until it is told that it ends.
    private final class Machine: Sendable {
        private let state = Mutex((looks: 0, isRush: true, idle: UInt64(0)))
        private let salesFirst = Mutex<SalesFirst?>(nil)

        var looks: Int { state.withLock(\.looks) }

        func endRush() { state.withLock { $0.isRush = false } }

        /// A rest lasts until the rush is over, a minute at most.
        func salesFirst(at now: Timestamp) -> SalesFirst {
            let salesFirst = SalesFirst(now: { now }, restMax: .seconds(60)) { self.look() }
            self.salesFirst.withLock { $0 = salesFirst }
            return salesFirst
        }

        private func look() -> ProcessorTime {
            let events = (1...20).map { sampleEvent(command: UInt8($0)) }
            if let salesFirst = salesFirst.withLock(\.self) { for _ in 0..<60 { salesFirst.appended(events) } }
            return state.withLock { state in
                state.looks += 1
                if !state.isRush { state.idle += 100 }
                return ProcessorTime(idle: state.idle, all: UInt64(state.looks) * 100)
            }
        }
    }

    /// Work after which whoever did it rests as long as ever.
    private static let work = Duration.seconds(60)
    private static let now = Timestamp(microseconds: 100_000_000)

    /// - Returns: how many looks the machine had taken then.
    private func begin(_ salesFirst: SalesFirst, on machine: Machine) async throws -> Int {
        try await eventually("a rush") { salesFirst.isRush() }
        return machine.looks
    }

    @Test(arguments: [(39_999_999, nil), (40_000_000, nil), (99_750_001, Duration.zero)] as [(Int64, Duration?)])
    func `does not rest after what is a minute old, nor after news where it is not to`(
        recordedAt: Int64, newsRestMax: Duration?
    ) async throws {
        let machine = Machine()
        let salesFirst = machine.salesFirst(at: Self.now)
        let looks = try await begin(salesFirst, on: machine)
        await salesFirst.rest(
            after: Self.work, recordedAt: Timestamp(microseconds: recordedAt), newsRestMax: newsRestMax)
        #expect(machine.looks <= looks + 1)
    }

    @Test(arguments: [(40_000_001, nil), (100_000_000, nil), (99_750_000, Duration.zero)] as [(Int64, Duration?)])
    func `rests in a rush, and goes on when it is over`(recordedAt: Int64, newsRestMax: Duration?) async throws {
        let machine = Machine()
        let salesFirst = machine.salesFirst(at: Self.now)
        let looks = try await begin(salesFirst, on: machine)
        machine.endRush()
        await salesFirst.rest(
            after: Self.work, recordedAt: Timestamp(microseconds: recordedAt), newsRestMax: newsRestMax)
        #expect(!salesFirst.isRush() && machine.looks >= looks + Rush.looksToEnd)
    }

    @Test func `does not rest when told to stop`() async throws {
        let machine = Machine()
        let salesFirst = machine.salesFirst(at: Self.now)
        let looks = try await begin(salesFirst, on: machine)
        let resting = Task { await salesFirst.rest(after: Self.work, recordedAt: Self.now) }
        resting.cancel()
        await resting.value
        #expect(machine.looks <= looks + 2)
    }

    @Test func `takes a command of many events for one`() async throws {
        let salesFirst = SalesFirst(now: { Timestamp(microseconds: 0) }) { nil }
        salesFirst.appended([])
        salesFirst.appended([1, 1, 1, 2, 3, 3].map(sampleEvent(command:)))
        salesFirst.appended([sampleEvent(command: 3)])
        var expected = Appends()
        expected.add(commands: 3)
        expected.add(commands: 1)
        #expect(salesFirst.takeAppends() == expected)
    }
}

private func sampleEvent(command: UInt8) -> RecordedEvent {
    RecordedEvent(
        position: 1, stream: StreamID("s"), streamVersion: 1,
        event: EncodedEvent(type: "HoldPlaced", schemaVersion: 1, payload: []),
        commandID: CommandID(high: 0, low: UInt64(command)), recordedAt: Timestamp(microseconds: 0))
}
