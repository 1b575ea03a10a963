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
        }
    }

    @Test("The node dies at each place and is started again", arguments: PurchaseStory.allCases)
    func node(story: PurchaseStory) async throws {
        try await Cluster.with { cluster in
            let simulator = try cluster.paymentSimulator()
            try await simulator.start()
            let node = cluster.payingNode("a", by: simulator)
            try await node.startReady()
            let stories = try await PurchaseStories(cluster, paidBy: simulator, at: [node])
            for (number, place) in Self.places(of: story).enumerated() {
                try await node.kill()
                let terms = try node.terms
                try await node.start(dyingAt: place.failpoint, pass: place.pass)
                // One that finds an order begun looks it up first: another way than the one that is tried here.
                try await eventually("it settles payments", within: .seconds(60)) { try node.terms > terms }
                let head = try await cluster.log().head().position
                async let told: Void = stories.play(story, number: number)
                #expect(try await node.death() == 128 + SIGKILL, "\(place)")
                if let events = place.events {
                    #expect(try await cluster.log().head().position == head + events, "\(place)")
                }
                // One that was stopped can't be asked.
                if story != .authorizedTooLate {
                    #expect(try await cluster.books(with: simulator).wrongs == [], "\(place)")
                }
                try await node.start()
                try await told
                try await cluster.expectBalancedBooks(with: simulator)
            }
            try await cluster.expectViewsAreFolds(on: [node], cluster.ledger(), shows: [stories.show])
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
            let stories = try await PurchaseStories(cluster, paidBy: simulator, at: [heir])
            let cells: [(PurchaseStory, Place)] =
                [Failpoint.beforeAuthorize, .afterAuthorize, .beforeCapture, .afterCapture, .beforeRefund, .afterRefund]
                .map { (.soldAndRefunded, Place(failpoint: $0)) }
                + Place.appends(1...1).map { (.soldAndRefunded, $0) }
                + [Failpoint.beforeVoid, .afterVoid].map { (.authorizedTooLate, Place(failpoint: $0)) }
                + [Failpoint.beforeClose, .afterClose].map { (.neverAuthorized, Place(failpoint: $0)) }
            for (number, (story, place)) in cells.enumerated() {
                let terms = try mortal.terms
                try await mortal.start(dyingAt: place.failpoint, pass: place.pass)
                try await mortal.ready()
                try await heir.kill()
                try await eventually("the other is the active one", within: .seconds(60)) { try mortal.terms > terms }
                try await heir.startReady()
                async let told: Void = stories.play(story, number: number)
                #expect(try await mortal.death() == 128 + SIGKILL, "\(place)")
                try await told
                try await cluster.expectBalancedBooks(with: simulator)
            }
            try await cluster.expectViewsAreFolds(on: [heir], cluster.ledger(), shows: [stories.show])
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
        }
    }

    @Test("The payment provider dies at each moment of a call, and is started again", arguments: PurchaseStory.allCases)
    func provider(story: PurchaseStory) async throws {
        try await Cluster.with { cluster in
            let simulator = try cluster.paymentSimulator()
            try await simulator.start()
            let node = cluster.payingNode("a", by: simulator)
            try await node.startReady()
            let stories = try await PurchaseStories(cluster, paidBy: simulator, at: [node])
            for (number, moment) in Self.moments(of: story).enumerated() {
                try await simulator.end(SIGKILL)
                try await simulator.start(dyingAt: moment)
                async let told: Void = stories.play(story, number: number)
                try await simulator.death()
                try await simulator.start()
                #expect(try await cluster.books(with: simulator).wrongs == [], "\(moment)")
                try await told
                try await cluster.expectBalancedBooks(with: simulator)
            }
            try await cluster.expectViewsAreFolds(on: [node], cluster.ledger(), shows: [stories.show])
        }
    }
}

extension Node {
    /// How often its payment process became the active one.
    fileprivate var terms: Int {
        get throws { try log.ranges(of: "this process is the active one").count }
    }
}
