import Foundation
import Testing
import TestSupport

extension OneCluster {
    @Suite("Finding shows, over HTTP")
    struct SearchTests {
        let shared = SharedCluster.current

        /// Different in every run: other tests' shows are on the same log.
        private let mark: String = "Zyx" + String(UUID().uuidString.filter(\.isLetter).prefix(8))

        private func create(_ more: [String: JSON] = [:]) async throws -> Answer {
            let admin = try await shared.cluster.admin(at: shared.a)
            var body: [String: JSON] = [
                "name": .text("Nuit des \(mark)"), "artist": "Beyoncé",
                "venue": ["name": "Große Halle", "city": "Köln"],
                "startsAt": "2035-06-16T18:00:00Z", "currency": "EUR", "prices": ["A": 100],
                "areas": [["areaId": "a", "name": "A", "capacity": 2, "category": "A"]], "category": "concert",
            ]
            for (key, value) in more { body[key] = value }
            let answer = try await admin.post("/api/v1/shows", .object(body.filter { $0.value != .null }))
            #expect(answer.status == 201, "\(answer)")
            return answer
        }

        private func search(_ query: String, by caller: Caller, after token: String?) async throws -> Answer {
            let escaped = try #require(query.addingPercentEncoding(withAllowedCharacters: .urlQueryAllowed))
            return try await caller.get(
                "/api/v1/shows?\(escaped)",
                headers: token.map { ["Last-Seen-Sequence": $0] } ?? [:])
        }

        private func ids(_ answer: Answer) -> [String] {
            #expect(answer.status == 200, "\(answer)")
            return (answer.json["shows"]?.list ?? []).compactMap { $0["showId"]?.text }
        }

        @Test("Who creates a show finds it on every node, by its token") func readYourWrites() async throws {
            for round in 0..<5 {
                let created = try await create(["name": .text("Round \(round) \(mark)")])
                let id = try #require(created.json["showId"]?.text)
                for node in shared.nodes {
                    let found = try await search("q=\(mark) \(round)", by: Caller(node: node), after: created.sequence)
                    #expect(ids(found) == [id])
                    #expect(try position(of: found.sequence) >= position(of: created.sequence))
                    #expect(found.json["total"] == 1)
                    #expect(found.json["facets"]?["city"] == [["value": "Köln", "count": 1]])
                    #expect(found.json["facets"]?["month"] == [["value": "2035-06", "count": 1]])
                }
            }
        }

        @Test("A hold's token is no wait for the search, and a show that is full is sold out") func soldOut()
            async throws
        {
            let created = try await create()
            let id = try #require(created.json["showId"]?.text)
            let user = try await shared.cluster.user(at: shared.a)
            let held = try await user.post("/api/v1/shows/\(id)/holds", ["areas": ["a": 2]])
            #expect(held.status == 201, "\(held)")
            for node in shared.nodes {
                let full = try await search("q=\(mark)&status=sold-out", by: Caller(node: node), after: held.sequence)
                #expect(ids(full) == [id])
                #expect(full.json["shows"]?[0]?["status"] == "sold-out")
                #expect(full.json["shows"]?[0]?["available"] == 0)
                #expect(
                    ids(try await search("q=\(mark)&status=on-sale", by: Caller(node: node), after: held.sequence))
                        == [])
            }
            let hold = try #require(held.json["holdId"]?.text)
            let released = try await user.delete("/api/v1/holds/\(hold)")
            let free = try await search(
                "q=\(mark)&status=on-sale", by: Caller(node: shared.b), after: released.sequence)
            #expect(ids(free) == [id])
        }

        @Test("A draft is found, read and listed by admins only") func drafts() async throws {
            let created = try await create(["draft": true])
            let id = try #require(created.json["showId"]?.text)
            let admin = try await shared.cluster.admin(at: shared.b)
            let user = try await shared.cluster.user(at: shared.b)
            for caller in [user, Caller(node: shared.b)] {
                let found = try await search("q=\(mark)", by: caller, after: created.sequence)
                #expect(ids(found) == [])
                #expect(found.json["total"] == 0)
                #expect(found.json["facets"]?["status"] == [])
                for path in ["", "/availability", "/seating-plan"] {
                    let hidden = try await caller.get(
                        "/api/v1/shows/\(id)\(path)", headers: ["Last-Seen-Sequence": try #require(created.sequence)])
                    #expect(hidden.code == "show-not-found", "\(hidden)")
                }
            }
            let found = try await search("q=\(mark)", by: admin, after: created.sequence)
            #expect(ids(found) == [id])
            #expect(found.json["shows"]?[0]?["status"] == "draft")
        }

        @Test("Pages follow each other, and their cursor is no other search's") func pages() async throws {
            var last: Answer?
            var all: Set<String> = []
            for _ in 0..<7 {
                last = try await create()
                all.insert(try #require(last?.json["showId"]?.text))
            }
            let caller = Caller(node: shared.b)
            var seen: [String] = []
            var cursor = ""
            var first: String?
            while true {
                let page = try await search("q=\(mark)&limit=3\(cursor)", by: caller, after: last?.sequence)
                seen += ids(page)
                #expect((page.json["facets"] == nil) == (first != nil))
                guard let next = page.json["nextCursor"]?.text else { break }
                first = first ?? next
                cursor = "&cursor=\(next)"
            }
            #expect(seen.count == 7 && Set(seen) == all)
            let stolen = try #require(first)
            for query in [
                "q=other&cursor=\(stolen)", "q=\(mark)&sort=name&cursor=\(stolen)", "cursor=\(stolen)",
                "q=\(mark)&cursor=\(stolen)x", "q=\(mark)&cursor=3",
            ] {
                let refused = try await search(query, by: caller, after: nil)
                #expect(
                    refused.status == 400 && refused.json["detail"]?.text?.hasPrefix("cursor") == true, "\(refused)")
            }
        }

        private static let tooLong = "q=" + String(repeating: "x", count: 201)
        private static let tooWide = "city=" + String(repeating: "ü", count: 201)

        @Test(
            "A parameter that can't be is named",
            arguments: [
                ("from", "from=yesterday"), ("to", "to=2035-13-01"), ("to", "from=2035-02-01&to=2035-01-01"),
                ("status", "status=maybe"), ("status", "status=on-sale,"), ("near", "near=53.5"),
                ("near", "near=91,0,5"),
                ("near", "near=0,0,0"), ("near", "near=nan,0,1"), ("near", "near=0,0,1e3"), ("near", "near=0,0,5,6"),
                ("sort", "sort=price"), ("sort", "sort=relevance"), ("sort", "q=a&sort=distance"),
                ("limit", "q=a&limit=0"),
                ("limit", "q=a&limit=101"), ("cursor", "q=a&cursor=s"), ("venueId", "venueId=a b"),
                ("q", Self.tooLong), ("q", "q=a&q=b"),
                ("city", Self.tooWide),
            ])
        func refusals(name: String, query: String) async throws {
            let refused = try await search(query, by: Caller(node: shared.a), after: nil)
            #expect(refused.status == 400, "\(refused)")
            #expect(refused.code == "invalid-request")
            #expect(refused.json["detail"]?.text?.hasPrefix(name + " ") == true, "\(refused)")
        }

        @Test("A venue made once has many shows, which are found near it") func venues() async throws {
            let admin = try await shared.cluster.admin(at: shared.a)
            let venue = try await admin.post(
                "/api/v1/venues",
                [
                    "name": .text("Hall \(mark)"), "city": "Suva", "country": "FJ", "timeZone": "Pacific/Fiji",
                    "location": ["lat": -18.14, "lon": 178.44],
                    "areas": [["areaId": "a", "name": "A", "capacity": 2, "category": "A"]],
                ])
            #expect(venue.status == 201, "\(venue)")
            let venueID = try #require(venue.json["venueId"]?.text)
            let read = try await Caller(node: shared.replica).get(
                "/api/v1/venues/\(venueID)", headers: ["Last-Seen-Sequence": try #require(venue.sequence)])
            #expect(read.json["timeZone"] == "Pacific/Fiji", "\(read)")
            let first = try await create(["venue": nil, "areas": nil, "venueId": .text(venueID)])
            let second = try await create(["venue": nil, "areas": nil, "venueId": .text(venueID)])
            let shows = Set([first, second].compactMap { $0.json["showId"]?.text })
            let caller = Caller(node: shared.replica)
            for query in [
                "venueId=\(venueID)", "near=-17,-179.9,400&q=\(mark)", "venue=hall \(mark)", "q=\(mark)&city=SUVA",
            ] {
                let found = try await search(query, by: caller, after: second.sequence)
                #expect(Set(ids(found)) == shows, "\(query)")
                let show = try #require(found.json["shows"]?[0])
                #expect(show["venue"]?["venueId"] == .text(venueID))
                #expect((show["distanceKm"] != nil) == query.hasPrefix("near"))
            }
            let past = try await admin.get(
                "/api/v1/shows/\(shows.sorted()[0])?as-of=\(try #require(second.sequence))")
            #expect(past.status == 200 && past.json["asOf"]?["sequence"] == second.sequence.map(JSON.text), "\(past)")
        }
    }
}
