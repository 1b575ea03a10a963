import Contract
import Domain
import EventLog
import Projection
import SeededRandom
import Testing

@testable import Signals

@Suite("What operators see of a sale")
struct SignalsTests {
    @Test(
        "However commits and pages are cut, each event is counted by the node that appended it, once", arguments: 0..<30
    )
    func ownership(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var nodes = [OwnCommits(), OwnCommits()]
        var owners: [Int] = []
        while owners.count < 400 {
            let owner = Int.random(in: 0...1, using: &random)
            let first = Int64(owners.count + 1)
            let count = Int.random(in: 1...6, using: &random)
            owners += Array(repeating: owner, count: count)
            nodes[owner].append(first...(first + Int64(count) - 1), epoch: 1)
        }
        for node in nodes.indices {
            var taken: [Int64] = []
            var next: Int64 = 1
            while next <= owners.count {
                let last = min(next + Int64.random(in: 0...20, using: &random), Int64(owners.count))
                taken += nodes[node].take(next...last, epoch: 1).flatMap(Array.init)
                // What comes again, after the views were built anew, is not counted again.
                if random.next() % 5 == 0 { #expect(nodes[node].take(1...last, epoch: 1).isEmpty) }
                next = last + 1
            }
            #expect(taken == owners.indices.filter { owners[$0] == node }.map { Int64($0 + 1) })
        }
    }

    @Test("What was lost with the tail of an epoch is not taken for what the next one has in its place")
    func epochs() {
        var commits = OwnCommits()
        commits.append(1...5, epoch: 1)
        commits.append(6...9, epoch: 1)
        commits.append(4...4, epoch: 2)
        #expect(commits.take(1...3, epoch: 1) == [1...3])
        #expect(commits.take(4...8, epoch: 2) == [4...4])
        #expect(commits.take(1...20, epoch: 2).isEmpty)
    }

    @Test("Commits that nobody takes are bounded")
    func bounded() {
        var commits = OwnCommits()
        for index in 0..<Int64(OwnCommits.stretchesMax + 10) { commits.append(index * 2 + 1...index * 2 + 1, epoch: 1) }
        #expect(commits.droppedCount == 10)
        #expect(commits.take(1...30, epoch: 1) == [21...21, 23...23, 25...25, 27...27, 29...29])
    }

    @Test("Places that are held, sold and free again add up", arguments: 0..<10)
    func tally(seed: UInt64) {
        let history = History(seed: seed, commands: 500)
        var tally = SalesTally()
        var held = 0
        var orders: (started: Int, sold: Int, failed: Int) = (0, 0, 0)
        for (event, _) in history.events {
            tally.add(event)
            switch event {
            case .hold(.placed(let hold)): held += hold.seats.count + hold.areas.reduce(0) { $0 + $1.quantity }
            case .hold(.changed(let changed)):
                held += changed.addedSeats.count + changed.addedAreas.reduce(0) { $0 + $1.quantity }
            case .order(.started): orders.started += 1
            case .order(.sold): orders.sold += 1
            case .order(.failed): orders.failed += 1
            default: break
            }
        }
        #expect(tally.placesHeld == held && held > 0)
        #expect(tally.checkoutsStarted == orders.started && tally.checkoutsCompleted == orders.sold)
        #expect(tally.checkoutsFailed.values.reduce(0, +) == orders.failed)
        #expect(tally.checkoutsCompleted + orders.failed <= tally.checkoutsStarted)
        // Nothing comes free or is sold that was not held, but for late payments of places that were free again.
        #expect(tally.placesReleased + tally.placesExpired <= tally.placesHeld)
    }

    @Test("The provider's many words for a refusal are one reason")
    func reasons() {
        var tally = SalesTally()
        for reason in [
            PurchaseFailed.Reason.declined("insufficient_funds"), .declined("lost_card"), .expired, .showCancelled,
        ] {
            tally.add(
                ShowEvent.order(
                    .failed(
                        PurchaseFailed(
                            orderID: OrderID("o"), holdID: HoldID("h"), userID: UserID("u"), reason: reason,
                            payment: .none, failedAt: Timestamp(microseconds: 1)))))
        }
        #expect(tally.checkoutsFailed == [.declined: 2, .expired: 1, .showCancelled: 1])
    }

    @Test("The lag is the age of the first event that is missing")
    func lag() {
        var clock = LagClock()
        clock.note(head: 10, at: .seconds(1))
        clock.note(head: 10, at: .seconds(2))
        clock.note(head: 25, at: .seconds(3))
        clock.note(head: 30, at: .seconds(4))
        #expect(clock.lag(of: 30, at: .seconds(9)) == .zero)
        #expect(clock.lag(of: 25, at: .seconds(9)) == .seconds(5))
        #expect(clock.lag(of: 24, at: .seconds(9)) == .seconds(6))
        #expect(clock.lag(of: 10, at: .seconds(9)) == .seconds(6))
        #expect(clock.lag(of: 9, at: .seconds(9)) == .seconds(8))
        // Another log.
        clock.note(head: 5, at: .seconds(10))
        #expect(clock.lag(of: 4, at: .seconds(12)) == .seconds(2))
        #expect(clock.lag(of: 5, at: .seconds(12)) == .zero)
        for second in 11..<10_000 { clock.note(head: Int64(second), at: .seconds(second)) }
        #expect(clock.lag(of: 0, at: .seconds(10_000)) == .seconds(3_600))
    }
}
