import Foundation
import Testing
import TestSupport

extension Purchases {
    @Suite("After the sale")
    struct TicketTests {
        let shared = PurchaseCluster.current

        /// A ticket's code, as its owner is shown it; nil: none is shown.
        private func code(of ticket: String, as owner: Buyer) async throws -> String? {
            let answer = try await shared.read("tickets/\(ticket)", as: owner)
            return answer.status == 200 ? answer.json["code"]?.text : nil
        }

        private func scan(_ ticket: String, _ code: String, role: String = "scanner") async throws -> Answer {
            // Of the ticket's own show, with which its id begins.
            try await shared.caller(role: role, shows: ticket.split(separator: "-").prefix(1).map(String.init))
                .post("/api/v1/tickets/\(ticket)/scan", ["code": .text(code)])
        }

        private func isRefunded(_ order: String, by amount: Int64, as buyer: Buyer) async throws {
            try await eventually("\(amount) went back", within: .seconds(60)) {
                try await shared.read("orders/\(order)", as: buyer).json["refunded"]?.integer == amount
            }
        }

        @Test("A ticket's code lets one in, once, and nobody by a forged one")
        func scans() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let buyer = try await shared.buyer()
            let bought = try await shared.buy(["1-1", "1-2"], of: show, by: buyer)
            let code = try #require(try await code(of: bought.tickets[0], as: buyer))
            let image = try await shared.read("tickets/\(bought.tickets[0])/qr.svg", as: buyer)
            #expect(image.header("Content-Type") == "image/svg+xml" && image.text.contains("<svg"), "\(image)")
            #expect(try await scan(bought.tickets[0], code, role: "user").status == 403)
            #expect(try await scan(bought.tickets[1], code).code == "invalid-ticket-code")
            let parts = code.split(separator: ".")
            let forged = "\(parts[0]).\(parts[1]).\(String(parts[2].reversed()))"
            #expect(try await scan(bought.tickets[0], forged).code == "invalid-ticket-code")
            let first = try await scan(bought.tickets[0], code)
            #expect(first.status == 200, "\(first)")
            let second = try await scan(bought.tickets[0], code)
            #expect(second.status == 409 && second.code == "ticket-already-scanned", "\(second)")
            #expect(second.json["scannedAt"] == first.json["scannedAt"])
            let refund = try await buyer.refund(bought.order)
            #expect(refund.code == "ticket-unusable", "\(refund)")
        }

        @Test("A door without a network: the public keys, the list and what changed since, scans uploaded later")
        func offlineDoor() async throws {
            let show = try await shared.cluster.create(SampleShow(areas: ["floor": 4]), at: shared.a)
            let buyer = try await shared.buyer()
            let bought = try await shared.buy(["1-1", "1-2"], of: show, by: buyer)
            let door = try await shared.caller(role: "scanner", shows: [show])
            func list(_ query: String = "") async throws -> Answer {
                try await door.at(shared.replica).get(
                    "/api/v1/shows/\(show)/door-list\(query)",
                    headers: ["Last-Seen-Sequence": "head"])
            }
            let whole = try await list()
            #expect(whole.status == 200, "\(whole)")
            #expect(whole.json["tickets"]?.list?.count == 2 && whole.json["nextCursor"] == nil, "\(whole)")
            let since = try #require(whole.json["sequence"]?.text)
            #expect(try await list("?since=\(since)").json["tickets"]?.list?.isEmpty == true)
            #expect(
                try await shared.caller(role: "scanner", shows: ["other"]).get("/api/v1/shows/\(show)/door-list").code
                    == "ticket-wrong-show")
            let keys = try await Caller(node: shared.replica, token: nil).get("/.well-known/jwks.json")
            #expect(keys.status == 200 && keys.json["keys"]?.list?.first?["kid"]?.text != nil, "\(keys)")

            let code = try #require(try await code(of: bought.tickets[0], as: buyer))
            let at = Date().ISO8601Format(.init(includingFractionalSeconds: true))
            let upload = try await door.post(
                "/api/v1/shows/\(show)/scans/uploads",
                [
                    "scans": .list([
                        .object(["code": .text(code), "scannedAt": .text(at), "gate": .text("north")]),
                        .object(["code": .text(code), "scannedAt": .text(at), "gate": .text("south")]),
                    ])
                ])
            #expect(upload.json["recorded"]?.integer == 1 && upload.json["refused"]?.integer == 1, "\(upload)")
            let changed = try await list("?since=\(since)")
            let tickets = changed.json["tickets"]?.list ?? []
            #expect(tickets.compactMap { $0["status"]?.text }.sorted() == ["scanned", "valid"], "\(changed)")
            // Taken back, the ticket can be refunded, and the door is told.
            let undone = try await shared.caller(role: "supervisor", shows: [show]).delete(
                "/api/v1/tickets/\(bought.tickets[0])/scan")
            #expect(undone.json["status"]?.text == "valid", "\(undone)")
            #expect(try await buyer.refund(bought.order).status == 200)
            let last = try await list("?since=\(since)")
            #expect(
                (last.json["tickets"]?.list ?? []).compactMap { $0["status"]?.text } == ["returned", "returned"],
                "\(last)")
            #expect(try await list().json["tickets"]?.list?.isEmpty == true)
        }

        @Test("The back office finds orders and tickets, and exports the same file twice")
        func backOffice() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let (ann, bob) = (try await shared.buyer(), try await shared.buyer())
            let first = try await shared.buy(["1-1"], of: show, by: ann)
            _ = try await shared.buy(["1-2"], of: show, by: bob)
            let staff = try await shared.caller(role: "support")
            func get(_ path: String) async throws -> Answer {
                try await staff.at(shared.replica).get(
                    "/api/v1/\(path)", headers: ["Last-Seen-Sequence": "head"])
            }
            let page = try await get("shows/\(show)/orders?limit=1")
            #expect(page.json["orders"]?.list?.count == 1, "\(page)")
            let cursor = try #require(page.json["nextCursor"]?.text)
            let rest = try await get("shows/\(show)/orders?limit=1&cursor=\(cursor)")
            #expect(rest.json["orders"]?.list?.first?["orderId"]?.text == first.order, "\(rest)")
            let seat = try await get("shows/\(show)/tickets?seat=1-1")
            #expect(seat.json["tickets"]?.list?.compactMap { $0["ticketId"]?.text } == first.tickets, "\(seat)")
            let whole = try await get("orders/\(first.order)")
            #expect(whole.json["payment"]?.text == "captured", "\(whole)")
            #expect(try await get("tickets/\(first.tickets[0])").json["orderId"]?.text == first.order)
            #expect(try await shared.read("shows/\(show)/orders", as: ann).code == "forbidden")
            #expect(try await shared.read("orders/\(first.order)", as: bob).code == "order-not-found")

            let export = try await get("shows/\(show)/exports/tickets.csv")
            let token = try #require(export.header("Sequence"))
            _ = try await shared.buy(["1-3"], of: show, by: bob)
            let again = try await get("shows/\(show)/exports/tickets.csv?at=\(token)")
            #expect(again.text == export.text && export.text.hasPrefix("ticket_id,order_id,"), "\(again)")
        }

        @Test("Refunds, whole and by ticket, give the places and the money back")
        func refunds() async throws {
            let show = try await shared.cluster.create(SampleShow(areas: ["floor": 4]), at: shared.a)
            let buyer = try await shared.buyer(), other = try await shared.buyer()
            let answer = try await buyer.order(
                try await buyer.hold(["seats": ["1-1", "1-2"], "areas": ["floor": 1]], of: show))
            let order = try Buyer.orderID(answer)
            let tickets = try #require(answer.json["tickets"]?.list?.compactMap { $0["ticketId"]?.text })
            #expect(try await other.refund(order).code == "order-not-found")
            let one = try await buyer.refund(order, tickets: [tickets[1]])
            #expect(one.status == 200 && one.json["amount"]?.integer == SampleShow.price, "\(one)")
            try await isRefunded(order, by: SampleShow.price, as: buyer)
            #expect(try await shared.status(ofSeat: 1, in: show, as: buyer) == "0")
            #expect(try await code(of: tickets[1], as: buyer) == nil)
            #expect(try await buyer.refund(order, tickets: [tickets[1]]).code == "ticket-unusable")
            let rest = try await buyer.refund(order)
            #expect(rest.json["amount"]?.integer == SampleShow.price + SampleShow.areaPrice, "\(rest)")
            try await isRefunded(order, by: 2 * SampleShow.price + SampleShow.areaPrice, as: buyer)
            _ = try await shared.buy(["1-1", "1-2"], of: show, by: other)
        }

        @Test("A ticket that is passed on lets its new owner in, and its old code nobody")
        func transfer() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let name = "user-\(String.random.prefix(8))"
            let buyer = try await shared.buyer(), friend = try await shared.buyer(name)
            let other = try await shared.buyer()
            let ticket = try await shared.buy(["1-1"], of: show, by: buyer).tickets[0]
            let old = try #require(try await code(of: ticket, as: buyer))
            #expect(try await friend.finally(.post, "tickets/\(ticket)/transfer/accept").code == "ticket-not-found")
            let offer = { try await buyer.finally(.post, "tickets/\(ticket)/transfer", ["to": .text(name)]) }
            #expect(try await offer().status == 200)
            #expect(try await other.finally(.post, "tickets/\(ticket)/transfer/accept").code == "ticket-not-found")
            #expect(try await friend.finally(.delete, "tickets/\(ticket)/transfer").status == 204)
            #expect(try await offer().status == 200)
            let accepted = try await friend.finally(.post, "tickets/\(ticket)/transfer/accept")
            #expect(accepted.status == 200, "\(accepted)")
            let refused = try await scan(ticket, old)
            #expect(refused.code == "ticket-unusable" && refused.json["reason"]?.text == "transferred", "\(refused)")
            #expect(try await code(of: ticket, as: buyer) == nil)
            #expect(try await shared.read("tickets/\(ticket)", as: buyer).status == 404)
            let new = try #require(try await code(of: ticket, as: friend))
            #expect(try await scan(ticket, new).status == 200)
        }

        @Test("A resold seat changes hands in one event, and its seller is refunded")
        func resale() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let seller = try await shared.buyer(), buyer = try await shared.buyer()
            let first = try await shared.buy(["1-1", "1-2"], of: show, by: seller)
            #expect(try await buyer.finally(.post, "tickets/\(first.tickets[0])/resale").code == "ticket-not-found")
            let listed = try await seller.finally(.post, "tickets/\(first.tickets[0])/resale")
            #expect(listed.json["price"]?.integer == SampleShow.price, "\(listed)")
            #expect(try await shared.status(ofSeat: 0, in: show, as: buyer) == "4")
            #expect(try await code(of: first.tickets[0], as: seller) == nil)
            let held = try await buyer.hold(["1-1"], of: show)
            #expect(try await seller.finally(.delete, "tickets/\(first.tickets[0])/resale").code == "ticket-unusable")
            let second = try await buyer.order(held)
            #expect(second.status == 201, "\(second)")
            #expect(try await shared.status(ofSeat: 0, in: show, as: buyer) == "2")
            try await isRefunded(first.order, by: SampleShow.price, as: seller)
            let sellers = try await shared.read("orders/\(first.order)", as: seller)
            let statuses = sellers.json["tickets"]?.list?.compactMap { $0["status"]?.text }
            #expect(statuses == ["resold", "valid"], "\(sellers)")
            let ticket = try #require(second.json["tickets"]?[0]?["ticketId"]?.text)
            let new = try #require(try await code(of: ticket, as: buyer))
            #expect(try await scan(ticket, new).status == 200)
        }

        @Test("A cancelled show gives all money back, and says how far it is")
        func cancellation() async throws {
            let plan = SampleShow(rows: 4, seatsPerRow: 10)
            let show = try await shared.cluster.create(plan, at: shared.a)
            let admin = try await shared.cluster.operator(at: shared.b), holder = try await shared.buyer()
            let sold = 30
            try await withThrowingTaskGroup { tasks in
                for seat in plan.seats.prefix(sold) {
                    tasks.addTask { _ = try await shared.buy([seat], of: show, by: try await shared.buyer()) }
                }
                try await tasks.waitForAll()
            }
            let held = try await holder.hold(["4-1"], of: show), paying = try await holder.hold(["4-2"], of: show)
            let open = try await holder.callers[0].post(
                "/api/v1/orders", paying.order("pm_card_timeoutBefore"), headers: ["Prefer": "wait=0"])
            #expect(open.status == 202, "\(open)")
            let cancelled = try await admin.finally(.post, "shows/\(show)/cancel")
            #expect(cancelled.status == 200 && cancelled.json["orders"]?.integer == Int64(sold), "\(cancelled)")
            #expect(try await holder.order(held).code == "show-cancelled")
            #expect(try await shared.read("me/holds", as: holder).json["holds"]?.list == [])
            var last: Int64 = 0
            try await eventually("all of it is refunded", within: .seconds(90)) {
                let answer = try await shared.read("shows/\(show)", as: holder)
                #expect(answer.json["status"]?.text == "cancelled", "\(answer)")
                let progress = try #require(answer.json["cancellation"], "\(answer)")
                #expect(progress["orders"]?.integer == Int64(sold))
                let refunded = try #require(progress["refunded"]?.integer)
                #expect(refunded >= last)
                last = refunded
                return refunded == Int64(sold)
            }
            let orders = try await shared.read("me/orders", as: holder)
            try await eventually("the open order has failed", within: .seconds(60)) {
                try await shared.read("me/orders", as: holder).json["orders"]?[0]?["failure"]?.text == "show-cancelled"
            }
            #expect(orders.json["orders"]?.list?.count == 1, "\(orders)")
        }
    }
}
