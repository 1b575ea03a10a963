import Domain
import HTTPTypes
import Testing

@Suite("Giving tickets away, and reselling them", .timeLimit(.minutes(5)))
struct TransferTests {
    @Test("Offered, accepted: the new owner's, under a new generation") func accepted() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let ticket = "\(try await node.order(show, by: "ann", #"{"seats":["s1"]}"#))-1"
            let offer = try await node.post("/tickets/\(ticket)/transfer", by: "ann", #"{"to":"bob"}"#)
            #expect(offer.status == 200)
            #expect(offer.text("offeredTo") == "bob")
            let twice = try await node.post("/tickets/\(ticket)/transfer", by: "ann", #"{"to":"cid"}"#)
            #expect(twice.problem == "409 ticket-unusable rejected offered")
            #expect(
                try await node.post("/tickets/\(ticket)/transfer/accept", by: "cid").problem
                    == "404 ticket-not-found rejected")
            let accepted = try await node.post("/tickets/\(ticket)/transfer/accept", by: "bob")
            #expect(accepted.status == 200)
            #expect(accepted.text("ownerId") == "bob")
            #expect(accepted.number("generation") == 2)
            let back = try await node.post("/tickets/\(ticket)/transfer", by: "ann", #"{"to":"cid"}"#)
            #expect(back.problem == "404 ticket-not-found rejected")
        }
    }

    @Test("Taken back by the owner, declined by the receiver, by nobody else", arguments: ["ann", "bob"])
    func withdrawn(by caller: String) async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let ticket = "\(try await node.order(show, by: "ann", #"{"seats":["s1"]}"#))-1"
            _ = try await node.post("/tickets/\(ticket)/transfer", by: "ann", #"{"to":"bob"}"#)
            let stranger = try await node.ask(.delete, "/tickets/\(ticket)/transfer", by: "cid")
            #expect(stranger.problem == "404 ticket-not-found rejected")
            let gone = try await node.ask(.delete, "/tickets/\(ticket)/transfer", by: caller)
            #expect(gone.status == 204)
            #expect(gone.body.isEmpty)
            #expect(try await node.post("/tickets/\(ticket)/transfer/accept", by: "bob").status == 404)
            let nothing = try await node.ask(.delete, "/tickets/\(ticket)/transfer", by: "ann")
            #expect(nothing.problem == "409 ticket-unusable rejected not-offered")
        }
    }

    @Test("To somebody, and not to oneself") func receivers() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let ticket = "\(try await node.order(show, by: "ann", #"{"seats":["s1"]}"#))-1"
            let before = await node.eventCount
            for body in [#"{"to":"ann"}"#, #"{"to":""}"#, #"{"to":"a b"}"#, #"{"to":null}"#, "{}"] {
                let answer = try await node.post("/tickets/\(ticket)/transfer", by: "ann", body)
                #expect(answer.problem == "400 invalid-request none", "\(body)")
            }
            #expect(await node.eventCount == before)
        }
    }

    @Test("A listed ticket's seat can be held by others, and not taken off resale meanwhile") func resale() async throws
    {
        try await CommandNode.run { node in
            let show = try await node.show()
            let ticket = "\(try await node.order(show, by: "ann", #"{"seats":["s1"]}"#))-1"
            let stranger = try await node.post("/tickets/\(ticket)/resale", by: "bob")
            #expect(stranger.problem == "404 ticket-not-found rejected")
            let listed = try await node.post("/tickets/\(ticket)/resale", by: "ann")
            #expect(listed.status == 200)
            #expect(listed.number("price") == 5_000)
            #expect(try await node.ask(.delete, "/tickets/\(ticket)/resale", by: "ann").status == 204)
            let none = try await node.ask(.delete, "/tickets/\(ticket)/resale", by: "ann")
            #expect(none.problem == "409 ticket-unusable rejected not-listed")
            _ = try await node.post("/tickets/\(ticket)/resale", by: "ann")
            #expect(try await node.post("/shows/\(show)/holds", by: "bob", #"{"seats":["s1"]}"#).status == 201)
            let held = try await node.ask(.delete, "/tickets/\(ticket)/resale", by: "ann")
            #expect(held.problem == "409 ticket-unusable rejected being-bought")
        }
    }

    @Test("Standing room has nothing to resell") func area() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1"],"areas":{"floor":1}}"#)
            #expect(
                try await node.post("/tickets/\(order)-2/resale", by: "ann").problem == "422 not-resellable rejected")
        }
    }

    @Test("A ticket id that is none never reaches the log") func badIDs() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let before = await node.eventCount
            for id in ["x", "\(show)-1", "\(show)-o1-", "\(show)-o1-x", "\(show)-o1-01", "%20"] {
                for path in ["transfer/accept", "resale"] {
                    let answer = try await node.post("/tickets/\(id)/\(path)", by: "ann")
                    #expect(answer.problem == "404 ticket-not-found none", "\(id)")
                }
            }
            #expect(await node.eventCount == before)
        }
    }
}
