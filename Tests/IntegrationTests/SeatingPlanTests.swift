import Testing

extension OneCluster {
    @Suite("Seating plans")
    struct SeatingPlanTests {
        let shared = SharedCluster.current

        /// `SampleShow`'s body with another seating plan.
        private func body(_ change: (inout JSON) throws -> Void) throws -> JSON {
            var show = try #require(try JSON(parsing: SampleShow(rows: 2, seatsPerRow: 3).body).object)
            var plan = try #require(show["seatingPlan"])
            try change(&plan)
            show["seatingPlan"] = plan
            return .object(show)
        }

        private func seat(_ guid: JSON, category: JSON = "Stalls") -> JSON {
            ["seat_guid": guid, "seat_number": "1", "position": ["x": 1, "y": 1], "category": category]
        }

        private func plan(seats: [JSON], categories: [JSON] = [["name": "Stalls", "color": "red"]]) -> JSON {
            [
                "name": "Hall", "size": ["width": 1, "height": 1], "categories": .list(categories),
                "zones": [
                    ["name": "Z", "position": ["x": 0, "y": 0], "rows": [["row_number": "1", "seats": .list(seats)]]]
                ],
            ]
        }

        @Test("Duplicate seats, unknown categories, no seats and impossible ids are refused, and say what is wrong")
        func refused() async throws {
            let admin = try await shared.cluster.admin(at: shared.a)
            let stalls: JSON = ["name": "Stalls", "color": "red"]
            let bad: [(String, JSON)] = [
                ("duplicate seats", plan(seats: [seat("A"), seat("B"), seat("A")])),
                ("unknown category", plan(seats: [seat("A", category: "Balcony")])),
                ("no seats", plan(seats: [])),
                ("no categories", plan(seats: [seat("A")], categories: [])),
                ("two categories of one name", plan(seats: [seat("A")], categories: [stalls, stalls])),
                ("256 characters", plan(seats: [seat(.text(String(repeating: "s", count: 256)))])),
                ("NUL", plan(seats: [seat(.text("A\u{0}"))])),
                ("right to left", plan(seats: [seat("\u{202E}A")])),
                ("empty id", plan(seats: [seat("")])),
            ]
            for (name, plan) in bad {
                let answer = try await admin.post("/api/v1/shows", body { $0 = plan })
                #expect(answer.status == 422, "\(name): \(answer)")
                #expect(answer.code == "invalid-seating-plan", "\(name): \(answer)")
                #expect(answer.json["detail"]?.text?.isEmpty == false, "\(name)")
                #expect(answer.json["faults"]?[0]?["at"]?.text?.hasPrefix("seatingPlan.") == true, "\(answer)")
            }
            for (name, plan): (String, JSON) in [
                ("a number", 1), ("no zones", ["name": "x", "categories": [stalls]]),
                ("a seat's id is a number", plan(seats: [seat(1)])),
                (
                    "a position out of range",
                    plan(
                        seats: [seat("A")].map { seat in
                            guard case .object(var members) = seat else { return seat }
                            members["position"] = ["x": "far", "y": 0]
                            return .object(members)
                        })
                ),
            ] {
                let answer = try await admin.post("/api/v1/shows", body { $0 = plan })
                #expect(answer.status == 400, "\(name): \(answer)")
                #expect(answer.code == "invalid-request", "\(name): \(answer)")
            }
        }

        @Test("A seat is sold under the id that its plan has, in any script")
        func guids() async throws {
            let admin = try await shared.cluster.admin(at: shared.a)
            let user = try await shared.cluster.user(at: shared.b)
            let guids = ["Reihe 1 Platz 2", "Königsloge ü", "座席 1", String(repeating: "g", count: 255)]
            let created = try await admin.post(
                "/api/v1/shows", body { $0 = plan(seats: guids.map { seat(.text($0)) }) })
            #expect(created.status == 201, "\(created)")
            let show = try #require(created.json["showId"]?.text)
            let held = try await user.post("/api/v1/shows/\(show)/holds", Hold.seats(guids))
            #expect(held.status == 201, "\(held)")
            #expect(held.json["seats"] == .list(guids.map(JSON.text)))
        }

        @Test("Coordinates out of range are a 400, not an infinity")
        func coordinates() async throws {
            let admin = try await shared.cluster.admin(at: shared.a)
            let text = String(decoding: SampleShow(rows: 1, seatsPerRow: 1).body, as: UTF8.self)
            for number in ["1e400", "-1e400", "NaN"] {
                let body = text.replacing("\"position\":{\"x\":1,", with: "\"position\":{\"x\":\(number),")
                let answer = try await admin.post("/api/v1/shows", bytes: Array(body.utf8))
                #expect(answer.status == 400, "\(number): \(answer)")
            }
        }

        @Test(
            "The plan comes back as it came, unknown members and all, and need not be sent again")
        func roundTrip() async throws {
            let admin = try await shared.cluster.admin(at: shared.a)
            let created = try await admin.post(
                "/api/v1/shows",
                body { plan in
                    guard case .object(var members) = plan else { return }
                    members["editor"] = ["zoom": 3]
                    plan = .object(members)
                })
            #expect(created.status == 201, "\(created)")
            let show = try #require(created.json["showId"]?.text)
            for node in shared.nodes {
                let anybody = Caller(node: node)
                let path = "/api/v1/shows/\(show)/seating-plan"
                let answer = try await anybody.get(
                    path, headers: ["Last-Seen-Sequence": try #require(created.sequence)])
                #expect(answer.status == 200, "\(answer)")
                let rows = answer.json["zones"]?[0]?["rows"]
                #expect(rows?.list?.count == 2)
                #expect(rows?[1]?["seats"]?[2]?["seat_guid"] == "2-3")
                #expect(rows?[1]?["seats"]?[2]?["category"] == "Stalls")
                #expect(answer.json["editor"] == ["zoom": 3])
                #expect(answer.header("Cache-Control") == "no-cache")
                let tag = try #require(answer.header("ETag"))
                #expect(try await anybody.get(path, headers: ["If-None-Match": tag]).status == 304)
            }
        }

        @Test(
            "A plan of 100,000 seats is accepted, can be held in, and has a seat map of 100,000 digits on every replica"
        )
        func large() async throws {
            let plan = SampleShow(rows: 500, seatsPerRow: 200)
            let show = try await shared.cluster.create(plan, at: shared.a)
            let user = try await shared.cluster.user(at: shared.b)
            let held = try await user.post("/api/v1/shows/\(show)/holds", Hold.seats("1-1", "250-100", "500-200"))
            #expect(held.status == 201, "\(held)")
            let best = try await user.at(shared.a).post("/api/v1/shows/\(show)/holds", Hold.best(6))
            #expect(best.status == 201, "\(best)")
            #expect(best.json["seats"] == .list((2...7).map { .text("1-\($0)") }))
            for node in shared.nodes {
                let map = try await user.at(node).get(
                    "/api/v1/shows/\(show)/availability",
                    headers: ["Last-Seen-Sequence": try #require(best.sequence)])
                let statuses = Array(try #require(map.json["statuses"]?.text?.utf8))
                #expect(statuses.count == 100_000)
                #expect(statuses.count { $0 == UInt8(ascii: "1") } == 9)
                #expect(statuses[249 * 200 + 99] == UInt8(ascii: "1") && statuses[99_999] == UInt8(ascii: "1"))
                let whole = try await user.at(node).get("/api/v1/shows/\(show)/seating-plan")
                // Not parsed: that takes the tests longer than the node.
                #expect(whole.status == 200 && whole.byteCount > 5_000_000 && whole.text.contains("\"500-200\""))
            }
        }

        @Test("A plan of 200,200 seats is too many")
        func tooLarge() async throws {
            let admin = try await shared.cluster.admin(at: shared.a)
            let answer = try await admin.post("/api/v1/shows", bytes: SampleShow(rows: 1001, seatsPerRow: 200).body)
            #expect(answer.status == 422 || answer.status == 413, "\(answer)")
        }
    }
}
