import Foundation
import HTTPTypes
import Testing

/// What is wrong with a show is told all at once.
@Suite struct `A show that can't be` {
    @Test func `is refused with everything that is wrong, and its places`() async throws {
        try await CommandNode.run { node in
            let seat = #"{"seat_guid":"s1","category":"A"}"#
            let answer = try await node.post(
                "/shows", by: "root:admin",
                """
                {"name":"n","artist":"a","venue":{"name":"Hall","city":"Gent"},"startsAt":"2040-01-01T20:00:00Z",
                "currency":"eur","prices":{"A":-1},"holdSeconds":0,
                "areas":[{"areaId":"a","name":"A","capacity":0,"category":"A"},
                         {"areaId":"a","name":"A","capacity":1,"category":"B"}],
                "seatingPlan":{"name":"p","categories":[{"name":"A"},{"name":"C"}],
                  "zones":[{"rows":[{"seats":[\(seat),\(seat),{"seat_guid":"s2","category":"C"},
                    {"seat_guid":"s3","category":"D"}]}]}]}}
                """)
            #expect(answer.problem == "422 invalid-show none")
            #expect(
                try places(answer) == [
                    "seatingPlan.zones[0].rows[0].seats[3].category", "prices.A", "holdSeconds", "currency",
                    "areas[0].capacity", "areas[1].areaId", "areas[1].category", "prices.C",
                    "seatingPlan.zones[0].rows[0].seats[1].seat_guid",
                ])
            #expect(
                answer.text("detail")
                    == "Seat s3 is of category D, which the plan doesn't have. And 8 more: see faults.")
        }
    }

    @Test func `has the same places in a patch`() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let answer = try await node.ask(
                .patch, "/shows/\(show)", by: "root:admin",
                """
                {"seatingPlan":{"name":"p","categories":[{"name":"A"}],
                 "zones":[{"rows":[{"seats":[{"seat_guid":"s1","category":"A"},{"seat_guid":"s1","category":"D"}]}]}]}}
                """)
            #expect(answer.problem == "422 invalid-seating-plan none")
            #expect(
                try places(answer) == [
                    "seatingPlan.zones[0].rows[0].seats[1].category", "seatingPlan.zones[0].rows[0].seats[1].seat_guid",
                ])
        }
    }

    private func places(_ answer: Answer) throws -> [String] {
        let document = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        let faults = try #require(document?["faults"] as? [[String: Any]])
        return faults.compactMap { $0["at"] as? String }
    }
}
