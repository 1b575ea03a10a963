import Foundation
import Testing

extension OneCluster {
    /// Whatever is sent, the answer is a 4xx with a problem document, nothing reaches the log, and the next request is
    /// served as if nothing had been.
    @Suite("Bad input")
    struct BadInputTests {
        let shared = SharedCluster.current

        private struct Stage {
            var user: Caller
            var show: String
            var holds: String { "/api/v1/shows/\(show)/holds" }
        }

        private func stage(_ plan: SampleShow = SampleShow()) async throws -> Stage {
            Stage(
                user: try await shared.cluster.user(at: shared.a),
                show: try await shared.cluster.create(plan, at: shared.a))
        }

        /// The node still answers, and does what is asked.
        private func expectServing(_ stage: Stage) async throws {
            let answer = try await stage.user.post(stage.holds, Hold.best(1))
            #expect(answer.status == 201, "\(answer)")
        }

        @Test(
            "Malformed JSON is a 400 and says so",
            arguments: [
                "", "{", "}", "nul", "{\"quantity\":}", "{\"quantity\":1,}", "{'quantity':1}", "{\"quantity\":01}",
                "{\"quantity\":1}}", "{\"quantity\":1} x", "\u{FEFF}\u{FEFF}{\"quantity\":1}",
                "{\"seats\":[\"\\ud800\"]}",
                "{\"quantity\":NaN}", "{\"seats\":[\"a\nb\"]}",
            ])
        func malformed(body: String) async throws {
            let stage = try await stage()
            let answer = try await stage.user.post(stage.holds, bytes: Array(body.utf8))
            #expect(answer.status == 400, "\(answer)")
            #expect(answer.code == "invalid-json", "\(answer)")
        }

        @Test("JSON that is not UTF-8, or compressed, or another type is refused", arguments: 0..<4)
        func foreign(variant: Int) async throws {
            let stage = try await stage()
            let answer =
                switch variant {
                case 0:
                    try await stage.user.post(
                        stage.holds, bytes: Array("{\"seats\":[\"".utf8) + [0xFF, 0xFE] + Array("\"]}".utf8))
                case 1:
                    try await stage.user.post(
                        stage.holds,
                        bytes: Array("{\"quantity\":1}".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }))
                case 2: try await stage.user.post(stage.holds, Hold.best(1), headers: ["Content-Encoding": "gzip"])
                default: try await stage.user.post(stage.holds, Hold.best(1), headers: ["Content-Type": "text/plain"])
                }
            #expect(answer.status == (variant < 2 ? 400 : 415), "\(answer)")
            #expect(answer.code == (variant < 2 ? "invalid-json" : "unsupported-media-type"))
        }

        @Test("JSON nested thousands of levels deep is a 400, as arrays, objects, and where an unknown field holds it")
        func deep() async throws {
            let stage = try await stage()
            // As deep as a body of 16 KiB can be.
            let levels = 2_600
            let arrays = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
            let objects = String(repeating: "{\"a\":", count: levels) + "1" + String(repeating: "}", count: levels)
            for body in [arrays, objects, "{\"quantity\":1,\"x\":\(arrays)}", String(repeating: "[", count: 16_000)] {
                let answer = try await stage.user.post(stage.holds, bytes: Array(body.utf8))
                #expect(answer.status == 400, "\(answer)")
                #expect(answer.code == "invalid-json")
            }
            try await expectServing(stage)
        }

        @Test("A huge body is a 413 and not read: 600 KB for a hold, 40 MB for a show")
        func huge() async throws {
            let stage = try await stage()
            let padding = String(repeating: " ", count: 600_000)
            let hold = try await stage.user.post(stage.holds, bytes: Array("{\"quantity\":1\(padding)}".utf8))
            #expect(hold.status == 413, "\(hold)")
            #expect(hold.code == "body-too-large")
            let admin = try await shared.cluster.admin(at: shared.a)
            let show = try await RawConnection.exchange(
                with: shared.a, "POST /api/v1/shows HTTP/1.1", "Authorization: Bearer \(admin.token ?? "")",
                "Idempotency-Key: huge", "Content-Type: application/json", "Content-Length: 41943040")
            #expect(show.hasPrefix("HTTP/1.1 413"), "\(show)")
            try await expectServing(stage)
        }

        @Test(
            "Numbers out of range are a 400 or 422, never a crash",
            arguments: [
                "1e400", "-1e400", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "-1", "1.5",
                "1e-1",
                "1E+2000000000", "\"1\"", "true", "[1]",
            ])
        func numbers(number: String) async throws {
            let stage = try await stage(SampleShow(areas: ["floor": 100]))
            for body in ["{\"quantity\":\(number)}", "{\"areas\":{\"floor\":\(number)}}"] {
                let answer = try await stage.user.post(stage.holds, bytes: Array(body.utf8))
                #expect(answer.status == 400, "\(body): \(answer)")
                #expect(answer.code == "invalid-request", "\(body): \(answer)")
            }
        }

        @Test("Quantities as large as a number can be are told apart from what a hold may have")
        func largeQuantities() async throws {
            let stage = try await stage(SampleShow(areas: ["floor": 100, "balcony": 100]))
            let most: JSON = .integer(.max)
            for body: JSON in [
                ["quantity": most], ["areas": ["floor": most]], ["areas": ["floor": most, "balcony": most]],
                ["seats": ["1-1"], "areas": ["floor": most]],
            ] {
                let answer = try await stage.user.post(stage.holds, body)
                #expect(answer.status == 422, "\(answer)")
                #expect(answer.code == "too-many-seats")
                #expect(answer.json["limit"] == 6)
            }
        }

        @Test("Money, times and counts of a show are bounded")
        func showNumbers() async throws {
            let admin = try await shared.cluster.admin(at: shared.a)
            let good = try JSON(parsing: SampleShow(rows: 1, areas: ["floor": 10]).body)
            let replacements: [(String, JSON)] = [
                ("holdSeconds", 0), ("holdSeconds", -1), ("holdSeconds", 86_401), ("holdSeconds", .integer(.max)),
                ("holdSeconds", 1.5), ("maxSeatsPerHold", 0), ("maxSeatsPerHold", 101),
                ("maxSeatsPerHold", .integer(.max)),
                ("prices", ["Stalls": -1, "Floor": 1]), ("prices", ["Stalls": .integer(.max), "Floor": 1]),
                ("prices", [:]), ("prices", ["Stalls": 100]), ("currency", "EURO"), ("currency", "eur"),
                ("currency", ""),
                ("startsAt", "tomorrow"), ("startsAt", "2030-02-30T00:00:00Z"), ("startsAt", "99999-01-01T00:00:00Z"),
                ("startsAt", 0), ("name", ""), ("name", .text("a\u{0}b")), ("name", "\u{202E}evil"),
                ("name", .text(String(repeating: "x", count: 201))), ("venue", .null),
                ("areas", [["areaId": "floor", "name": "Floor", "capacity": 0, "category": "Floor"]]),
                ("areas", [["areaId": "floor", "name": "Floor", "capacity": 1_000_001, "category": "Floor"]]),
                ("areas", [["areaId": "floor", "name": "Floor", "capacity": 1, "category": "None"]]),
                ("areas", [["areaId": "a b", "name": "Floor", "capacity": 1, "category": "Floor"]]),
                (
                    "areas",
                    .list(Array(repeating: ["areaId": "a", "name": "A", "capacity": 1, "category": "Floor"], count: 2))
                ),
            ]
            for (name, value) in replacements {
                var members = try #require(good.object)
                members[name] = value
                let answer = try await admin.post("/api/v1/shows", .object(members))
                #expect(answer.status == 400 || answer.status == 422, "\(name) = \(value): \(answer)")
                #expect(
                    answer.code == "invalid-request" || answer.code == "invalid-show", "\(name) = \(value): \(answer)")
            }
        }

        @Test(
            "Empty, duplicate and 1,000-seat holds are a 422, or 400 where they ask for nothing at all, and larger ones a 413"
        )
        func holds() async throws {
            let stage = try await stage(SampleShow(areas: ["floor": 10]))
            let cases: [(JSON, Int, String)] = [
                ([:], 400, "invalid-request"),
                (["seats": []], 422, "empty-hold"),
                (["areas": [:]], 422, "empty-hold"),
                (["seats": [], "areas": [:]], 422, "empty-hold"),
                (["quantity": 0], 422, "empty-hold"),
                (["seats": ["1-1", "1-1"]], 422, "duplicate-seat"),
                (["seats": .list((0..<1_000).map { .text("seat-\($0)") })], 422, "too-many-seats"),
                (["seats": .list(Array(repeating: "1-1", count: 1_000))], 422, "too-many-seats"),
                (["seats": .list(Array(repeating: "1-1", count: 10_000))], 413, "body-too-large"),
                (["seats": .list(Array(repeating: "", count: 5_000))], 413, "body-too-large"),
                (["seats": ["no-such-seat"]], 422, "unknown-seat"),
                (["areas": ["nowhere": 1]], 422, "unknown-area"),
                (["quantity": 1, "category": "Nothing"], 422, "unknown-category"),
                (["quantity": 1, "seats": ["1-1"]], 400, "invalid-request"),
                (["seats": ["1-1"], "category": "Stalls"], 400, "invalid-request"),
                (["seats": "1-1"], 400, "invalid-request"), (["seats": [1]], 400, "invalid-request"),
                (["seats": [.null]], 400, "invalid-request"), ([1, 2], 400, "invalid-request"),
                ("seats", 400, "invalid-request"),
            ]
            for (body, status, code) in cases {
                let answer = try await stage.user.post(stage.holds, body)
                #expect(answer.status == status, "\(String(describing: body).prefix(100)): \(answer)")
                #expect(answer.code == code, "\(String(describing: body).prefix(100)): \(answer)")
            }
            try await expectServing(stage)
        }

        @Test("Names that no seat, area or category can have are refused without being recorded, or repeated at length")
        func impossibleNames() async throws {
            let stage = try await stage(SampleShow(areas: ["floor": 10]))
            let long = String(repeating: "x", count: 15_000)
            let before = try await shared.cluster.recordedBytes(on: stage.show)
            for name in [long, "a\u{0}b", "\u{202E}1-1", ""] {
                for body: JSON in [
                    ["seats": [.text(name)]], ["areas": .object([name: 1])], ["quantity": 1, "category": .text(name)],
                ] {
                    let answer = try await stage.user.post(stage.holds, body)
                    #expect(answer.status == 422, "\(answer)")
                    #expect(answer.byteCount < 2000)
                    #expect(answer.outcome == "none", "\(answer)")
                }
            }
            #expect(try await shared.cluster.recordedBytes(on: stage.show) == before)
        }

        @Test(
            "Ids with NUL, right-to-left marks, too many characters or none are simply not there",
            arguments: [
                "%00", "a%00b", "%E2%80%AEabc", "%E2%80%8F", String(repeating: "a", count: 65), "%20", "a%20b",
                "%FF%FE", "%",
                "%zz", "..%2f..%2fetc", "%2e%2e", "🎭".addingPercentEncoding(withAllowedCharacters: []) ?? "", "-", "a-",
                "-a",
            ])
        func ids(id: String) async throws {
            let user = try await shared.cluster.user(at: shared.a)
            for (path, code) in [
                ("/api/v1/shows/\(id)", "show-not-found"), ("/api/v1/shows/\(id)/availability", "show-not-found"),
                ("/api/v1/shows/\(id)/seating-plan", "show-not-found"),
                ("/api/v1/shows/\(id)/availability/stream", "show-not-found"),
                ("/api/v1/holds/\(id)", "hold-not-found"),
                ("/api/v1/commands/\(id)", "command-not-found"),
            ] {
                let answer = try await user.get(path)
                #expect(answer.status == 404, "\(path): \(answer)")
                #expect(answer.code == code || answer.code == "not-found", "\(path): \(answer)")
            }
            let held = try await user.post("/api/v1/shows/\(id)/holds", Hold.best(1))
            #expect(held.status == 404, "\(held)")
            let released = try await user.delete("/api/v1/holds/\(id)")
            #expect(released.status == 404, "\(released)")
        }
    }
}
