import Domain
import Foundation
import HTTPTypes
import Testing

@Suite("At the door", .timeLimit(.minutes(5)))
struct ScanTests {
    @Test("The first scan lets in, the second says when the first was") func twice() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let ticket = "\(try await node.order(show, by: "ann", #"{"seats":["s1"]}"#))-1"
            let scan = try await node.post(
                "/tickets/\(ticket)/scan", by: "eve:scanner:\(show)", #"{"code":"\#(ticket)/1"}"#, key: "k")
            #expect(scan.status == 200)
            #expect(scan.text("ticketId") == ticket)
            let scannedAt = try #require(scan.text("scannedAt"))
            node.clock.advance(seconds: 60)
            let second = try await node.post(
                "/tickets/\(ticket)/scan", by: "door2:scanner:\(show)", #"{"code":"\#(ticket)/1"}"#)
            #expect(second.problem == "409 ticket-already-scanned rejected")
            #expect(second.text("scannedAt") == scannedAt)
            // A door whose answer got lost asks again, and is still the first.
            let again = try await node.post(
                "/tickets/\(ticket)/scan", by: "eve:scanner:\(show)", #"{"code":"\#(ticket)/1"}"#, key: "k")
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
                    "/tickets/\(order)-1/scan", by: "eve:scanner:\(show)", #"{"code":"\#(code)"}"#, key: "k")
                #expect(answer.problem == "422 invalid-ticket-code none", "\(code)")
            }
            #expect(
                try await node.post("/tickets/\(order)-1/scan", by: "eve:scanner:\(show)", "{}").problem
                    == "400 invalid-request none")
            #expect(
                try await node.post("/tickets/x/scan", by: "eve:scanner:\(show)", #"{"code":"x/1"}"#).problem
                    == "404 ticket-not-found none")
            #expect(await node.eventCount == before)
            // The key is free still: the right code gets in with it.
            let right = try await node.post(
                "/tickets/\(order)-1/scan", by: "eve:scanner:\(show)", #"{"code":"\#(order)-1/1"}"#, key: "k")
            #expect(right.status == 200)
        }
    }

    @Test("An old owner's code, and a ticket that was given back, let nobody in") func unusable() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2","s3"]}"#)
            func scan(_ number: Int, _ generation: Int) async throws -> String {
                try await node.post(
                    "/tickets/\(order)-\(number)/scan", by: "eve:scanner:\(show)",
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

    @Test("A scanner is for a show: another's ticket is refused and not used") func otherShow() async throws {
        try await CommandNode.run { node in
            let (show, other) = (try await node.show(), try await node.show())
            let ticket = "\(try await node.order(show, by: "ann", #"{"seats":["s1"]}"#))-1"
            let before = await node.eventCount
            func scan(by caller: String) async throws -> String {
                try await node.post("/tickets/\(ticket)/scan", by: caller, #"{"code":"\#(ticket)/1"}"#).problem
            }
            #expect(try await scan(by: "eve:scanner") == "403 forbidden none")
            #expect(try await scan(by: "eve:supervisor") == "403 forbidden none")
            #expect(try await scan(by: "eve:scanner:\(other)") == "403 ticket-wrong-show none")
            #expect(try await scan(by: "eve:support:\(show)") == "403 forbidden none")
            #expect(await node.eventCount == before)
            #expect(try await scan(by: "eve:scanner:\(other),\(show)").hasPrefix("200"))
        }
    }

    @Test("The answer says where to go, and a second scan where the first was") func answers() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1"],"areas":{"floor":1}}"#)
            let door = "eve:scanner:\(show):north"
            func scan(_ number: Int, by caller: String, _ more: String = "") async throws -> Answer {
                try await node.post(
                    "/tickets/\(order)-\(number)/scan", by: caller, #"{"code":"\#(order)-\#(number)/1"\#(more)}"#)
            }
            let seat = try await scan(1, by: door)
            #expect(seat.text("seat") == "s1" && seat.text("category") == "A" && seat.text("gate") == "north")
            #expect(seat.text("direction") == "in")
            let again = try await scan(1, by: "max:scanner:\(show):south")
            #expect(again.problem == "409 ticket-already-scanned rejected" && again.text("gate") == "north")
            #expect(try await scan(2, by: "max:scanner:\(show)::balcony").problem == "409 ticket-wrong-area rejected")
            #expect(try await scan(2, by: door, #","gate":"south""#).problem == "403 forbidden none")
            let unit = try await scan(2, by: "max:scanner:\(show)::floor", #","gate":"Süd","direction":"in""#)
            #expect(unit.text("area") == "floor" && unit.text("block") == "Floor" && unit.text("gate") == "Süd")
            #expect(try await scan(2, by: door, #","direction":"up""#).problem == "400 invalid-request none")
            #expect(try await scan(2, by: "root:admin", #","gate":"a\u202Eb""#).problem == "400 invalid-request none")
        }
    }

    @Test("Who leaves may come back; a supervisor takes a scan back, and the money can go back") func undoing()
        async throws
    {
        try await CommandNode.run { node in
            let show = try await node.show()
            let ticket = "\(try await node.order(show, by: "ann", #"{"seats":["s1"]}"#))-1"
            let door = "eve:scanner:\(show)"
            func pass(_ direction: String) async throws -> Answer {
                try await node.post(
                    "/tickets/\(ticket)/scan", by: door, #"{"code":"\#(ticket)/1","direction":"\#(direction)"}"#)
            }
            func undo(by caller: String) async throws -> Answer {
                try await node.ask(.delete, "/tickets/\(ticket)/scan", by: caller)
            }
            #expect(try await pass("out").problem == "409 ticket-unusable rejected not-scanned")
            #expect(try await pass("in").status == 200)
            #expect(try await pass("out").text("direction") == "out")
            #expect(try await pass("in").status == 200)
            #expect(try await undo(by: door).problem == "403 forbidden none")
            #expect(try await undo(by: "max:supervisor:elsewhere").problem == "403 ticket-wrong-show none")
            for status in ["outside", "scanned", "valid"] {
                let undone = try await undo(by: "max:supervisor:\(show)")
                #expect(undone.status == 200 && undone.text("status") == status, "\(undone.body)")
            }
            #expect(try await undo(by: "root:admin").problem == "409 ticket-unusable rejected not-scanned")
            let order = String(ticket.dropLast(2))
            #expect(try await node.post("/orders/\(order)/refund", by: "ann").status == 200)
        }
    }

    @Test("Scans of a device without a network come in later, each with what became of it") func uploads() async throws
    {
        try await CommandNode.run { node in
            let (show, other) = (try await node.show(), try await node.show())
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2"]}"#)
            let foreign = try await node.order(other, by: "ann", #"{"seats":["s1"]}"#)
            node.clock.advance(seconds: 3_600)
            let at = node.clock.now.adding(seconds: -60).rfc3339
            let body = """
                {"scans":[
                {"code":"\(order)-1/1","scannedAt":"\(at)"},
                {"code":"\(order)-1/1","scannedAt":"\(at)","gate":"south"},
                {"code":"forged","scannedAt":"\(at)"},
                {"code":"\(foreign)-1/1","scannedAt":"\(at)"},
                {"code":"\(order)-2/1","scannedAt":"yesterday"},
                {"code":"\(order)-2/1","scannedAt":"2099-01-01T00:00:00Z"},
                {"code":"\(order)-2/1","scannedAt":"1999-01-01T00:00:00Z"}]}
                """
            let path = "/shows/\(show)/scans/uploads"
            let answer = try await node.post(path, by: "eve:scanner:\(show)", body)
            #expect(answer.status == 200, "\(answer.body)")
            #expect(answer.number("recorded") == 1 && answer.number("refused") == 6)
            for code in [
                "ticket-already-scanned", "invalid-ticket-code", "ticket-wrong-show", "scan-time-unreadable",
                "scan-time-in-future", "scan-time-before-show",
            ] {
                #expect(answer.body.components(separatedBy: "\"code\":\"\(code)\"").count == 2, "\(code)")
            }
            let again = try await node.post(path, by: "eve:scanner:\(show)", body)
            #expect(again.number("recorded") == 0 && again.number("repeated") == 1)
            #expect(try await node.post(path, by: "eve:scanner:\(other)", body).problem == "403 ticket-wrong-show none")
            #expect(
                try await node.post(path, by: "eve:scanner:\(show)", #"{"scans":[]}"#).problem
                    == "400 invalid-request none")
        }
    }

    @Test("A node that can't check codes has no such call") func noKey() async throws {
        try await CommandNode.run(readsCodes: false) { node in
            let answer = try await node.post("/tickets/show-o1-1/scan", by: "eve:scanner:show", #"{"code":"x"}"#)
            #expect(answer.status == 404)
            #expect(answer.text("code") == "not-found")
        }
    }
}
