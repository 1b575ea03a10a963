import Contract
import Domain
import EventLog
import PostgresEventLog
import Testing
import TestSupport

extension Faults {
    /// A show behind a waiting room, on two nodes of which one admits.
    @Suite("Waiting room")
    struct WaitingRoomTests {
        private static let floor: JSON = ["areas": ["floor": 1]]

        @Test("Admission goes on when the node that admits dies; a completed order, or who is done, makes room")
        func takeover() async throws {
            try await Cluster.with { cluster in
                let mortal = cluster.node("a"), heir = cluster.node("b")
                try await mortal.startReady()
                try await eventually("the first admits", within: .seconds(60)) { try mortal.admits }
                try await heir.startReady()
                let show = try await cluster.create(SampleShow(areas: ["floor": 100], unitPrice: 0), at: heir)
                let admin = try await cluster.admin(at: heir)
                let set = try await admin.put(
                    "/api/v1/shows/\(show)/queue",
                    ["opensAt": "2020-01-01T00:00:00Z", "admitPerMinute": 60_000, "maxActive": 2])
                try #require(set.status == 200, "\(set)")
                var guests: [Guest] = []
                for _ in 0..<6 {
                    guests.append(try await Guest(joining: show, as: try await cluster.user(at: heir)))
                }

                let first = try await guests[0].admission()
                let refused = try await guests[0].hold(Self.floor, with: nil)
                #expect(refused.status == 409 && refused.code == "admission-required", "\(refused)")
                let stolen = try await guests[2].hold(Self.floor, with: first)
                #expect(stolen.status == 409 && stolen.code == "admission-required", "\(stolen)")
                let held = try await guests[0].hold(Self.floor, with: first)
                try #require(held.status == 201, "\(held)")
                _ = try await guests[1].admission()

                try await mortal.kill()
                #expect(
                    try await guests[2].caller.post(
                        "/api/v1/shows/\(show)/queue/entries/\(guests[2].entry)/claim", bytes: []
                    ).code == "not-admitted")
                let hold = try #require(held.json["holdId"]?.text)
                let bought = try await guests[0].caller.post(
                    "/api/v1/orders",
                    [
                        "holdId": .text(hold), "fencingToken": held.json["fencingToken"] ?? .null,
                        "paymentMethod": "pm_card_visa",
                    ])
                try #require(bought.status == 201, "\(bought)")
                let used = try await guests[0].hold(Self.floor, with: first)
                #expect(used.status == 409 && used.code == "admission-expired", "\(used)")

                let third = try await guests[2].admission()
                #expect(try heir.admits)
                #expect(try await guests[2].hold(Self.floor, with: third).status == 201)
                for (leaving, coming) in zip([1, 2, 3], [3, 4, 5]) {
                    let left = try await guests[leaving].leave()
                    #expect(left.json["status"]?.text == "done", "\(left)")
                    _ = try await guests[coming].admission()
                }
                try await mortal.startReady()
                #expect(try await Self.admitted(in: show, cluster) == guests.map(\.entry))

                let ended = try await admin.post("/api/v1/shows/\(show)/queue/end", [:])
                #expect(ended.json["state"]?.text == "ended", "\(ended)")
                #expect(try await guests[0].hold(Self.floor, with: nil).status == 201)
            }
        }

        @Test("Who joins before the opening is drawn, as the log's hash and the instance's seed say")
        func draw() async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), b = cluster.node("b")
                try await cluster.start(a, b)
                let show = try await cluster.create(SampleShow(areas: ["floor": 100], unitPrice: 0), at: a)
                let admin = try await cluster.admin(at: a)
                func configure(opensAt: String) async throws {
                    let set = try await admin.put(
                        "/api/v1/shows/\(show)/queue",
                        [
                            "prequeueFrom": "2020-01-01T00:00:00Z", "opensAt": .text(opensAt),
                            "admitPerMinute": 60_000, "maxActive": 100,
                        ])
                    try #require(set.status == 200, "\(set)")
                }
                try await configure(opensAt: "2099-01-01T00:00:00Z")
                var guests: [Guest] = []
                for node in [a, b, a, b, a] {
                    guests.append(try await Guest(joining: show, as: try await cluster.user(at: node)))
                }
                // It opens now.
                try await configure(opensAt: "2020-01-02T00:00:00Z")
                for guest in guests { _ = try await guest.admission() }
                let room = try await Self.events(in: show, cluster)
                let seal = try #require(
                    room.compactMap { if case .drawSealed(let seal) = $0 { seal } else { nil } }.first)
                let seed = try #require(
                    room.compactMap { if case .seedRevealed(let seed) = $0 { seed } else { nil } }.first)
                let batches = try await cluster.log().batches(
                    after: BatchPlace(lastPosition: seal.position - 1, number: .max), limit: 1)
                #expect(batches.first?.hash == seal.hash)
                let entries = guests.map { EntryID($0.entry) }
                let order = Draw.order(of: entries, key: seed.seed, hash: seal.hash).map { entries[$0].rawValue }
                #expect(try await Self.admitted(in: show, cluster) == order)
            }
        }

        private static func events(in show: String, _ cluster: Cluster) async throws -> [RoomEvent] {
            try await cluster.log().events(of: ShowID(show).roomStream, after: 0, limit: 1_000).map {
                try WaitingRoomState.codec.decode($0.event)
            }
        }

        /// The entries in the order in which they were admitted.
        private static func admitted(in show: String, _ cluster: Cluster) async throws -> [String] {
            try await events(in: show, cluster).flatMap { event -> [String] in
                if case .admitted(let admitted) = event { admitted.entries.map(\.entryID.rawValue) } else { [] }
            }
        }
    }
}

extension Node {
    /// It has been the node that admits.
    fileprivate var admits: Bool { get throws { try log.contains("admission: this process is the active one") } }
}
