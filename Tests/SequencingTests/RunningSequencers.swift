import Contract
import Domain
import EventLog
import Logging
import Sequencing
import ServiceLifecycle
import Synchronization
import Testing

/// What was published, in order.
final class Published: Sendable {
    private let batches = Mutex<[CommittedBatch]>([])

    func add(_ batch: CommittedBatch) { batches.withLock { $0.append(batch) } }
    func contains(position: Int64) -> Bool {
        batches.withLock { $0.contains { $0.positions?.contains(position) == true } }
    }
    var all: [CommittedBatch] { batches.withLock { $0 } }
}

let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

func sequencer(
    on log: any EventLog, published: Published = Published(),
    limits configure: (inout SequencerLimits) -> Void = { _ in }
) -> Sequencer {
    var limits = SequencerLimits()
    configure(&limits)
    return Sequencer(log: log, limits: limits, logger: quiet, now: { .at(1) }) { published.add($0) }
}

/// Runs `sequencers` around `body`, and shuts them down gracefully.
func running<R: Sendable>(
    _ sequencers: [Sequencer], _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
    let services = ServiceGroup(configuration: ServiceGroupConfiguration(services: sequencers, logger: quiet))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await services.run() }
        let result = try await body()
        await services.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return result
    }
}

extension InMemoryEventLog {
    /// Checks the promises on all that is in the log: gapless, and nothing with two owners.
    func checkPromises() async throws {
        let events = events(after: 0, limit: .max)
        #expect(events.map(\.position) == events.indices.map { Int64($0 + 1) })
        var versions: [StreamID: Int64] = [:]
        var owners: [StreamID: [Int: HoldID]] = [:]
        for recorded in events {
            let show = recorded.stream
            #expect(recorded.streamVersion == versions[show, default: 0] + 1)
            versions[show] = recorded.streamVersion
            switch try recorded.event.decoded() {
            case .created: owners[show] = [:]
            case .hold(.placed(let hold)):
                for seat in hold.seats {
                    #expect(owners[show]?.updateValue(hold.holdID, forKey: seat.index) == nil, "a seat with two owners")
                }
            case .hold(.released(let end)), .hold(.expired(let end)):
                for seat in end.seatIndexes { #expect(owners[show]?.removeValue(forKey: seat) == end.holdID) }
            case .changed, .places, .allocations, .admission, .hold(.changed), .order, .ticket, .cancelled, .waitlist:
                Issue.record("nobody buys here")
            }
        }
    }

    /// Checks an answer against what is recorded.
    func check(_ answer: RecordedAnswer) async throws {
        let recorded = try #require(commands([answer.id]).first)
        #expect(try await RecordedAnswer(recorded, in: self) == answer)
    }
}
