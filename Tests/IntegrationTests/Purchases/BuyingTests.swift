import Foundation
import Testing
import TestSupport

extension Purchases {
    @Suite("Buying what is held")
    struct BuyingTests {
        let shared = PurchaseCluster.current

        @Test("A hold becomes a paid order, and every node shows it to whoever has the order's token")
        func sale() async throws {
            let show = try await shared.cluster.create(SampleShow(areas: ["floor": 10]), at: shared.a)
            let buyer = try await shared.buyer()
            let held = try await buyer.hold(["seats": ["1-1", "1-2"], "areas": ["floor": 2]], of: show)
            let key = String.random
            let answer = try await buyer.order(held, key: key)
            #expect(answer.status == 201, "\(answer)")
            let order = answer.json
            let total = 2 * SampleShow.price + 2 * SampleShow.areaPrice
            #expect(order["status"]?.text == "completed")
            #expect(order["total"]?.integer == total)
            #expect(order["tickets"]?.list?.compactMap { $0["seat"]?.text } == ["1-1", "1-2"])
            #expect(order["tickets"]?.list?.compactMap { $0["area"]?.text } == ["floor", "floor"])
            let id = try Buyer.orderID(answer)
            #expect(answer.header("Location") == "/api/v1/orders/\(id)")
            let mine = ["Last-Seen-Sequence": try #require(answer.sequence)]
            for node in shared.nodes {
                let caller = buyer.callers[0].at(node)
                #expect(try await caller.get("/api/v1/orders/\(id)", headers: mine).json == order, "on \(node.name)")
                let orders = try await caller.get("/api/v1/me/orders", headers: mine)
                #expect(orders.json["orders"]?.list == [order], "on \(node.name): \(orders)")
                let holds = try await caller.get("/api/v1/me/holds", headers: mine)
                #expect(holds.json["holds"]?.list == [], "on \(node.name): \(holds)")
                let map = try await caller.get("/api/v1/shows/\(show)/availability", headers: mine)
                #expect(map.json["statuses"]?.text?.hasPrefix("220") == true, "on \(node.name): \(map)")
                #expect(map.json["sold"]?.integer == 4, "on \(node.name): \(map)")
                let tickets = try await caller.get("/api/v1/me/tickets", headers: mine)
                #expect(tickets.json["tickets"]?.list?.count == 4, "on \(node.name): \(tickets)")
                // Others see nothing of it.
                let other = try await shared.cluster.user(at: node).get("/api/v1/orders/\(id)", headers: mine)
                #expect(other.code == "order-not-found", "on \(node.name): \(other)")
            }
            for caller in buyer.callers {
                let again = try await caller.post("/api/v1/orders", held.order(Card.good), key: key)
                #expect(again.status == 201 && again.isReplayed && again.json == order, "\(again)")
            }
            let payments = try await shared.simulator.ledger().filter { $0.order == id }
            #expect(payments.map(\.captured) == [total])
        }

        @Test("What costs nothing is completed at once, and the provider hears nothing of it")
        func free() async throws {
            let plan = SampleShow(rows: 0, areas: ["floor": 10], unitPrice: 0)
            let show = try await shared.cluster.create(plan, at: shared.a)
            let buyer = try await shared.buyer()
            let bought = try await buyer.order(try await buyer.hold(["areas": ["floor": 1]], of: show))
            #expect(bought.status == 201 && bought.json["status"]?.text == "completed", "\(bought)")
            let order = try Buyer.orderID(bought)
            #expect(try await shared.simulator.ledger().contains { $0.order == order } == false)
        }

        @Test("A declined card leaves the hold, and another one pays for it")
        func anotherCard() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let buyer = try await shared.buyer()
            let held = try await buyer.hold(["1-1"], of: show)
            let declined = try await buyer.order(held, Card.declined)
            #expect(declined.status == 402 && declined.code == "payment-declined", "\(declined)")
            #expect(declined.json["declineCode"]?.text == "insufficient_funds")
            // The hold got its time to pay with that attempt, and a new fencing token: the old one is no good any more.
            let stale = try await buyer.order(held)
            #expect(stale.status == 409 && stale.code == "stale-fencing-token", "\(stale)")
            let hold = try await shared.read("holds/\(held.id)", as: buyer)
            #expect(hold.json["status"]?.text == "active", "\(hold)")
            var extended = held
            extended.fencingToken = try #require(hold.json["fencingToken"]?.integer)
            let bought = try await buyer.order(extended)
            #expect(bought.status == 201, "\(bought)")
            let orders = try await shared.read("me/orders", as: buyer).json["orders"]?.list ?? []
            #expect(orders.compactMap { $0["status"]?.text } == ["completed", "failed"])
            #expect(orders.last?["failure"]?.text == "payment-declined")
        }

        @Test("Only its owner can buy a hold, only while it stands, and only once")
        func refusals() async throws {
            let show = try await shared.cluster.create(SampleShow(holdSeconds: 1), at: shared.a)
            let buyer = try await shared.buyer(), other = try await shared.buyer()
            let lasting = try await shared.cluster.create(at: shared.a)
            let brief = try await buyer.hold(["1-1"], of: show)
            let held = try await buyer.hold(["1-1"], of: lasting)
            #expect(try await other.order(held).code == "hold-not-found")
            var wrong = held
            wrong.fencingToken += 1
            #expect(try await buyer.order(wrong).code == "stale-fencing-token")
            wrong.id = "nothing"
            #expect(try await buyer.order(wrong).code == "hold-not-found")
            let first = try await buyer.callers[0].post(
                "/api/v1/orders", held.order("pm_card_slow"), headers: ["Prefer": "wait=0"])
            #expect(first.status == 202 && first.json["status"]?.text == "pending", "\(first)")
            let second = try await buyer.callers[0].post("/api/v1/orders", held.order(Card.good))
            #expect(["purchase-in-progress", "hold-not-found"].contains(second.code), "\(second)")
            let released = try await buyer.finally(.delete, "holds/\(held.id)")
            #expect(["purchase-in-progress", "hold-not-found"].contains(released.code), "\(released)")
            try await eventually("the brief hold is over") {
                try await shared.read("holds/\(brief.id)", as: buyer).status == 404
            }
            #expect(try await buyer.order(brief).code == "hold-not-found")
        }

        @Test("Whatever goes wrong on the way to the provider and back, it is paid once, and refunded once")
        func troubles() async throws {
            let troubles = [
                "timeoutBefore", "timeoutAfter", "error500Before", "error500After", "cutBefore", "cutAfter", "slow",
                "fails",
            ]
            let cards =
                troubles
                + ["capture", "refund"].flatMap { step in
                    troubles.map { step + $0.prefix(1).uppercased() + $0.dropFirst() }
                }
            let plan = SampleShow()
            let show = try await shared.cluster.create(plan, at: shared.a)
            try await withThrowingTaskGroup { tasks in
                for (card, seat) in zip(cards, plan.seats) {
                    tasks.addTask {
                        let buyer = try await shared.buyer()
                        let bought = try await shared.buy([seat], of: show, by: buyer, with: "pm_card_\(card)")
                        let refunded = try await buyer.refund(bought.order)
                        #expect(refunded.status == 200, "\(card): \(refunded)")
                    }
                }
                try await tasks.waitForAll()
            }
        }

        @Test("Money that can't be taken waits for an operator, who has it tried again, and then takes the sale back")
        func parked() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let buyer = try await shared.buyer(), admin = try await shared.cluster.operator(at: shared.b)
            let first = try await buyer.callers[0].post(
                "/api/v1/orders", try await buyer.hold(["1-1"], of: show).order(Card.captureRefused),
                headers: ["Prefer": "wait=0"])
            let order = try Buyer.orderID(first)
            let tokenFile = shared.cluster.tokens.dataFolder.appending(path: "operator.token")
            try Data(try #require(admin.callers[0].token).utf8).write(to: tokenFile)
            let access = ["--url", "http://127.0.0.1:\(shared.a.port)", "--token-file", tokenFile.path]
            func list() async throws -> [JSON] {
                try await Executable.holdfast(["payments", "list"] + access).split(separator: "\n")
                    .map { try JSON(parsing: $0.utf8) }
                    .filter { $0["orderId"]?.text == order }
            }
            try await eventually("it waits", within: .seconds(60)) { try await list().count == 1 }
            #expect(try await list().first?["status"]?.text == "confirmed")
            // The seat is sold, and stays so.
            #expect(try await shared.read("orders/\(order)", as: buyer).json["status"]?.text == "confirmed")
            #expect(try await shared.status(ofSeat: 0, in: show, as: buyer) == "2")
            let retry = ["payments", "retry", order] + access
            try await Executable.holdfast(retry)
            try await eventually("it waits again", within: .seconds(60)) { try await list().count == 1 }
            try await Executable.holdfast(["payments", "void", order] + access)
            try await eventually("it is given up", within: .seconds(60)) { try await list().isEmpty }
            try await eventually("its seat is free", within: .seconds(60)) {
                try await shared.status(ofSeat: 0, in: show, as: buyer) == "0"
            }
            await #expect(throws: ToolFailure.self) { try await Executable.holdfast(retry) }
        }

        @Test("A capture that fails for long keeps the order confirmed, and delays nobody else's")
        func stuck() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let buyer = try await shared.buyer(), other = try await shared.buyer()
            let held = try await buyer.hold(["1-1"], of: show)
            let key = String.random
            let body = held.order("pm_card_captureFailsAlways")
            let first = try await buyer.callers[0].post("/api/v1/orders", body, key: key, headers: ["Prefer": "wait=0"])
            let order = try Buyer.orderID(first)
            try await eventually("it is sold", within: .seconds(60)) {
                try await shared.read("orders/\(order)", as: buyer).json["status"]?.text == "confirmed"
            }
            _ = try await shared.buy(["1-2"], of: show, by: other)
            let again = try await buyer.callers[0].post("/api/v1/orders", body, key: key, headers: ["Prefer": "wait=0"])
            #expect(again.status == 202 && again.json["status"]?.text == "confirmed", "\(again)")
            #expect(again.header("Retry-After") != nil)
            let admin = try await shared.cluster.operator(at: shared.a)
            let given = try await admin.finally(.post, "payments/\(order)/void")
            #expect(given.status == 200, "\(given)")
        }
    }
}
