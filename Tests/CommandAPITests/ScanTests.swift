import Domain
import Testing

@Suite("At the door", .timeLimit(.minutes(5)))
struct ScanTests {
    @Test("The first scan lets in, the second says when the first was") func twice() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let ticket = "\(try await node.order(show, by: "ann", #"{"seats":["s1"]}"#))-1"
            let scan = try await node.post(
                "/tickets/\(ticket)/scan", by: "eve:scanner", #"{"code":"\#(ticket)/1"}"#, key: "k")
            #expect(scan.status == 200)
            #expect(scan.text("ticketId") == ticket)
            let scannedAt = try #require(scan.text("scannedAt"))
            node.clock.advance(seconds: 60)
            let second = try await node.post(
                "/tickets/\(ticket)/scan", by: "door2:scanner", #"{"code":"\#(ticket)/1"}"#)
            #expect(second.problem == "409 ticket-already-scanned rejected")
            #expect(second.text("scannedAt") == scannedAt)
            // A door whose answer got lost asks again, and is still the first.
            let again = try await node.post(
                "/tickets/\(ticket)/scan", by: "eve:scanner", #"{"code":"\#(ticket)/1"}"#, key: "k")
            #expect(again.status == 200)
        }
    }

    @Test("Scanners and admins only") func roles() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2"]}"#)
            let body = #"{"code":"\#(order)-1/1"}"#
            #expect(try await node.post("/tickets/\(order)-1/scan", by: "ann", body).problem == "403 forbidden none")
            #expect(try await node.post("/tickets/\(order)-1/scan", by: nil, body).status == 401)
            #expect(try await node.post("/tickets/\(order)-1/scan", by: "root:admin", body).status == 200)
        }
    }

    @Test("A code that is none, or another ticket's, is recorded by nobody") func badCodes() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2"]}"#)
            let long = "\(order)-1/1" + String(repeating: "0", count: 3000)
            let before = await node.eventCount
            for code in ["", "forged", "\(order)-2/1", "\(order)-1/1/another-show", long] {
                let answer = try await node.post(
                    "/tickets/\(order)-1/scan", by: "eve:scanner", #"{"code":"\#(code)"}"#, key: "k")
                #expect(answer.problem == "422 invalid-ticket-code none", "\(code)")
            }
            #expect(
                try await node.post("/tickets/\(order)-1/scan", by: "eve:scanner", "{}").problem
                    == "400 invalid-request none")
            #expect(
                try await node.post("/tickets/x/scan", by: "eve:scanner", #"{"code":"x/1"}"#).problem
                    == "404 ticket-not-found none")
            #expect(await node.eventCount == before)
            // The key is free still: the right code gets in with it.
            let right = try await node.post(
                "/tickets/\(order)-1/scan", by: "eve:scanner", #"{"code":"\#(order)-1/1"}"#, key: "k")
            #expect(right.status == 200)
        }
    }

    @Test("An old owner's code, and a ticket that was given back, let nobody in") func unusable() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2","s3"]}"#)
            func scan(_ number: Int, _ generation: Int) async throws -> String {
                try await node.post(
                    "/tickets/\(order)-\(number)/scan", by: "eve:scanner",
                    #"{"code":"\#(order)-\#(number)/\#(generation)"}"#
                ).problem
            }
            _ = try await node.post("/tickets/\(order)-1/transfer", by: "ann", #"{"to":"bob"}"#)
            _ = try await node.post("/tickets/\(order)-1/transfer/accept", by: "bob")
            #expect(try await scan(1, 1) == "409 ticket-unusable rejected transferred")
            #expect(try await scan(1, 2).hasPrefix("200"))
            _ = try await node.post("/orders/\(order)/refund", by: "ann", #"{"tickets":["\#(order)-2"]}"#)
            #expect(try await scan(2, 1) == "409 ticket-unusable rejected returned")
            _ = try await node.post("/tickets/\(order)-3/resale", by: "ann")
            #expect(try await scan(3, 1) == "409 ticket-unusable rejected listed")
            #expect(try await scan(4, 1) == "404 ticket-not-found rejected")
        }
    }

    @Test("A node that can't check codes has no such call") func noKey() async throws {
        try await CommandNode.run(readsCodes: false) { node in
            let answer = try await node.post("/tickets/show-o1-1/scan", by: "eve:scanner", #"{"code":"x"}"#)
            #expect(answer.status == 404)
            #expect(answer.text("code") == "not-found")
        }
    }
}
