import Contract
import EventLog
import Following
import Logging
import Projection
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A leased worker` {
    private struct Inbox: WorkerInbox {
        var words: [String] = []
    }

    private struct Note: Equatable {
        var start: LogPosition
        var words: [String]
    }

    private final class Notes: Sendable {
        private let notes = Mutex<[Note]>([])
        var all: [Note] { notes.withLock { $0 } }
        func add(_ note: Note) { notes.withLock { $0.append(note) } }
    }

    /// A lease that the test gives and takes.
    private final class HandedLease: Lease {
        private let isGiven = Mutex(false)
        func give(_ given: Bool) { isGiven.withLock { $0 = given } }

        func whileHeld(_ body: @escaping @Sendable () async -> Void) async {
            while !Task.isCancelled {
                if isGiven.withLock({ $0 }) {
                    let task = Task { await body() }
                    while isGiven.withLock({ $0 }) && !Task.isCancelled { await pause(.milliseconds(2)) }
                    task.cancel()
                    await task.value
                }
                await pause(.milliseconds(2))
            }
        }
    }

    private struct Bench {
        let log = InMemoryEventLog()
        let view = View<Counter>()
        let lease = HandedLease()
        let notes = Notes()
        let worker: LeasedWorker<Inbox>

        init() {
            var quiet = Logger(label: "test")
            quiet.logLevel = .critical
            worker = LeasedWorker(
                name: "worker", view: view, log: log, lease: lease, tickInterval: .milliseconds(5), logger: quiet)
        }

        /// Notes every turn that brings something, and the first of every term.
        func running(_ body: () async throws -> Void) async throws {
            let task = Task { [worker, notes] in
                await worker.run { term, _ in
                    notes.add(Note(start: term.start, words: []))
                    for await turn in term.turns where !turn.inbox.words.isEmpty {
                        notes.add(Note(start: term.start, words: turn.inbox.words))
                        if turn.inbox.words == ["echo"] { term.put { $0.words.append("echoed") } }
                    }
                }
            }
            defer { task.cancel() }
            try await body()
            task.cancel()
            await task.value
        }

        func apply(upTo position: Int64) async {
            view.apply(await log.events(after: 0, limit: Int(position)).map(FollowedEvent.init))
        }
    }

    private static func place(_ epoch: Int64, _ sequence: Int64) -> LogPosition {
        LogPosition(epoch: epoch, position: sequence)
    }

    @Test func `begins when it has the lease and its view has come to the log's head`() async throws {
        let bench = Bench()
        try await bench.log.append([.release(0), .release(0)])
        bench.view.enter(epoch: 1)
        try await bench.running {
            bench.worker.put { $0.words.append("too early") }
            await bench.apply(upTo: 1)
            bench.lease.give(true)
            await pause(.milliseconds(30))
            #expect(bench.notes.all.isEmpty)
            await bench.apply(upTo: 2)
            try await until("it began") { bench.notes.all == [Note(start: Self.place(1, 2), words: [])] }
            bench.worker.put { $0.words.append("echo") }
            try await until("it heard itself") { bench.notes.all.last?.words == ["echoed"] }
        }
    }

    @Test func `ends its term with the lease, and drops what was for that term`() async throws {
        let bench = Bench()
        bench.view.enter(epoch: 1)
        try await bench.running {
            bench.lease.give(true)
            try await until("it began") { bench.notes.all.count == 1 }
            bench.lease.give(false)
            await pause(.milliseconds(30))
            bench.worker.put { $0.words.append("to nobody") }
            bench.lease.give(true)
            try await until("it began again") { bench.notes.all.count == 2 }
            bench.worker.put { $0.words.append("to somebody") }
            try await until("it heard") { bench.notes.all.last?.words == ["to somebody"] }
            #expect(bench.notes.all.count == 3)
        }
    }

    @Test func `begins another term when the log enters another epoch, from where that is`() async throws {
        let bench = Bench()
        bench.view.enter(epoch: 1)
        bench.lease.give(true)
        try await bench.running {
            try await until("it began") { bench.notes.all.count == 1 }
            await bench.log.raiseEpoch()
            try await bench.log.append([.release(0)])
            bench.worker.restart()
            await pause(.milliseconds(30))
            #expect(bench.notes.all.count == 1, "the view is not there")
            bench.view.enter(epoch: 2)
            await bench.apply(upTo: 1)
            try await until("it began again") { bench.notes.all.last == Note(start: Self.place(2, 1), words: []) }
        }
    }
}
