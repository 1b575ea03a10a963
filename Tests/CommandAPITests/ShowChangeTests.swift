import Domain
import HTTPTypes
import Testing

@Suite("Shows that change while they are sold")
struct ShowChangeTests {
    private static let types =
        #"{"ticketTypes":{"A":[{"name":"adult","price":5000},{"name":"child","price":1000,"fee":50,"tax":95,"maxPerOrder":2}]}}"#

    @Test("A patch describes the show anew, and says all of it") func description() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let changed = try await node.ask(
                .patch, "/shows/\(show)", by: "root:admin",
                """
                {"name":"Another night","venue":{"timeZone":"Asia/Kathmandu"},"startsAt":"2040-01-01T20:00:00Z",
                "doorsAt":"2040-01-01T19:00:00Z","offSaleAt":"2040-01-01T12:00:00Z","prices":{"A":6000}}
                """)
            #expect(changed.status == 200)
            #expect(changed.text("name") == "Another night")
            #expect(changed.text("startsAtLocal") == "2040-01-02T01:45:00.000+05:45")
            #expect(changed.text("doorsAt") == "2040-01-01T19:00:00.000Z")
            let hold = try await node.post("/shows/\(show)/holds", by: "ann", #"{"seats":["s1"]}"#)
            #expect(hold.number("total") == 6000)
        }
    }

    @Test("A patch may say that it is a merge patch; nothing else may") func mediaType() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let type = "application/merge-patch+json; charset=utf-8"
            let changed = try await node.ask(
                .patch, "/shows/\(show)", by: "root:admin", #"{"name":"Merged"}"#, type: type)
            #expect(changed.text("name") == "Merged")
            let held = try await node.ask(
                .post, "/shows/\(show)/holds", by: "ann", #"{"quantity":1}"#, type: type)
            #expect(held.problem == "415 unsupported-media-type none")
        }
    }

    @Test(
        "What can't be is refused, and says why",
        arguments: [
            (#"{"onSaleAt":"2041-01-01T00:00:00Z"}"#, "422 invalid-change rejected"),
            (#"{"offSaleAt":"2020-01-01T00:00:00Z","onSaleAt":"2021-01-01T00:00:00Z"}"#, "422 invalid-change rejected"),
            (#"{"prices":{"A":null}}"#, "422 invalid-change rejected"),
            (#"{"draft":true}"#, "422 invalid-change rejected"),
            (#"{"venue":{"timeZone":"Mars/Olympus"}}"#, "400 invalid-request none"),
            (#"{"startsAt":null}"#, "400 invalid-request none"), (#"{"colour":"red"}"#, "400 unknown-member none"),
            (#"{}"#, "400 invalid-request none"),
            (
                #"{"areas":[{"areaId":"floor","name":"Floor","capacity":0,"category":"B"}]}"#,
                "422 invalid-change rejected"
            ),
        ])
    func refusals(body: String, problem: String) async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            #expect(try await node.ask(.patch, "/shows/\(show)", by: "root:admin", body).problem == problem)
            #expect(try await node.ask(.patch, "/shows/\(show)", by: "ann", body).problem == "403 forbidden none")
        }
    }

    @Test("A sale ends when the show starts, or when it says so") func saleEnds() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            _ = try await node.ask(.patch, "/shows/\(show)", by: "root:admin", #"{"startsAt":"2020-01-01T00:00:00Z"}"#)
            let late = try await node.post("/shows/\(show)/holds", by: "ann", #"{"quantity":1}"#)
            #expect(late.problem == "409 sale-ended rejected")
            #expect(late.text("offSaleAt") == "2020-01-01T00:00:00.000Z")
            _ = try await node.ask(
                .patch, "/shows/\(show)", by: "root:admin", #"{"startsAt":"2040-01-01T00:00:00Z","postponed":true}"#)
            #expect(
                try await node.post("/shows/\(show)/holds", by: "ann", #"{"quantity":1}"#).problem
                    == "409 show-postponed rejected")
        }
    }

    @Test("A place is priced by its ticket type, and a type has its limits") func ticketTypes() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            #expect(try await node.ask(.patch, "/shows/\(show)", by: "root:admin", Self.types).status == 200)
            let hold = try await node.post(
                "/shows/\(show)/holds", by: "ann", #"{"seats":["s1","s2"],"ticketTypes":{"s2":"child"}}"#)
            #expect(hold.number("total") == 6145 && hold.number("fees") == 50 && hold.number("tax") == 95)
            #expect(hold.body.contains(#""ticketTypes":{"s1":"adult","s2":"child"}"#))
            let many = try await node.post(
                "/shows/\(show)/holds", by: "bob", #"{"quantity":3,"category":"A","ticketTypes":{"child":3}}"#)
            #expect(many.problem == "422 too-many-of-ticket-type rejected" && many.number("limit") == 2)
            #expect(
                try await node.post(
                    "/shows/\(show)/holds", by: "bob", #"{"seats":["s4"],"ticketTypes":{"s4":"dog"}}"#
                ).problem == "422 unknown-ticket-type rejected")
        }
    }

    @Test("Seats are added, moved and taken out where nobody has them, all or nothing") func places() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let hold = try await node.post("/shows/\(show)/holds", by: "ann", #"{"seats":["s5"]}"#)
            #expect(hold.status == 201)
            func plan(_ seats: [String]) -> String {
                let list = seats.map { #"{"seat_guid":"\#($0)","category":"A"}"# }.joined(separator: ",")
                return
                    #"{"seatingPlan":{"name":"P","categories":[{"name":"A"}],"zones":[{"rows":[{"seats":[\#(list)]}]}]}}"#
            }
            let without = try await node.ask(.patch, "/shows/\(show)", by: "root:admin", plan(["s1", "s2"]))
            #expect(without.problem == "409 places-in-use rejected")
            #expect(without.body.contains(#"{"seat":"s5","reason":"held"}"#))
            let with = try await node.ask(.patch, "/shows/\(show)", by: "root:admin", plan(["new", "s5", "s2"]))
            #expect(with.status == 200 && with.number("capacity") == 103)
            #expect(try await node.post("/shows/\(show)/holds", by: "bob", #"{"seats":["new","s2"]}"#).status == 201)
            #expect(
                try await node.post("/shows/\(show)/holds", by: "bob", #"{"seats":["s5"]}"#).problem
                    == "409 seats-unavailable rejected")
            #expect(
                try await node.post("/shows/\(show)/holds", by: "bob", #"{"seats":["s1"]}"#).problem
                    == "422 unknown-seat rejected")
        }
    }

    @Test("A hold gets places, drops places, and gets more time") func holds() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let hold = try await node.post("/shows/\(show)/holds", by: "ann", #"{"seats":["s1","s2"]}"#)
            let id = try #require(hold.text("holdId"))
            let changed = try await node.ask(
                .patch, "/holds/\(id)", by: "ann",
                #"{"add":{"seats":["s3"],"areas":{"floor":1}},"drop":{"seats":["s1"]}}"#)
            #expect(changed.status == 200 && changed.texts("seats") == ["s2", "s3"])
            #expect(changed.number("total") == 10_000 && changed.text("holdId") == id)
            #expect((changed.number("fencingToken") ?? 0) > (hold.number("fencingToken") ?? 0))
            #expect(
                try await node.ask(.patch, "/holds/\(id)", by: "ann", #"{"drop":{"seats":["s1"]}}"#).problem
                    == "422 not-in-hold rejected")
            #expect(
                try await node.ask(.patch, "/holds/\(id)", by: "bob", #"{"drop":{"seats":["s2"]}}"#).problem
                    == "404 hold-not-found rejected")
            #expect(try await node.post("/shows/\(show)/holds", by: "bob", #"{"seats":["s1"]}"#).status == 201)
            let taken = try await node.ask(.patch, "/holds/\(id)", by: "ann", #"{"add":{"seats":["s1","s4"]}}"#)
            #expect(taken.problem == "409 seats-unavailable rejected")
            let extended = try await node.post("/holds/\(id)/extend", by: "ann")
            #expect(extended.status == 200 && extended.texts("seats") == ["s2", "s3"])
        }
    }

    @Test("Blocked places are nobody's, and a channel's are for its own") func allocations() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let body = #"""
                {"allocations":[{"name":"house","label":"House seats","seats":["s1"]},
                {"name":"sponsor","channel":"acme","seats":["s2"],"areas":{"floor":100}}]}
                """#
            let set = try await node.ask(.put, "/shows/\(show)/allocations", by: "root:admin", body)
            #expect(set.status == 200)
            #expect(
                try await node.ask(.put, "/shows/\(show)/allocations", by: "root:admin", body, key: "2").status == 204)
            let refused = try await node.post("/shows/\(show)/holds", by: "ann", #"{"seats":["s1","s2"]}"#)
            #expect(refused.body.contains(#"{"seat":"s1","reason":"blocked"},{"seat":"s2","reason":"blocked"}"#))
            #expect(
                try await node.post("/shows/\(show)/holds", by: "ann", #"{"areas":{"floor":1}}"#).problem
                    == "409 seats-unavailable rejected")
            #expect(
                try await node.ask(.put, "/shows/\(show)/allocations", by: "root:admin", #"{"allocations":[]}"#).status
                    == 200)
            #expect(try await node.post("/shows/\(show)/holds", by: "ann", #"{"seats":["s1","s2"]}"#).status == 201)
        }
    }

    @Test("One user holds and owns no more than the show allows") func share() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            _ = try await node.ask(.patch, "/shows/\(show)", by: "root:admin", #"{"maxSeatsPerUser":3}"#)
            #expect(try await node.post("/shows/\(show)/holds", by: "ann", #"{"quantity":2}"#).status == 201)
            let more = try await node.post("/shows/\(show)/holds", by: "ann", #"{"quantity":2}"#)
            #expect(more.problem == "409 user-limit rejected" && more.number("limit") == 3)
            #expect(try await node.post("/shows/\(show)/holds", by: "bob", #"{"quantity":3}"#).status == 201)
        }
    }
}
