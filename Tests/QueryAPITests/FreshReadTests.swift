import Domain
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import Following
import Projection
import Testing
@testable import QueryAPI

@Suite("Reads are as fresh as asked", .timeLimit(.minutes(2)))
struct FreshReadTests {
    @Test("Without a token: what is there, with its token") func any() async throws {
        let node = QueryNode(log: try await .sample())
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        let response = try await node.get("/me/holds")
        #expect(response.status == .ok)
        #expect(response.token == LogPosition(epoch: 1, position: 5))
        #expect(response.cookies.contains { $0.hasPrefix("Last-Seen-Sequence=1.5;") })
    }

    @Test("A token that was applied is answered at once; one that was not, when it is") func token() async throws {
        let node = QueryNode(log: try await .sample())
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        #expect(try await node.get("/me/holds", .seen("1.5", wait: 0)).status == .ok)
        async let waiting = node.get("/me/holds", .seen("1.8", wait: 10))
        async let waitingToo = node.get("/shows/show/availability", .cookie("1.9", wait: 10))
        for position: Int64 in 6...9 { await node.apply(upTo: position) }
        let (first, second) = try await (waiting, waitingToo)
        #expect((first.token?.position ?? 0) >= 8)
        #expect((second.token?.position ?? 0) >= 9)
    }

    @Test("Not there in time: says so, and how far it is; a browser keeps its cookie") func behind() async throws {
        let node = QueryNode(log: try await .sample())
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        let response = try await node.get("/me/holds", .cookie("1.9", wait: 0))
        #expect(response.status == .serviceUnavailable)
        #expect(response.headers[.retryAfter] == "1")
        #expect(response.cookies.isEmpty)
        #expect(try await response.text().contains("\"position\":5"))
        #expect(try await response.code() == "replica-behind")
    }

    @Test("Beyond the log: refused, and a browser's cookie is cleared") func ahead() async throws {
        let node = QueryNode(log: try await .sample())
        let head = await node.log.head().position
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        for token in ["1.\(head + 1)", "1.\(Int64.max)", "2.1", "\(Int64.max).0"] {
            let response = try await node.get("/me/holds", .seen(token))
            #expect(try await response.code() == "sequence-ahead-of-log", "\(token)")
            #expect(response.cookies.isEmpty)
            let browser = try await node.get("/me/holds", .cookie(token))
            #expect(browser.cookies.count == 1)
            #expect(browser.cookies.first?.contains("Max-Age=0") == true)
        }
    }

    @Test("`head` is what the log has when the request comes in") func head() async throws {
        let node = QueryNode(log: try await .sample())
        let head = await node.log.head().position
        node.enter(epoch: 1)
        await node.apply(upTo: head - 1)
        #expect(try await node.get("/me/holds", .seen("head", wait: 0)).code() == "replica-behind")
        async let waiting = node.get("/me/holds", .seen("head", wait: 10))
        await node.apply(upTo: head)
        #expect(try await waiting.token?.position == head)
    }

    @Test("Before it knows the log it gives no token, and no answer") func unknown() async throws {
        let node = QueryNode(log: try await .sample())
        for headers: HTTPFields in [.now, .seen("1.1", wait: 0), .seen("head", wait: 0)] {
            let response = try await node.get("/me/holds", headers)
            #expect(try await response.code() == "replica-behind")
            #expect(response.token == nil)
            #expect(response.cookies.isEmpty)
        }
        async let waiting = node.get("/shows", .seen("1.1", wait: 10))
        node.enter(epoch: 1)
        await node.apply(upTo: 1)
        #expect(try await waiting.token == LogPosition(epoch: 1, position: 1))
    }

    @Test(
        "Before the views have caught up, every read and stream is told so, whatever it asks for",
        arguments: [
            "/me/holds", "/holds/hold-0", "/shows", "/shows/show", "/shows/show/seating-plan",
            "/shows/show/availability",
            "/shows/show/availability?since=1.2", "/shows/show/availability/stream", "/shows/nowhere",
        ])
    func notReady(path: String) async throws {
        let node = QueryNode(log: try await .sample())
        node.status.set(.init(epoch: 1, head: 21))
        node.enter(epoch: 1)
        await node.apply(upTo: 1)
        for headers: HTTPFields in [
            [:], .seen("1.1"), .seen("1.9", wait: 10), .seen("head"), .seen("1.99"), .cookie("2.1"),
        ] {
            let response = try await node.get(path, headers)
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] == "1")
            #expect(response.token == nil && response.cookies.isEmpty, "a browser keeps what it has seen")
            #expect(try await response.code() == "not-ready")
        }
        node.status.set(.init(hasCaughtUp: true, epoch: 1, head: 21))
        #expect(try await node.get("/me/holds").status == .ok)
    }

    @Test("A view that a lost tail emptied is not read, also by whoever was waiting") func emptied() async throws {
        let node = QueryNode(log: try await .sample())
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        async let waiting = node.get("/me/holds", .seen("1.6", wait: 10))
        try await Task.sleep(for: .milliseconds(20))
        await node.log.raiseEpoch()
        node.status.set(.init(epoch: 2))
        node.reset(epoch: 2)
        #expect(try await waiting.code() == "not-ready")
        #expect(try await node.get("/me/holds").code() == "not-ready")
    }

    @Test("A hold whose time is over by the reader's clock is not there, paid for or not") func overdue() async throws {
        let node = QueryNode(log: try await .sample())
        try await node.log.append([
            .order(
                .started(
                    PurchaseStarted(
                        orderID: OrderID("order"), holdID: HoldID("hold-0"), userID: UserID("ann"),
                        paymentMethod: "card",
                        total: 1, currency: "EUR", startedAt: Timestamp(microseconds: 1),
                        expiresAt: Timestamp(microseconds: 9), extendsHold: true)))
        ])
        node.enter(epoch: 1)
        await node.apply(upTo: await node.log.head().position)
        func holds() async throws -> String { try await node.get("/me/holds").text() }
        #expect(try await holds().contains("hold-2"))
        #expect(try await holds().contains("hold-0"))
        // The others' time is over at 2, that of the one that is paid for at 9.
        node.clock.set(Timestamp(microseconds: 2))
        #expect(try await !holds().contains("hold-2"))
        #expect(try await node.get("/holds/hold-2").code() == "hold-not-found")
        #expect(try await holds().contains("hold-0"))
        #expect(try await node.get("/holds/hold-0").status == .ok)
        node.clock.set(Timestamp(microseconds: 9))
        #expect(try await holds().contains("\"holds\":[]"))
        let gone = try await node.get("/holds/hold-0")
        #expect(gone.status == .notFound)
        #expect(gone.token != nil)
    }

    @Test("A view that stopped answers what it has, and nothing later") func stopped() async throws {
        let node = QueryNode(log: try await .sample())
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        var nonsense = await node.log.events(after: 5, limit: 1)[0]
        nonsense.event.type = "SeatTeleported"
        for view in node.views { view.apply([FollowedEvent(nonsense)]) }
        #expect(try await node.get("/me/holds").token?.position == 5)
        #expect(try await node.get("/me/holds", .seen("1.5", wait: 0)).status == .ok)
        let response = try await node.get("/me/holds", .cookie("1.6", wait: 0))
        #expect(try await response.code() == "projection-stopped")
        #expect(response.cookies.isEmpty, "a browser keeps what it has seen")
    }

    // MARK: Epochs

    /// A log that lost what came after 10, and a node.
    private func failedOver() async throws -> QueryNode {
        let log = try await InMemoryEventLog.sample().failedOver(keeping: 10)
        for seat in 20..<30 { try await log.append([.placed(seat)]) }
        return QueryNode(log: log)
    }

    @Test("Of a lost tail: refused, and a browser is not left with it") func lost() async throws {
        let node = try await failedOver()
        node.enter(epoch: 2)
        await node.apply(upTo: 12)
        let response = try await node.get("/me/holds", .seen("1.11"))
        #expect(response.status == .conflict)
        #expect(try await response.code() == "sequence-lost")
        let browser = try await node.get("/me/holds", .cookie("1.14"))
        #expect(try await browser.code() == "sequence-lost")
        #expect(browser.cookies.last?.hasPrefix("Last-Seen-Sequence=1.14") == false)
        #expect(!browser.cookies.isEmpty)
    }

    @Test("Of an older epoch, and not lost: as good as ever") func older() async throws {
        let node = try await failedOver()
        node.enter(epoch: 2)
        await node.apply(upTo: 9)
        #expect(try await node.get("/me/holds", .seen("1.9", wait: 0)).token == LogPosition(epoch: 2, position: 9))
        #expect(try await node.get("/me/holds", .seen("1.10", wait: 0)).code() == "replica-behind")
        async let waiting = node.get("/me/holds", .seen("1.10", wait: 10))
        await node.apply(upTo: 10)
        #expect(try await waiting.token == LogPosition(epoch: 2, position: 10))
    }

    @Test("Of a later epoch than the replica knows: the number alone is not enough") func later() async throws {
        let node = try await failedOver()
        let old = try await InMemoryEventLog.sample().events(after: 0, limit: 18).map(FollowedEvent.init)
        node.enter(epoch: 1)
        for view in node.views { view.apply(old) }
        #expect(try await node.get("/me/holds", .seen("2.12", wait: 0)).code() == "replica-behind")
        #expect(try await node.get("/me/holds", .seen("head", wait: 0)).code() == "replica-behind")
        async let waiting = node.get("/shows/show/availability", .seen("2.12", wait: 10))
        node.reset(epoch: 2)
        await node.apply(upTo: 11)
        await node.apply(upTo: 13)
        let response = try await waiting
        #expect(response.token == LogPosition(epoch: 2, position: 13))
        // Held in the new epoch, and never in the old one.
        let text = try await response.text()
        #expect(text.contains("\"statuses\":\"1010100000000000000011100"), "\(text)")
    }

    @Test("The tail is lost while a read waits for it: refused, not answered with something else") func lostMeanwhile()
        async throws
    {
        let node = try await failedOver()
        node.enter(epoch: 1)
        let old = try await InMemoryEventLog.sample().events(after: 0, limit: 18).map(FollowedEvent.init)
        for view in node.views { view.apply(Array(old[..<11])) }
        // The replica has heard of 1.12, and the node's log is in the new epoch already.
        #expect(try await node.get("/me/holds", .seen("1.11", wait: 0)).token == LogPosition(epoch: 1, position: 11))
        async let waiting = node.holds.wait(for: LogPosition(epoch: 1, position: 12), timeout: .seconds(60))
        node.reset(epoch: 2)
        #expect(await waiting == .reached)
        await node.apply(upTo: 20)
        #expect(try await node.get("/me/holds", .seen("1.12", wait: 10)).code() == "sequence-lost")
        #expect(try await node.get("/me/holds", .seen("1.10", wait: 10)).token == LogPosition(epoch: 2, position: 20))
    }

    @Test(
        "Many read with tokens of two epochs while the replica fails over: every answer is at least what was asked for")
    func race() async throws {
        let node = try await failedOver()
        let old = try await InMemoryEventLog.sample().events(after: 0, limit: 18).map(FollowedEvent.init)
        node.enter(epoch: 1)
        await withDiscardingTaskGroup { tasks in
            for number in 0..<300 {
                tasks.addTask {
                    let wanted = LogPosition(epoch: Int64(number % 2) + 1, position: Int64(number / 2 % 20))
                    do {
                        let response = try await node.get("/me/holds", .seen("\(wanted)", wait: 10))
                        let isLost = wanted.epoch == 1 && wanted.position > 10
                        if response.status == .conflict {
                            #expect(isLost)
                        } else if let token = response.token, response.status == .ok {
                            #expect(token.position >= wanted.position, "\(wanted): \(token)")
                            #expect(token.epoch >= wanted.epoch && !(isLost && token.epoch > 1), "\(wanted): \(token)")
                        } else {
                            Issue.record("\(wanted): \(try await response.text())")
                        }
                    } catch {
                        Issue.record(error)
                    }
                }
            }
            tasks.addTask {
                for event in old {
                    for view in node.views { view.apply([event]) }
                    await Task.yield()
                }
                node.reset(epoch: 2)
                for position: Int64 in 1...20 {
                    await node.apply(upTo: position)
                    await Task.yield()
                }
            }
        }
    }
}
