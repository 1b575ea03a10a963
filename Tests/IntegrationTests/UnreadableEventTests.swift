import Contract
import Domain
import EventLog
import PostgresEventLog
import Testing
import TestSupport

extension Faults {
    @Suite("An event that can't be read")
    struct UnreadableEventTests {
        enum Oddity: String, CaseIterable, CustomTestStringConvertible {
            case unknownType = "an unknown type"
            case unknownVersion = "an unknown schema version"
            case undecodable = "a payload that is none"
            case seatOutOfRange = "a hold of a seat that is not there"
            case strangersEnd = "the end of a hold that is not there"

            var testDescription: String { rawValue }

            var event: EncodedEvent {
                switch self {
                case .unknownType: return EncodedEvent(type: "SeatTeleported", schemaVersion: 1, payload: [1, 2, 3])
                case .unknownVersion: return EncodedEvent(type: "HoldPlaced", schemaVersion: 99, payload: [])
                case .undecodable:
                    return EncodedEvent(type: "HoldPlaced", schemaVersion: 1, payload: [0xFF, 0xFF, 0xFF])
                case .seatOutOfRange:
                    return EncodedEvent(
                        .hold(
                            .placed(
                                HoldPlaced(
                                    holdID: HoldID("x-y"), userID: UserID("mallory"),
                                    // The first could be held; with the second none of it may be shown.
                                    seats: [
                                        HeldSeat(index: 5, guid: "1-6"), HeldSeat(index: 4_000_000_000, guid: "?"),
                                    ],
                                    areas: [AreaQuantity(areaID: AreaID("nowhere"), quantity: 4_000_000_000)],
                                    total: .max,
                                    currency: "", placedAt: Timestamp(microseconds: .min),
                                    expiresAt: Timestamp(microseconds: .max)))))
                case .strangersEnd:
                    return EncodedEvent(
                        .hold(
                            .released(
                                HoldEnded(
                                    holdID: HoldID("x-y"), userID: UserID("mallory"), seatIndexes: [39],
                                    areas: [], endedAt: Timestamp(microseconds: .max)))))
                }
            }

            /// Nobody can take it in; the others are only nonsense to views that know better.
            var isUnreadable: Bool { [.unknownType, .unknownVersion, .undecodable].contains(self) }
        }

        @Test("stops the views before it, which is said everywhere, while the rest goes on", arguments: Oddity.allCases)
        func stops(oddity: Oddity) async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), replica = cluster.node("replica", roles: [.query])
                try await cluster.start(a, replica)
                let broken = try await cluster.create(at: a)
                let sound = try await cluster.create(at: a)
                let user = try await cluster.user(at: a)
                let before = try await user.post("/api/v1/shows/\(broken)/holds", Hold.best(2))
                #expect(before.status == 201)
                let position = try await cluster.append(oddity.event, to: broken)
                let after = try await user.post("/api/v1/shows/\(sound)/holds", Hold.best(2))
                #expect(after.status == 201, "\(after)")

                for node in [a, replica] {
                    try await eventually("\(node.name) says that it is not ready") {
                        try await user.at(node).get("/health/ready").status == 503
                    }
                    try await expectHonesty(about: position, of: node, user, before, after, oddity)
                }
                // The rest goes on: other shows' commands, and a process that is alive.
                #expect(try await user.post("/api/v1/shows/\(sound)/holds", Hold.best(2)).status == 201)
                #expect(try await user.get("/health/live").status == 200)
                if oddity.isUnreadable {
                    let refused = try await user.post("/api/v1/shows/\(broken)/holds", Hold.best(1))
                    #expect(refused.status == 503, "\(refused)")
                    #expect(refused.code == "show-unavailable")
                    #expect(refused.outcome == "none")
                    #expect(refused.json["retryable"] == false)
                }
                // After a restart it is the same again.
                #expect(try await replica.stop() == 0)
                try await replica.start()
                try await eventually("the replica says it again") {
                    try await user.at(replica).get("/health/ready").code == "projection-stopped"
                }
                try await expectHonesty(about: position, of: replica, user, before, after, oddity)
            }
        }

        private func expectHonesty(
            about position: Int64, of node: Node, _ user: Caller, _ before: Answer, _ after: Answer, _ oddity: Oddity
        ) async throws {
            // Each stops when it gets there.
            let expected: Set = oddity.isUnreadable ? ["availability", "my-holds"] : ["availability"]
            func names(_ answer: Answer) -> Set<String> {
                Set((answer.json["stopped"]?.list ?? []).compactMap { $0["view"]?.text })
            }
            try await eventually("the views have stopped") {
                names(try await user.at(node).asOperator.get("/health/ready")).isSuperset(of: expected)
            }
            let told = try await user.at(node).get("/health/ready")
            #expect(told.status == 503 && told.code == "projection-stopped")
            #expect(told.json["stopped"] == nil, "callers need not know")
            let ready = try await user.at(node).asOperator.get("/health/ready")
            #expect(ready.status == 503)
            #expect(ready.code == "projection-stopped", "\(ready)")
            let verbose = try await user.at(node).asOperator.get("/health/verbose")
            let problems = (verbose.json["checks"]?.list ?? []).filter { $0["status"]?.text == "problem" }
            #expect(verbose.status == 200 && verbose.json["status"]?.text == "problem")
            let stoppedViews = Set(problems.compactMap { $0["check"]?.text })
            #expect(stoppedViews.isSuperset(of: expected.map { "view \($0)" }))
            #expect(try await user.at(node).asOperator.get("/health/startup").status == 200)
            #expect(try await user.at(node).get("/health/verbose").status == 404)
            let stopped = try #require(ready.json["stopped"]?.list)
            for view in stopped {
                #expect(view["sequence"]?.integer == position)
                #expect(view["reason"]?.text?.isEmpty == false)
            }
            let log = try node.log
            #expect(log.contains("a view stopped") && log.contains("sequence=\(position)") && log.contains("error"))

            // What was before it is still told; what is beyond is refused, not waited for.
            let show = before.json["showId"]?.text ?? ""
            for (view, path) in [("availability", "/api/v1/shows/\(show)"), ("my-holds", "/api/v1/me/holds")] {
                let old = try await user.at(node).get(
                    path, headers: ["Last-Seen-Sequence": try #require(before.sequence)])
                #expect(old.status == 200, "\(path): \(old)")
                guard names(ready).contains(view) else { continue }
                let started = ContinuousClock.now
                let new = try await user.at(node).get(
                    path, headers: ["Last-Seen-Sequence": try #require(after.sequence)])
                #expect(new.code == "projection-stopped", "\(path): \(new)")
                #expect(new.json["retryable"] == false)
                #expect(.now - started < .seconds(5))
            }
            // Nothing of the event itself is shown.
            let summary = try await user.at(node).get("/api/v1/shows/\(show)")
            #expect(summary.json["held"] == 2, "\(summary)")
        }
    }
}
