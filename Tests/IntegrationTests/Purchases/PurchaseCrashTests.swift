import EventLog
import Failpoints
import Foundation
import PostgresEventLog
import Testing
import TestSupport

/// Promise 2 when processes die: at every boundary between the log and the provider, and around every append.
@Suite("Processes that die in the middle of a purchase", .keepingLogs)
struct PurchaseCrashTests {
    /// A place on the way of a story. Appends are counted from the story's hold.
    struct Place: Sendable, CustomStringConvertible {
        var failpoint: Failpoint
        var pass = 1
        var description: String { "\(failpoint.rawValue):\(pass)" }

        /// How many of the story's events are in the log then; nil: it depends on the story.
        var events: Int64? {
            switch failpoint {
            case .beforeAppend: Int64(pass - 1)
            case .afterCommit, .afterPublish: Int64(pass)
            default: nil
            }
        }

        static func calls(_ failpoints: Failpoint...) -> [Place] { failpoints.map { Place(failpoint: $0) } }

        static func appends(_ passes: ClosedRange<Int>) -> [Place] {
            passes.flatMap { pass in
                [Failpoint.beforeAppend, .afterCommit, .afterPublish].map { Place(failpoint: $0, pass: pass) }
            }
        }
    }

    /// Every place on each story's way; what two stories have in common is in one.
    private static func places(of story: PurchaseStory) -> [Place] {
        switch story {
        case .soldAndRefunded:
            Place.calls(.beforeAuthorize, .afterAuthorize, .beforeCapture, .afterCapture, .beforeRefund, .afterRefund)
                + Place.appends(2...6)
        case .declined: Place.calls(.afterAuthorize) + Place.appends(3...3)
        case .authorizedTooLate: Place.calls(.beforeVoid, .afterVoid) + Place.appends(3...4)
        case .neverAuthorized: Place.calls(.beforeClose, .afterClose) + Place.appends(4...4)
        case .revoked: Place.calls(.beforeVoid, .afterVoid) + Place.appends(4...6)
        case .cancelled: Place.calls(.beforeRefund, .afterRefund) + Place.appends(5...6)
        // The second sale, and what it brings about on both sides of it.
        case .resold:
            Place.calls(.beforeRefund, .afterRefund) + Place.appends(8...8)
                + [Failpoint.beforeCapture, .afterCapture].map { Place(failpoint: $0, pass: 2) }
        }
    }

    @Test("The stories come by every boundary that is numbered, and every moment of a call")
    func complete() {
        let places = PurchaseStory.allCases.flatMap(Self.places(of:)).map(\.failpoint)
        #expect(Set(places) == Set(Failpoint.allCases).subtracting(Failpoint.ofNoPurchase))
        #expect(Set(PurchaseStory.allCases.flatMap(Self.moments(of:))) == Set(PaymentsSimulator.Moment.allCases))
    }

    /// Where a story is played.
    private struct Stage: Sendable {
        let cluster: Cluster
        let simulator: PaymentsSimulator
        let node: Node
    }

    /// Plays a story once for each place, at which one of its processes dies, to be started again.
    ///
    /// - Parameters:
    ///   - arm: sees to it that it will die there.
    ///   - death: waits for that; takes the log's head from before the story.
    private func play<Place: Sendable>(
        _ story: PurchaseStory, dyingAt places: [Place], arm: (Stage, Place) async throws -> Void,
        death: (Stage, Place, Int64) async throws -> Void, restart: (Stage, Place) async throws -> Void
    ) async throws {
        try await Cluster.with { cluster in
            let simulator = try cluster.paymentSimulator()
            try await simulator.start()
            let node = cluster.payingNode("a", by: simulator)
            try await node.startReady()
            let stage = Stage(cluster: cluster, simulator: simulator, node: node)
            let stories = try await PurchaseStories(
                cluster, paidBy: simulator, through: node, at: node, plays: places.count)
            for (number, place) in places.enumerated() {
                try await arm(stage, place)
                let head = try await cluster.log().head().position
                async let told: Void = stories.play(story, number: number)
                try await death(stage, place, head)
                try await restart(stage, place)
                try await told
                try await cluster.expectBalancedBooks(with: simulator)
            }
            try await cluster.expectViewsAreFolds(on: [node], cluster.ledger(), shows: stories.shows)
        }
    }

    @Test("The node dies at each place and is started again", arguments: PurchaseStory.allCases)
    func node(story: PurchaseStory) async throws {
        try await play(story, dyingAt: Self.places(of: story)) { stage, place in
            try await stage.node.kill()
            let terms = try stage.node.terms
            try await stage.node.start(dyingAt: place.failpoint, pass: place.pass)
            // One that finds an order begun looks it up first: another way than the one that is tried here.
            try await eventually("it settles payments", within: .seconds(60)) { try stage.node.terms > terms }
        } death: { stage, place, head in
            let death = try await stage.node.death(at: "\(place)")
            #expect(death == 128 + SIGKILL, "\(place)")
            if let events = place.events {
                #expect(try await stage.cluster.log().head().position == head + events, "\(place)")
            }
            // One that was stopped can't be asked.
            if story != .authorizedTooLate {
                #expect(try await stage.cluster.books(with: stage.simulator).wrongs == [], "\(place)")
            }
        } restart: { stage, _ in
            try await stage.node.start()
        }
    }

    @Test("Another node takes over from one that dies at each place")
    func takeover() async throws {
        try await Cluster.with { cluster in
            let simulator = try cluster.paymentSimulator()
            try await simulator.start()
            let mortal = cluster.payingNode("a", by: simulator), heir = cluster.payingNode("b", by: simulator)
            try await heir.startReady()
            // The heir takes all commands: what the mortal one appends is the payment process's.
            let cells: [(PurchaseStory, Place)] =
                [
                    Failpoint.beforeAuthorize, .afterAuthorize, .beforeCapture, .afterCapture, .beforeRefund,
                    .afterRefund,
                ]
                .map { (.soldAndRefunded, Place(failpoint: $0)) }
                + Place.appends(1...1).map { (.soldAndRefunded, $0) }
                + [Failpoint.beforeVoid, .afterVoid].map { (.authorizedTooLate, Place(failpoint: $0)) }
                + [Failpoint.beforeClose, .afterClose].map { (.neverAuthorized, Place(failpoint: $0)) }
                + Place.appends(3...3).flatMap { [(.cancelled, $0), (.resold, $0)] }
            let stories = try await PurchaseStories(
                cluster, paidBy: simulator, through: mortal, at: heir, plays: cells.count)
            for (number, (story, place)) in cells.enumerated() {
                let terms = try mortal.terms
                try await mortal.start(dyingAt: place.failpoint, pass: place.pass)
                try await mortal.ready()
                try await heir.kill()
                try await eventually("the other is the active one", within: .seconds(60)) { try mortal.terms > terms }
                try await heir.startReady()
                async let told: Void = stories.play(story, number: number)
                #expect(try await mortal.death(at: "\(place)") == 128 + SIGKILL, "\(place)")
                try await told
                try await cluster.expectBalancedBooks(with: simulator)
            }
            try await cluster.expectViewsAreFolds(on: [heir], cluster.ledger(), shows: stories.shows)
        }
    }

    @Test("Another node takes over from one that stands still, and nothing is done twice when that goes on")
    func standstill() async throws {
        try await Cluster.with { cluster in
            let simulator = try cluster.paymentSimulator()
            try await simulator.start()
            let first = cluster.payingNode("a", by: simulator), other = cluster.payingNode("b", by: simulator)
            try await first.startReady()
            try await eventually("the first is the active one", within: .seconds(60)) { try first.terms == 1 }
            try await other.startReady()
            let show = try await cluster.create(at: other)
            let buyer = try await cluster.buyer(at: other)
            let returned = try await buyer.order(try await buyer.hold(["1-1"], of: show))
            try #require(returned.status == 201, "\(returned)")
            // What it is asked from now on, it does when it goes on.
            simulator.signal(SIGSTOP)
            async let bought = buyer.order(try await buyer.hold(["1-2"], of: show))
            #expect(try await buyer.refund(try Buyer.orderID(returned)).status == 200)
            try await eventually("an authorization and a refund are on their way", within: .seconds(60)) {
                // Beside them it may be asked what others changed.
                let calls = try await (first.callsInFlight("authorize"), first.callsInFlight("refund"))
                return try calls == (1, 1) && simulator.unreadRequests() >= 2
            }
            first.signal(SIGSTOP)
            simulator.signal(SIGCONT)
            try await eventually("the other is the active one", within: .seconds(60)) { try other.terms == 1 }
            #expect(try await bought.status == 201)
            try await cluster.expectBalancedBooks(with: simulator)
            // It finds its answers, and its lease gone.
            first.signal(SIGCONT)
            #expect(try await buyer.order(try await buyer.hold(["1-3"], of: show)).status == 201)
            // Asked to end, it gives the lease back.
            #expect(try await other.stop() == 0)
            // When it begins another term, the one that it was stopped in is over.
            try await eventually("the first is the active one again", within: .seconds(60)) { try first.terms == 2 }
            let last = Buyer(callers: buyer.callers.map { $0.at(first) })
            #expect(try await last.order(try await last.hold(["1-4"], of: show)).status == 201)
            try await other.startReady()
            try await cluster.expectBalancedBooks(with: simulator)
            try await cluster.expectViewsAreFolds(on: [first, other], cluster.ledger(), shows: [show])
        }
    }

    /// The moments of the calls on each story's way.
    private static func moments(of story: PurchaseStory) -> [PaymentsSimulator.Moment] {
        switch story {
        case .soldAndRefunded:
            [.beforeAuthorize, .afterAuthorize, .beforeCapture, .afterCapture, .beforeRefund, .afterRefund]
        case .declined: [.afterAuthorize]
        case .authorizedTooLate: [.afterAuthorize, .beforeVoid, .afterVoid]
        case .neverAuthorized: [.beforeFind, .beforeClose, .afterClose, .beforeVoid, .afterVoid]
        case .revoked: [.beforeVoid, .afterVoid]
        case .cancelled, .resold: [.beforeRefund, .afterRefund]
        }
    }

    @Test("The payment provider dies at each moment of a call, and is started again", arguments: PurchaseStory.allCases)
    func provider(story: PurchaseStory) async throws {
        try await play(story, dyingAt: Self.moments(of: story)) { stage, moment in
            try await stage.simulator.end(SIGKILL)
            try await stage.simulator.start(dyingAt: moment)
        } death: { stage, _, _ in
            try await stage.simulator.death()
        } restart: { stage, moment in
            try await stage.simulator.start()
            #expect(try await stage.cluster.books(with: stage.simulator).wrongs == [], "\(moment)")
        }
    }
}

extension Node {
    /// How often its payment process became the active one.
    fileprivate var terms: Int {
        get throws { try log.ranges(of: "payments: this process is the active one").count }
    }
}
