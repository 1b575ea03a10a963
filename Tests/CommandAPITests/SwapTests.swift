import Domain
import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("Giving tickets other seats", .timeLimit(.minutes(5)))
struct SwapTests {
    private func swap(_ order: OrderID, _ seats: [Int: String], _ more: String = "") -> String {
        let swaps = seats.sorted { $0.key < $1.key }.map { #"{"ticket":"\#(order)-\#($0)","seat":"\#($1)"}"# }
        return #"{"swaps":[\#(swaps.joined(separator: ","))]\#(more)}"#
    }

    @Test("All in one step; the old seats are to be had again, and the same key gets the same answer")
    func swapped() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2"]}"#)
            let body = swap(order, [1: "s5", 2: "s6"])
            let answer = try await node.post("/orders/\(order)/swap", by: "root:admin", body, key: "k")
            #expect(answer.status == 200, "\(answer.body)")
            #expect(
                answer.body.hasPrefix(
                    #"{"orderId":"\#(order)","swapped":[{"ticketId":"\#(order)-1","seat":"s5","generation":2,"amount":5000},"#
                ))
            #expect(answer.number("refunded") == 0)
            #expect(answer.text("refundId") == nil)
            let again = try await node.post("/orders/\(order)/swap", by: "root:admin", body, key: "k")
            #expect(again.body == answer.body)
            #expect(again.headers[.idempotentReplayed] == "true")
            let id = try #require(answer.headers[.commandID])
            let recorded = try await node.ask(.get, "/commands/\(id)", by: "root:admin")
            #expect(recorded.body.contains("\"outcome\":\(answer.body)"))
            #expect(try await node.post("/shows/\(show)/holds", by: "bob", #"{"seats":["s1","s2"]}"#).status == 201)
            let taken = try await node.post("/orders/\(order)/swap", by: "root:admin", swap(order, [1: "s3", 2: "s1"]))
            #expect(taken.problem == "409 seats-unavailable rejected")
            #expect(taken.body.contains(#""conflicts":[{"seat":"s1","reason":"held"}]"#))
        }
    }

    @Test("Cheaper seats send the difference back; dearer ones name it, and are given where it is waived")
    func difference() async throws {
        try await CommandNode.run { node in
            let answer = try await node.post(
                "/shows", by: "root:admin",
                """
                {"name":"Night","artist":"Band","venue":{"name":"Hall","city":"Gent"},"startsAt":"2040-01-01T20:00:00Z",
                "currency":"EUR","prices":{"A":5000,"B":2000},"seatingPlan":{"name":"Plan","categories":[{"name":"A"},{"name":"B"}],
                "zones":[{"rows":[{"seats":[{"seat_guid":"a1","category":"A"},{"seat_guid":"b1","category":"B"},
                {"seat_guid":"a2","category":"A"},{"seat_guid":"b2","category":"B"}]}]}]}}
                """)
            let show = ShowID(try #require(answer.text("showId"), "\(answer.body)"))
            let order = try await node.order(show, by: "ann", #"{"seats":["a1"]}"#)
            let path = "/orders/\(order)/swap"
            let cheaper = try await node.post(
                path, by: "root:admin", swap(order, [1: "b1"], #","difference":"refund""#))
            #expect(cheaper.number("refunded") == 3_000)
            #expect(cheaper.text("refundId") == "\(order)-r1")
            let dearer = try await node.post(path, by: "root:admin", swap(order, [1: "a2"]))
            #expect(dearer.problem == "409 swap-costs-more rejected")
            #expect(dearer.number("difference") == 3_000)
            let waived = try await node.post(path, by: "root:admin", swap(order, [1: "a2"], #","difference":"waive""#))
            #expect(waived.status == 200, "\(waived.body)")
            #expect(waived.body.contains(#""generation":3,"amount":2000"#))
            #expect(try await node.post("/orders/\(order)/refund", by: "ann").number("amount") == 2_000)
        }
    }

    @Test("By the back office alone, of what can be meant") func refused() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1"],"areas":{"floor":1}}"#)
            let path = "/orders/\(order)/swap"
            let good = swap(order, [1: "s2"])
            #expect(try await node.post(path, by: nil, good).status == 401)
            for caller in ["ann", "door:scanner", "sue:support"] {
                #expect(try await node.post(path, by: caller, good).problem == "403 forbidden none", "\(caller)")
            }
            let before = await node.eventCount
            let cases = [
                (#"{"swaps":[]}"#, "400 invalid-request none"), ("{}", "400 invalid-request none"),
                ("", "400 invalid-json none"),
                (swap(order, [1: "s2"], #","difference":"charge""#), "400 invalid-request none"),
                (
                    #"{"swaps":[{"ticket":"\#(order)-1","seat":"s2"},{"ticket":"\#(order)-1","seat":"s3"}]}"#,
                    "400 invalid-request none"
                ),
                (
                    #"{"swaps":[{"ticket":"\#(order)-1","seat":"s2","ticketType":"x"}],"difference":"waive"}"#,
                    "400 invalid-request none"
                ),
                (#"{"swaps":[{"ticket":"\#(show)-o-1","seat":"s2"}]}"#, "404 ticket-not-found none"),
                (swap(order, [1: ""]), "422 unknown-seat none"),
                (swap(order, [1: "nowhere"]), "422 unknown-seat rejected"),
                (swap(order, [2: "s3"]), "422 not-swappable rejected"),
                (swap(order, [3: "s3"]), "404 ticket-not-found rejected"),
            ]
            for (body, problem) in cases {
                #expect(try await node.post(path, by: "root:admin", body).problem == problem, "\(body)")
            }
            #expect(await node.eventCount == before)
        }
    }
}
