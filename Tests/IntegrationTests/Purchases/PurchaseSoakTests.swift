import Foundation
import SeededRandom
import Synchronization
import Testing
import TestSupport

/// Very many orders at a provider that misbehaves, while every process is killed again and again.
@Suite("A soak of purchases", .serialized, .keepingLogs)
struct PurchaseSoakTests {
    /// As `tools/soak` says, or few.
    private static let orders = number("HOLDFAST_SOAK_ORDERS") ?? 300
    private static let seed = number("HOLDFAST_SOAK_SEED").map { UInt64($0) } ?? .random(in: 0...1_000_000)
    private static let isLong = number("HOLDFAST_SOAK_ORDERS") != nil
    private static let faultRate = 0.2

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

    /// What is killed.
    private struct Victim: Sendable {
        var name: String
        var kill: @Sendable () async throws -> Void
        /// Takes a seed for what it draws from now on.
        var start: @Sendable (UInt64) async throws -> Void
    }

    @Test("With a fifth of all calls going wrong and every process killed, the ledger and the log are one in the end")
    func soak() async throws {
        print("soak: \(Self.orders) orders, seed \(Self.seed)")
        try await PrivateCluster.with { server in
            try await Cluster.with(server: server.conninfo) { cluster in
                let simulator = try cluster.paymentSimulator()
                let settings = ["--payments-timeout-seconds", "2"]
                let a = cluster.payingNode("a", by: simulator, settings: settings)
                let b = cluster.payingNode("b", by: simulator, settings: settings)
                let replica = cluster.node("replica", roles: [.query])
                try await simulator.start(telling: a, faultRate: Self.faultRate, seed: Self.seed)
                for node in [a, b, replica] { try await node.startReady() }
                let crowd = Crowd(cluster, at: [a, b], seed: Self.seed)
                try await crowd.openShows(for: Self.orders * 2)

                let victims =
                    [a, b, replica].map { node in
                        Victim(name: node.name, kill: { try await node.kill() }) { _ in try await node.startReady() }
                    } + [
                        Victim(name: "provider", kill: { try await simulator.end(SIGKILL) }) { seed in
                            try await simulator.start(telling: a, faultRate: Self.faultRate, seed: seed)
                        },
                        Victim(name: "PostgreSQL") {
                            for process in try server.processes() { Foundation.kill(process, SIGKILL) }
                        } start: { _ in
                            try await server.start()
                        },
                    ]
                let desk = OperatorsDesk(admin: try await cluster.operator(at: a, b))
                try await withThrowingTaskGroup { tasks in
                    tasks.addTask { try await desk.work() }
                    async let buying: Void = crowd.buy(atOnce: Self.isLong ? 200 : 60)
                    let kills = try await kill(victims, while: crowd, in: cluster, simulator)
                    #expect(kills >= victims.count)
                    crowd.stop()
                    try await buying
                    print("soak: \(crowd.status.summary); settling")
                    try await cluster.expectBalancedBooks(with: simulator, within: .seconds(300))
                    desk.close()
                    try await tasks.waitForAll()
                }
                var log = LoggedOrders()
                try await log.catchUp(with: cluster.log())
                #expect(crowd.status.falsehoods(against: log.orders) == [])
                crowd.status.expectVariety(of: Self.orders)
                try await cluster.expectViewsAreFolds(on: [a, b, replica], cluster.ledger(), shows: crowd.allShows)
                print("soak: \(crowd.status.summary); \(desk.settled) by the operator; no difference")
            }
        }
    }

    /// Kills one after the other, each as often, until the crowd has its orders. Returns how often it killed.
    private func kill(
        _ victims: [Victim], while crowd: Crowd, in cluster: Cluster, _ simulator: PaymentsSimulator
    ) async throws -> Int {
        var random = SeededGenerator(seed: Self.seed)
        var kills = 0
        repeat {
            for victim in victims.shuffled(using: &random) {
                let pause = Int.random(in: 200...(Self.isLong ? 4000 : 1000), using: &random)
                try await Task.sleep(for: .milliseconds(pause))
                try await victim.kill()
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...500, using: &random)))
                try await victim.start(random.next())
                kills += 1
                print("soak: \(crowd.status.summary); \(kills) kills, the last of \(victim.name)")
                #expect(try await cluster.books(with: simulator).wrongs == [])
            }
        } while crowd.status.count < Self.orders
        return kills
    }
}

extension Crowd.Told {
    fileprivate var summary: String {
        "\(completed.count) paid, \(failed.count) failed, \(missed) too late, \(refunds) refunded, "
            + "\(transfers) passed on, \(resales) resold"
    }

    /// That it was a sale: a run in which nobody got a ticket would balance too.
    fileprivate func expectVariety(of orders: Int) {
        #expect(completed.count > orders / 2, "\(summary)")
        // Of fewer, chance may leave one out.
        guard orders >= 1000 else { return }
        #expect(!failed.isEmpty && refunds > 0 && transfers > 0 && resales > 0, "\(summary)")
    }
}

/// An operator who sees to what waits: has it tried again, and gives it up when it comes back.
private final class OperatorsDesk: Sendable {
    private let admin: Buyer
    private let turn = Mutex(0)
    private let seen = Mutex<[String: Int]>([:])
    private let isClosing = Mutex(false)

    init(admin: Buyer) { self.admin = admin }

    var settled: Int { seen.withLock { $0.count } }

    func close() { isClosing.withLock { $0 = true } }

    func work() async throws {
        while !isClosing.withLock({ $0 }) {
            try await Task.sleep(for: .milliseconds(500))
            for order in await parked() {
                let count = seen.withLock { seen in
                    seen[order, default: 0] += 1
                    return seen[order, default: 0]
                }
                // What is captured can't be given up, only tried again.
                if count > 1, try await admin.finally(.post, "payments/\(order)/void").status == 200 { continue }
                _ = try await admin.finally(.post, "payments/\(order)/retry")
            }
        }
    }

    /// As one node after the other has them.
    private func parked() async -> [String] {
        let turn = turn.withLock { turn in
            turn += 1
            return turn
        }
        do {
            let caller = admin.callers[turn % admin.callers.count]
            return try await caller.get("/api/v1/payments/parked").json["parked"]?.list?
                .compactMap { $0["orderId"]?.text } ?? []
        } catch {
            return []  // The node is gone, for now.
        }
    }
}
