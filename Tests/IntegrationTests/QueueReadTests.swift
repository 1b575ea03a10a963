import Domain
import Foundation
import Testing
import TestSupport

extension OneCluster {
    @Suite("A waiting room as people see it")
    struct QueueReadTests {
        let shared = SharedCluster.current

        /// A show whose room has these settings, and people who have joined it at both nodes, one after the other.
        private func room(
            _ settings: JSON, people: Int
        ) async throws -> (path: String, show: String, people: [(caller: Caller, entry: String)], sequence: String) {
            let show = try await shared.cluster.create(SampleShow(areas: ["floor": 100]), at: shared.a)
            let path = "/api/v1/shows/\(show)/queue"
            let set = try await shared.cluster.admin(at: shared.a).put(path, settings)
            try #require(set.status == 200, "\(set)")
            var joined: [(caller: Caller, entry: String)] = []
            var sequence = ""
            for number in 0..<people {
                let caller = try await shared.cluster.user(at: number % 2 == 0 ? shared.a : shared.b)
                let answer = try await caller.post("\(path)/entries", bytes: [])
                try #require(answer.status == 201, "\(answer)")
                joined.append((caller.at(shared.replica), try #require(answer.json["entryId"]?.text)))
                sequence = try #require(answer.sequence)
            }
            return (path, show, joined, sequence)
        }

        @Test("Places are exact on another node; a stream tells them as they move, and the admission that holds need")
        func line() async throws {
            let (path, show, people, sequence) = try await room(
                ["opensAt": "2020-01-01T00:00:00Z", "admitPerMinute": 60_000, "maxActive": 1], people: 4)
            for (index, person) in people.enumerated() {
                let own = try await person.caller.get(
                    "\(path)/entries/\(person.entry)", headers: ["Last-Seen-Sequence": sequence])
                try #require(own.status == 200, "\(own)")
                #expect(own.json["number"] == .integer(Int64(index + 1)))
                #expect(
                    try await person.caller.get("/api/v1/me/queue").json["entries"]?[0]?["entryId"]?.text
                        == person.entry)
                let other = people[(index + 1) % people.count].entry
                #expect(try await person.caller.get("\(path)/entries/\(other)").code == "entry-not-found")
            }
            let last = people[3]
            var (status, events) = try await last.caller.stream("\(path)/entries/\(last.entry)/stream")
            #expect(status == 200)
            var ahead: Int64 = 3
            var admission: String?
            for leaving in people.prefix(3) {
                try await eventually("\(leaving.entry) is admitted", within: .seconds(60)) {
                    try await leaving.caller.get("\(path)/entries/\(leaving.entry)").json["status"] == "admitted"
                }
                let left = try await leaving.caller.at(shared.a).delete("\(path)/entries/\(leaving.entry)")
                #expect(left.json["status"] == "done", "\(left)")
            }
            while admission == nil {
                let event = try #require(try await events.next(), "the stream ended")
                #expect(event.name == "queue")
                let entry = try JSON(parsing: event.data.utf8)
                if let now = entry["ahead"]?.integer {
                    #expect(now <= ahead)
                    ahead = now
                }
                admission = entry["admission"]?.text
            }
            let held = try await last.caller.at(shared.b).post(
                "/api/v1/shows/\(show)/holds", ["areas": ["floor": 1]], headers: ["Admission": try #require(admission)])
            #expect(held.status == 201, "\(held)")
            let publicStatus = try await Caller(node: shared.replica).get(
                path, headers: ["Last-Seen-Sequence": try #require(held.sequence)])
            #expect(publicStatus.json["servedThrough"] == 4 && publicStatus.json["waiting"] == 0)
            #expect(publicStatus.header("Cache-Control") == "public, max-age=1")
        }

        @Test("The draw's file is enough to compute the order again, and owners find their number in it")
        func draw() async throws {
            let opensAt = Date().addingTimeInterval(3).formatted(.iso8601)
            let (path, _, people, sequence) = try await room(
                [
                    "prequeueFrom": "2020-01-01T00:00:00Z", "opensAt": .text(opensAt), "admitPerMinute": 60,
                    "maxActive": 1,
                ], people: 5)
            let early = try await people[0].caller.get(
                "\(path)/entries/\(people[0].entry)", headers: ["Last-Seen-Sequence": sequence])
            #expect(early.json["number"] == .null && early.json["state"] == "prequeue", "\(early)")
            var draw: PublishedDraw?
            try await eventually("the draw is held", within: .seconds(60)) {
                let file = try await Caller(node: shared.replica).get("\(path)/draw")
                draw = try JSONDecoder().decode(PublishedDraw.self, from: Data(file.text.utf8))
                return draw?.order != nil
            }
            let file = try #require(draw)
            try file.verify()
            #expect(file.entrants == people.map(\.entry))
            for person in people {
                let number = try await person.caller.get("\(path)/entries/\(person.entry)").json["number"]?.integer
                #expect(number.map { file.order?[Int($0) - 1] } == person.entry)
            }
        }
    }
}
