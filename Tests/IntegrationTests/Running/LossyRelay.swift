import EventLog
import Fanout
import SeededRandom
import Synchronization
import TestSupport

/// Stands between publishers and subscribers, with a socket to each side, and treats messages as a bad network would. What
/// happens to which message is the seed's choice; statements of the head are messages too.
final class LossyRelay: Sendable {
    struct Counts {
        var passed = 0, lost = 0, doubled = 0, late = 0
    }

    /// What subscribers connect to.
    let endpoint: String
    private let subscriber: Subscriber
    private let publisher: Publisher
    private let state: Mutex<(random: SeededGenerator, counts: Counts)>

    init(from publishers: [String], to endpoint: String, seed: UInt64) throws {
        self.endpoint = endpoint
        subscriber = try Subscriber(
            SubscriberConfiguration(endpoints: publishers.map { try FanoutEndpoint($0) }), logger: .test)
        // By itself it says nothing: what it hears of the head it may lose as well.
        publisher = try Publisher(
            PublisherConfiguration(endpoints: [FanoutEndpoint(endpoint)], headInterval: .seconds(86_400)), logger: .test
        )
        state = Mutex((SeededGenerator(seed: seed), Counts()))
    }

    var counts: Counts { state.withLock { $0.counts } }

    /// Relays for the length of `body`.
    func running(_ body: () async throws -> Void) async throws {
        async let relayed: Void = relay()
        do {
            try await body()
            try await end()
        } catch {
            try await end()
            throw error
        }
        await relayed
    }

    private func end() async throws {
        try await subscriber.shutdown()
        try await publisher.shutdown()
    }

    private func relay() async {
        await withDiscardingTaskGroup { tasks in
            for await batch in subscriber.batches {
                for delay in delays() {
                    guard delay > .zero else {
                        publisher.post(batch)
                        continue
                    }
                    tasks.addTask {
                        // Cancelled: nobody listens any more.
                        do { try await Task.sleep(for: delay) } catch { return }
                        self.publisher.post(batch)
                    }
                }
            }
            tasks.cancelAll()
        }
    }

    /// When the next message is passed on: once, twice or never, at once, a little late or very late.
    private func delays() -> [Duration] {
        state.withLock { state in
            switch UInt8.random(in: 0..<100, using: &state.random) {
            case ..<25:
                state.counts.lost += 1
                return []
            case ..<40:
                state.counts.doubled += 1
                return [.zero, .milliseconds(Int.random(in: 0...30, using: &state.random))]
            case ..<60:
                state.counts.late += 1
                return [.milliseconds(Int.random(in: 1...40, using: &state.random))]
            case ..<65:
                state.counts.late += 1
                return [.milliseconds(Int.random(in: 500...3000, using: &state.random))]
            default:
                state.counts.passed += 1
                return [.zero]
            }
        }
    }
}
