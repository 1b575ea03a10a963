@testable import CommandAPI
import Contract
import Domain
import EventLog
import HTTPServer
import HTTPTypes
import Testing
import WebAPI

@Suite("What commands are answered with", .timeLimit(.minutes(5)))
struct AnswerTests {
    @Test("A problem has the code that its rejection is recorded under")
    func codes() {
        let rejections: [Rejection] = [
            .showNotFound, .showExists, .notOnSale(until: .distantPast), .emptyHold, .tooManySeats(limit: 1),
            .duplicateSeat("s"), .unknownSeat("s"), .unknownArea("a"), .unknownCategory("c"), .unknownZone("z"),
            .unknownRow("r"), .leavesSingleSeat(["s"], instead: ["t"]), .seatsUnavailable([]),
            .holdNotFound, .staleFencingToken, .purchaseInProgress, .showCancelled, .orderNotFound, .orderNotCompleted,
            .orderNotVoidable, .paymentNotParked, .paymentNotAcceptable, .ticketNotFound, .ticketUnusable(.listed),
            .ticketAlreadyScanned(at: .distantPast), .notResellable, .alreadyOrdered(OrderID("show-o")),
        ]
        for rejection in rejections {
            let problem = Problem(rejection, at: LogPosition(epoch: 1, position: 2))
            #expect(problem.code.name == rejection.code.name)
            #expect(problem.outcome == .rejected)
            #expect(!problem.code.retryable)
            #expect(Problem.Code.catalogue.contains(problem.code))
        }
    }

    @Test("A hold that is being paid for can't be released, and one that was paid for is gone")
    func releases() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let held = try await node.post("/shows/\(show)/holds", by: "ann", #"{"seats":["s1"]}"#)
            let hold = HoldID(try #require(held.text("holdId")))
            #expect(held.text("status") == "active")
            let order = OrderID("\(show)-o")
            let purchase = StartPurchase(
                orderID: order, holdID: hold, userID: UserID("ann"),
                fencingToken: Int64(try #require(held.number("fencingToken"))), paymentMethod: "pm")
            try await node.submit(.startPurchase(purchase), on: show)
            #expect(
                try await node.ask(.delete, "/holds/\(hold)", by: "ann").problem == "409 purchase-in-progress rejected")
            try await node.submit(.payment(.authorized("pay"), of: order), on: show)
            #expect(try await node.ask(.delete, "/holds/\(hold)", by: "ann").problem == "404 hold-not-found rejected")
        }
    }

    @Test("A command can be asked for, and says the same")
    func commands() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2"]}"#)
            for (path, body, status) in [
                ("/tickets/\(order)-1/transfer", #"{"to":"bob"}"#, 200), ("/tickets/\(order)-2/resale", "", 200),
                ("/orders/\(order)/refund", "", 409),
            ] {
                let answer = try await node.post(path, by: "ann", body)
                #expect(answer.status == status, "\(path)")
                let id = try #require(answer.headers[.commandID])
                let recorded = try await node.ask(.get, "/commands/\(id)", by: "ann")
                #expect(recorded.status == 200)
                if status == 200 { #expect(recorded.body.contains("\"outcome\":\(answer.body)")) }
                #expect(recorded.text("status") == (status == 200 ? "accepted" : "rejected"))
                #expect(try await node.ask(.get, "/commands/\(id)", by: "bob").status == 404)
            }
        }
    }

    @Test(
        "An order that came to nothing says why, and that this is final",
        arguments: [
            (PurchaseFailed.Reason.declined("card_declined"), 402, "payment-declined"),
            (.expired, 409, "payment-failed"),
            (.showCancelled, 409, "payment-failed"), (.abandoned, 409, "payment-failed"),
        ])
    func failures(reason: PurchaseFailed.Reason, status: Int, code: String) {
        let problem = Problem(
            reason, of: OrderID("show-o"), at: LogPosition(epoch: 1, position: 2), fencingToken: 7, mergedHold: nil)
        #expect(problem.status.code == status)
        #expect(problem.code.name == code)
        #expect(problem.outcome == .rejected)
        #expect(problem.members.contains(.init("failure", .string(reason.name))))
        #expect(problem.members.contains(.init("fencingToken", .integer(7))))
    }
}
