import Fanout
import Foundation
import Testing
import TestSupport

extension Faults {
    /// Messages that are really lost, on real sockets.
    @Suite("Fan-out that loses messages")
    struct FanoutLossTests {
        @Test(
            "Messages lost, doubled, late and out of order: every read is as fresh as asked, every view is the fold",
            arguments: [1, 2] as [UInt64])
        func lossy(seed: UInt64) async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a", follows: false), b = cluster.node("b", follows: false)
                let publishers = [a, b].compactMap(\.publishEndpoint)
                let relay = try LossyRelay(from: publishers, to: cluster.endpoint("relay"), seed: seed)
                let replicas = ["r1", "r2", "r3"].map {
                    cluster.node(
                        $0, roles: [.query], follows: false, settings: ["--subscribe-endpoints", relay.endpoint])
                }
                try await relay.running {
                    for node in [a, b] + replicas { try await node.startReady() }
                    try await cluster.underLoad(buyingAt: [a, b], checking: [a, b] + replicas, pace: .milliseconds(5)) {
                        _ in
                        try await Shoppers(cluster, buyingAt: [a, b], readingAt: replicas).shop(shoppers: 8, rounds: 25)
                        let counts = relay.counts
                        #expect(counts.lost > 50 && counts.doubled > 20 && counts.late > 20, "\(counts)")
                    }
                }
            }
        }

        @Test("A replica stopped until its publisher's high-water mark is passed catches up from the log")
        func highWaterMark() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), replica = cluster.node("replica", roles: [.query])
                try await cluster.start(a, replica)
                let queued = PublisherConfiguration(endpoints: []).sendQueueLimit
                try await cluster.underLoad(buyingAt: [a], checking: [a, replica]) { _ in
                    let batches = "holdfast_append_duration_seconds_count"
                    let before = try await a.metric(batches)
                    #expect(before > 0)
                    replica.signal(SIGSTOP)
                    // Beyond the queue for a subscriber there is only the socket's buffer, which takes a few hundred.
                    try await eventually("the publisher has sent much more than it queues", within: .seconds(300)) {
                        try await a.metric(batches) > before + 1.4 * Double(queued)
                    }
                    replica.signal(SIGCONT)
                }
            }
        }
    }
}
