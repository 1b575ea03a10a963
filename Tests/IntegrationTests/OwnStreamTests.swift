import Testing
import TestSupport

extension OneCluster {
    @Suite("What is the caller's own, as it happens")
    struct OwnStreamTests {
        let shared = SharedCluster.current

        /// The next event, which has to be of this name.
        private func next(_ name: String, _ events: inout ServerSentEvents) async throws -> (id: String, data: JSON) {
            let event = try #require(try await events.next(), "the stream ended")
            #expect(event.name == name)
            return (try #require(event.id), try JSON(parsing: event.data.utf8))
        }

        @Test("Holds are told as they come and go; a reader that comes back misses nothing, on whichever node")
        func holds() async throws {
            let plan = SampleShow(rows: 2, seatsPerRow: 10)
            let show = try await shared.cluster.create(plan, at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let other = try await shared.cluster.user(at: shared.a)
            let first = try await user.post("/api/v1/shows/\(show)/holds", Hold.seats([plan.seats[0]]))
            var (status, events) = try await user.at(shared.replica).stream(
                "/api/v1/me/stream", headers: ["Last-Seen-Sequence": try #require(first.sequence)])
            #expect(status == 200)
            let snapshot = try await next("snapshot", &events).data
            #expect(snapshot["holds"]?.list?.map { $0["holdId"] } == [first.json["holdId"]])

            _ = try await other.post("/api/v1/shows/\(show)/holds", Hold.seats([plan.seats[1]]))
            let second = try await user.at(shared.b).post("/api/v1/shows/\(show)/holds", Hold.seats([plan.seats[2]]))
            let placed = try await next("hold", &events)
            #expect(placed.id == second.sequence)
            #expect(placed.data == second.json)
            let id = try #require(first.json["holdId"]?.text)
            let released = try await user.delete("/api/v1/holds/\(id)")
            let ended = try await next("hold", &events)
            #expect(ended.id == released.sequence)
            #expect(ended.data == ["holdId": .text(id), "showId": .text(show), "status": "released"])

            // Nobody listens meanwhile.
            let third = try await user.post("/api/v1/shows/\(show)/holds", Hold.seats([plan.seats[3]]))
            let latest = try #require(third.sequence)
            (status, events) = try await user.at(shared.b).stream(
                "/api/v1/me/stream", headers: ["Last-Event-ID": latest])
            #expect(status == 200)
            let again = try await next("snapshot", &events)
            #expect(try position(of: again.id) >= position(of: latest))
            #expect(
                again.data["holds"]?.list?.compactMap { $0["holdId"]?.text }
                    == [second, third].compactMap { $0.json["holdId"]?.text })
        }

        @Test("A browser's cookie opens the stream, and nothing else") func cookie() async throws {
            let user = try await shared.cluster.user(at: shared.replica)
            let browser = Caller(node: shared.replica)
            let cookie = "a=b; Access-Token=\(try #require(user.token))"
            var (status, events) = try await browser.stream("/api/v1/me/stream", headers: ["Cookie": cookie])
            #expect(status == 200)
            #expect(try await next("snapshot", &events).data["holds"] == [])
            #expect(try await browser.get("/api/v1/me/holds", headers: ["Cookie": cookie]).status == 401)
            #expect(try await browser.get("/api/v1/me/stream").status == 401)
            #expect(try await browser.get("/api/v1/me/stream", headers: ["Cookie": "Access-Token=x"]).status == 401)
        }
    }
}
