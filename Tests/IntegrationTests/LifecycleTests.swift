import Foundation
import Testing
import TestSupport

extension OneCluster {
    @Suite("A hold's life")
    struct LifecycleTests {
        let shared = SharedCluster.current

        private func map(_ show: String, on node: Node, after token: String? = nil) async throws -> Answer {
            try await Caller(node: node).get(
                "/api/v1/shows/\(show)/availability",
                headers: token.map { ["Last-Seen-Sequence": $0] } ?? [:])
        }

        @Test(
            "A hold has all that was asked for, by seats, by area and by quantity, with price, time and fencing token")
        func placing() async throws {
            let show = try await shared.cluster.create(SampleShow(areas: ["floor": 50]), at: shared.a)
            let user = try await shared.cluster.user("heidi", at: shared.a)
            let path = "/api/v1/shows/\(show)/holds"
            let both = try await user.post(path, ["seats": ["2-3", "1-9"], "areas": ["floor": 2]])
            #expect(both.status == 201, "\(both)")
            #expect(both.json["seats"] == ["1-9", "2-3"])
            #expect(both.json["areas"] == ["floor": 2])
            #expect(both.json["total"] == .integer(2 * SampleShow.price + 2 * SampleShow.areaPrice))
            #expect(both.json["currency"] == "EUR")
            #expect(both.json["userId"] == "heidi")
            #expect(both.json["status"] == "active")
            #expect(both.json["fencingToken"]?.integer == (try position(of: both.sequence)))
            let hold = try #require(both.json["holdId"]?.text)
            #expect(both.header("Location") == "/api/v1/holds/\(hold)")
            let best = try await user.post(path, Hold.best(4))
            #expect(best.json["seats"] == ["1-1", "1-2", "1-3", "1-4"])
            let inFloor = try await user.post(path, ["quantity": 3, "category": "Floor"])
            #expect(inFloor.json["areas"] == ["floor": 3], "\(inFloor)")
            for node in shared.nodes {
                let read = try await user.at(node).get(
                    "/api/v1/holds/\(hold)", headers: ["Last-Seen-Sequence": try #require(both.sequence)])
                #expect(read.json == both.json)
                let counts = try await map(show, on: node, after: inFloor.sequence)
                #expect(counts.json["held"] == 11)
                #expect(counts.json["available"] == .integer(90 - 11))
                #expect(counts.json["capacity"] == 90)
                #expect(counts.json["areas"]?[0]?["held"] == 5)
            }
        }

        @Test("A released hold is gone everywhere, its seats are free, and it can't be released again")
        func releasing() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let placed = try await user.post("/api/v1/shows/\(show)/holds", Hold.seats("1-1", "1-2"))
            let hold = try #require(placed.json["holdId"]?.text)
            let released = try await user.at(shared.b).delete("/api/v1/holds/\(hold)")
            #expect(released.status == 204, "\(released)")
            #expect(released.byteCount == 0)
            for node in shared.nodes {
                let fresh = ["Last-Seen-Sequence": try #require(released.sequence)]
                #expect(try await user.at(node).get("/api/v1/me/holds", headers: fresh).json["holds"] == [])
                #expect(try await user.at(node).get("/api/v1/holds/\(hold)", headers: fresh).status == 404)
                #expect(try await map(show, on: node, after: released.sequence).json["held"] == 0)
            }
            let again = try await user.delete("/api/v1/holds/\(hold)")
            #expect(again.status == 404, "\(again)")
            #expect(again.code == "hold-not-found")
            #expect(again.outcome == "rejected")
            #expect(try await user.post("/api/v1/shows/\(show)/holds", Hold.seats("1-1")).status == 201)
        }

        @Test("A hold ends by itself when its time is over: seen on every replica, without anybody asking")
        func expiring() async throws {
            let show = try await shared.cluster.create(SampleShow(holdSeconds: 1), at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let started = ContinuousClock.now
            let placed = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(3))
            let hold = try #require(placed.json["holdId"]?.text)
            let seen = try await map(show, on: shared.replica, after: placed.sequence)
            if .now - started < .seconds(1) { #expect(seen.json["held"] == 3) }
            for node in shared.nodes {
                try await eventually("the hold is over on \(node.name)", within: .seconds(10)) {
                    try await map(show, on: node).json["held"] == 0
                }
                #expect(try await user.at(node).get("/api/v1/holds/\(hold)").status == 404)
            }
            #expect(.now - started >= .milliseconds(900), "over before its time")
            #expect(try await user.delete("/api/v1/holds/\(hold)").code == "hold-not-found")
        }

        @Test("Overdue seats can be had at once, by whoever asks, on the other node too")
        func overdue() async throws {
            let show = try await shared.cluster.create(
                SampleShow(rows: 1, seatsPerRow: 2, holdSeconds: 1), at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let placed = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(2))
            #expect(placed.status == 201)
            let other = try await shared.cluster.user(at: shared.b)
            let expiry = try #require(placed.json["expiresAt"]?.text)
            let end = try Date(expiry, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))
            try await Task.sleep(for: .seconds(max(0, end.timeIntervalSinceNow) + 0.001))
            let taken = try await other.post("/api/v1/shows/\(show)/holds", Hold.best(2))
            #expect(taken.status == 201, "\(taken)")
            #expect(try await shared.cluster.ledger().shows[show]?.holds.count == 1)
        }

        @Test("Before its on-sale time a show can be seen and not held; from then on it can")
        func onSale() async throws {
            let opens = Date.now.addingTimeInterval(4)
            let show = try await shared.cluster.create(SampleShow(onSaleAt: opens), at: shared.a)
            let user = try await shared.cluster.user(at: shared.b)
            let path = "/api/v1/shows/\(show)/holds"
            let early = try await user.post(path, Hold.best(1), key: "early")
            #expect(early.status == 409, "\(early)")
            #expect(early.code == "not-on-sale")
            #expect(early.json["onSaleAt"]?.text?.isEmpty == false)
            try await Task.sleep(for: .seconds(max(0, opens.timeIntervalSinceNow) + 0.002))
            let refusedForGood = try await user.post(path, Hold.best(1), key: "early")
            #expect(refusedForGood.status == 409)
            #expect(refusedForGood.body == early.body)
            #expect(try await user.post(path, Hold.best(1)).status == 201)
        }

        @Test("A show that is sold to the last seat says how many are left, and offers what there is")
        func scarcity() async throws {
            let show = try await shared.cluster.create(
                SampleShow(rows: 1, seatsPerRow: 4, areas: ["floor": 3], maxSeatsPerHold: 10), at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let path = "/api/v1/shows/\(show)/holds"
            #expect(
                try await user.post(path, Hold.best(8)).json["conflicts"] == [
                    ["reason": "too-few-left", "available": 7]
                ])
            #expect(try await user.post(path, Hold.best(7)).status == 201)
            let late = try await user.post(path, ["areas": ["floor": 1]])
            #expect(late.json["conflicts"] == [["area": "floor", "reason": "too-few-left", "available": 0]])
            let seat = try await user.post(path, Hold.seats("1-1", "1-4"))
            #expect(seat.json["conflicts"] == [["seat": "1-1", "reason": "held"], ["seat": "1-4", "reason": "held"]])
        }
    }
}
