import Testing
import TestSupport

extension OneCluster {
    @Suite("Reading shows")
    struct ReadingTests {
        let shared = SharedCluster.current

        @Test("The seat map has a tag that holds as long as it does, and what changed since a version is told alone")
        func versions() async throws {
            let plan = SampleShow(rows: 10, seatsPerRow: 20, areas: ["floor": 9, "side": 9])
            let show = try await shared.cluster.create(plan, at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let path = "/api/v1/shows/\(show)/availability"
            let first = try await user.get(path, headers: ["Last-Seen-Sequence": "head"])
            let tag = try #require(first.header("ETag"))
            let version = try #require(first.json["version"]?.text)
            #expect(tag == "\"\(version)\"")
            #expect(first.json["statuses"]?.text == String(repeating: "0", count: 200))
            for known in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let same = try await user.at(shared.a).get(path, headers: ["If-None-Match": known])
                #expect(same.status == 304, "\(known)")
                #expect(same.byteCount == 0)
            }
            let held = try await user.post(
                "/api/v1/shows/\(show)/holds", ["seats": ["1-2", "10-20"], "areas": ["side": 2]])
            for node in shared.nodes {
                let fresh = ["Last-Seen-Sequence": try #require(held.sequence), "If-None-Match": tag]
                let changed = try await user.at(node).get("\(path)?since=\(version)", headers: fresh)
                #expect(changed.status == 200, "\(changed)")
                #expect(changed.json["since"]?.text == version)
                #expect(changed.json["version"]?.text == held.sequence)
                #expect(changed.json["changes"] == [[1, 1], [199, 1]])
                #expect(changed.json["areas"]?.list?.count == 1)
                #expect(changed.json["areas"]?[0]?["areaId"] == "side")
                #expect(changed.json["areas"]?[0]?["available"] == 7)
                #expect(changed.json["statuses"] == nil)
                let nothing = try await user.at(node).get("\(path)?since=\(held.sequence ?? "")")
                #expect(nothing.json["changes"] == [])
                #expect(nothing.json["areas"] == [])
            }
            for bad in ["x", "1", "-1.1", "1.1&since=1.2", "%00"] {
                let answer = try await user.get("\(path)?since=\(bad)")
                #expect(answer.status == 400, "\(bad): \(answer)")
            }
        }

        @Test("After many changes since a version, the whole is given instead")
        func whole() async throws {
            let show = try await shared.cluster.create(SampleShow(rows: 2, seatsPerRow: 10), at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let path = "/api/v1/shows/\(show)/availability"
            let first = try await user.get(path, headers: ["Last-Seen-Sequence": "head"])
            for _ in 0..<4 { _ = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(5)) }
            let later = try await user.get(
                "\(path)?since=\(first.json["version"]?.text ?? "")", headers: ["Last-Seen-Sequence": "head"])
            #expect(later.json["changes"] == nil)
            #expect(later.json["statuses"]?.text == String(repeating: "1", count: 20))
        }

        @Test("The list goes through all shows by its cursor, each once, and a cursor that is none is a 400")
        func list() async throws {
            var created: Set<String> = []
            for _ in 0..<5 { created.insert(try await shared.cluster.create(SampleShow(rows: 1), at: shared.a)) }
            var seen: [String] = []
            var query = "?limit=2"
            let anybody = Caller(node: shared.replica)
            repeat {
                let page = try await anybody.get("/api/v1/shows\(query)", headers: ["Last-Seen-Sequence": "head"])
                #expect(page.status == 200, "\(page)")
                let shows = try #require(page.json["shows"]?.list)
                #expect(shows.count <= 2)
                seen += shows.compactMap { $0["showId"]?.text }
                query = page.json["nextCursor"]?.text.map { "?limit=2&cursor=\($0)" } ?? ""
            } while !query.isEmpty
            #expect(created.isSubset(of: seen))
            #expect(Set(seen).count == seen.count)
            for bad in [
                "cursor=x", "cursor=-1", "cursor=99999999", "cursor=9223372036854775808", "cursor=", "cursor=%00",
                "limit=0",
                "limit=101", "limit=x", "limit=1e9", "limit=9223372036854775808", "limit=1&limit=2",
            ] {
                let answer = try await anybody.get("/api/v1/shows?\(bad)")
                #expect(answer.status == 400, "\(bad): \(answer)")
                #expect(answer.code == "invalid-request", "\(bad): \(answer)")
            }
        }

        @Test("A stream tells every change once, in order; resumed by its last id on another replica it misses nothing")
        func stream() async throws {
            let plan = SampleShow(rows: 10, seatsPerRow: 10)
            let show = try await shared.cluster.create(plan, at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let path = "/api/v1/shows/\(show)/availability/stream"
            var statuses: [Character] = []
            var lastID = ""

            func follow(_ event: ServerSentEvents.Event) throws {
                #expect(event.name == "availability")
                let id = try #require(event.id)
                let place = try position(of: id), before = try lastID.isEmpty ? -1 : position(of: lastID)
                #expect(place > before)
                lastID = id
                let data = try JSON(parsing: event.data.utf8)
                #expect(data["version"]?.text == id)
                if let whole = data["statuses"]?.text { statuses = Array(whole) }
                for change in data["changes"]?.list ?? [] {
                    let index = try #require(change[0]?.integer), status = try #require(change[1]?.integer)
                    statuses[Int(index)] = Character(String(status))
                }
            }
            func followUntil(_ token: String?, _ events: inout ServerSentEvents) async throws {
                let goal = try position(of: token)
                while try lastID.isEmpty || position(of: lastID) < goal {
                    try follow(try #require(try await events.next(), "the stream ended"))
                }
            }

            var (status, events) = try await user.at(shared.replica).stream(
                path, headers: ["Last-Seen-Sequence": "head"])
            #expect(status == 200)
            try follow(try #require(try await events.next()))
            #expect(statuses == Array(repeating: "0", count: 100))
            var last: Answer?
            for index in 0..<10 {
                last = try await user.at(index.isMultiple(of: 2) ? shared.a : shared.b)
                    .post("/api/v1/shows/\(show)/holds", Hold.seats(plan.seats[index * 7]))
            }
            try await followUntil(last?.sequence, &events)
            #expect(statuses.count { $0 == "1" } == 10)

            // Nobody listens meanwhile.
            for index in 10..<14 {
                last = try await user.post("/api/v1/shows/\(show)/holds", Hold.seats(plan.seats[index * 7]))
            }
            (status, events) = try await user.at(shared.b).stream(path, headers: ["Last-Event-ID": lastID])
            #expect(status == 200)
            try await followUntil(last?.sequence, &events)
            let ledger = try await shared.cluster.ledger()
            #expect(String(statuses) == ledger.shows[show]?.statuses)
        }

        @Test("Streams of shows that are not there, and tokens that are none, are refused before they begin")
        func badStreams() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let anybody = Caller(node: shared.replica)
            #expect(try await anybody.get("/api/v1/shows/none/availability/stream").code == "show-not-found")
            for bad in ["x", "1", "1.x", "99999999999999999999.1"] {
                let answer = try await anybody.get(
                    "/api/v1/shows/\(show)/availability/stream",
                    headers: ["Last-Event-ID": bad, "Last-Seen-Sequence": "head"])
                #expect(answer.code == "invalid-sequence", "\(bad): \(answer)")
            }
        }

        @Test("What is not there is a 404, what is not allowed a 405, both as problem documents")
        func routes() async throws {
            let user = try await shared.cluster.user(at: shared.a)
            for path in [
                "/", "/api", "/api/v1", "/api/v1/nothing", "/api/v2/shows", "/health", "/api/v1/shows/a/b/c/d",
            ] {
                let answer = try await user.get(path)
                #expect(answer.status == 404, "\(path): \(answer)")
                #expect(answer.code == "not-found", "\(path): \(answer)")
            }
            let wrong = try await user.delete("/api/v1/shows")
            #expect(wrong.status == 405, "\(wrong)")
            #expect(wrong.code == "method-not-allowed")
            #expect(wrong.header("Allow")?.contains("GET") == true)
            // A query replica takes no commands.
            let elsewhere = try await user.at(shared.replica).post("/api/v1/shows/x/holds", Hold.best(1))
            #expect(elsewhere.status == 404 || elsewhere.status == 405, "\(elsewhere)")
        }
    }
}
