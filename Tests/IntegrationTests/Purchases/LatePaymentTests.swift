import Foundation
import Testing
import TestSupport

/// A provider that does not answer, for a while. Each test has one of its own.
@Suite("A payment provider that is slow, or not there", .keepingLogs)
struct LatePaymentTests {
    @Test("What is authorized after its hold is over is voided; or sold, if the show says so and the seat is free")
    func expired() async throws {
        try await Cluster.with { cluster in
            let simulator = try cluster.paymentSimulator()
            let a = cluster.payingNode("a", by: simulator)
            try await simulator.start()
            try await a.startReady()
            var brief = SampleShow(holdSeconds: 9, paymentSeconds: 10)
            let strict = try await cluster.create(brief, at: a)
            brief.regrantsLatePayments = true
            let lenient = try await cluster.create(brief, at: a)
            let buyer = try await cluster.buyer(at: a), rival = try await cluster.buyer(at: a)
            // What it is asked from now on, it does when it goes on.
            simulator.signal(SIGSTOP)
            async let refused = buyer.order(try await buyer.hold(["1-1"], of: strict))
            async let granted = buyer.order(try await buyer.hold(["1-1"], of: lenient))
            async let tooLate = buyer.order(try await buyer.hold(["1-2"], of: lenient))
            for (show, seats) in [(strict, 1), (lenient, 2)] {
                try await eventually("the holds are paid for", within: .seconds(60)) {
                    try await a.openHolds(of: buyer, in: show) == seats
                }
            }
            for show in [strict, lenient] {
                try await eventually("the holds are over", within: .seconds(60)) {
                    try await a.openHolds(of: buyer, in: show) == 0
                }
            }
            async let taken = rival.order(try await rival.hold(["1-2"], of: lenient))
            try await eventually("the seat is another's", within: .seconds(60)) {
                try await a.openHolds(of: rival, in: lenient) == 1
            }
            simulator.signal(SIGCONT)
            #expect(try await refused.json["failure"]?.text == "payment-expired")
            #expect(try await granted.status == 201)
            #expect(try await tooLate.json["failure"]?.text == "payment-expired")
            #expect(try await taken.status == 201)
            try await cluster.expectBalancedBooks(with: simulator)
            try await cluster.expectViewsAreFolds(on: [a], cluster.ledger(), shows: [strict, lenient])
        }
    }

    @Test("Without a payment provider holds go on and orders wait, and when it comes all of them are settled")
    func down() async throws {
        try await Cluster.with { cluster in
            let simulator = try cluster.paymentSimulator()
            let a = cluster.payingNode("a", by: simulator), b = cluster.payingNode("b", by: simulator)
            try await cluster.start(a, b)
            let plan = SampleShow(areas: ["gift": 5])
            let show = try await cluster.create(plan, at: a)
            let buyers = try await withThrowingTaskGroup(of: (Buyer, JSON, String).self) { tasks in
                for seat in plan.seats {
                    tasks.addTask {
                        let buyer = try await cluster.buyer(at: a, b), key = String.random
                        let body = try await buyer.hold([seat], of: show).order(Card.good)
                        let answer = try await buyer.callers[0].post(
                            "/api/v1/orders", body, key: key, headers: ["Prefer": "wait=0"])
                        #expect(answer.status == 202 && answer.json["status"]?.text == "pending", "\(answer)")
                        #expect(answer.header("Location") == "/api/v1/orders/\(try Buyer.orderID(answer))")
                        return (buyer, body, key)
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            // The log is not blocked, nor anybody's hold.
            let other = try await cluster.buyer(at: b)
            let held = try await other.hold(["areas": ["gift": 2]], of: show)
            #expect(try await other.finally(.delete, "holds/\(held.id)").status == 204)
            try await simulator.start()
            try await withThrowingTaskGroup { tasks in
                for (buyer, body, key) in buyers {
                    tasks.addTask {
                        let answer = try await buyer.finally(.post, "orders", body, key: key)
                        #expect(answer.status == 201, "\(answer)")
                    }
                }
                try await tasks.waitForAll()
            }
            try await cluster.expectBalancedBooks(with: simulator)
            try await cluster.expectViewsAreFolds(on: [a, b], cluster.ledger(), shows: [show])
        }
    }
}

extension Node {
    /// How many holds a buyer has in a show.
    fileprivate func openHolds(of buyer: Buyer, in show: String) async throws -> Int {
        let mine = try await buyer.callers[0].at(self).get(
            "/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head"])
        let holds = try #require(mine.json["holds"]?.list, "\(mine)")
        return holds.count { $0["showId"]?.text == show && $0["status"]?.text == "purchasing" }
    }
}
