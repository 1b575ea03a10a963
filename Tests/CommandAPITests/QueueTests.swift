import Domain
import HTTPTypes
import Sequencing
import Testing

@testable import CommandAPI
@testable import HTTPServer
@testable import WebAPI

@Suite("A show's waiting room", .timeLimit(.minutes(2)))
struct QueueTests {
    /// The node's time is 2033-05-18T03:33:20Z.
    private static let open = #"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":60,"maxActive":1}"#
    private static let later = #"{"opensAt":"2040-01-01T00:00:00Z","admitPerMinute":60,"maxActive":1}"#
    private static let prequeue =
        #"{"prequeueFrom":"2030-01-01T00:00:00Z","opensAt":"2040-01-01T00:00:00Z","admitPerMinute":60,"maxActive":1}"#

    private func put(_ node: CommandNode, _ show: ShowID, _ body: String) async throws -> Answer {
        try await node.ask(.put, "/shows/\(show)/queue", by: "root:admin", body)
    }

    private func join(_ node: CommandNode, _ show: ShowID, _ user: String) async throws -> String {
        let answer = try await node.post("/shows/\(show)/queue/entries", by: user)
        #expect(answer.status == 201, "\(answer.body)")
        return try #require(answer.text("entryId"))
    }

    private func admit(_ node: CommandNode, _ show: ShowID) async throws {
        #expect(try await node.submit(RoomCommand.advance(limit: 10), on: show.roomStream).outcome == .accepted)
    }

    private func hold(_ node: CommandNode, _ show: ShowID, _ user: String, _ admission: String?) async throws -> Answer
    {
        try await node.ask(
            .post, "/shows/\(show)/holds", by: user, #"{"quantity":1,"category":"A"}"#, admission: admission)
    }

    @Test("An admin sets it up, and from then on a hold needs an admission") func setUp() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            #expect(try await hold(node, show, "ann", nil).status == 201)
            #expect(
                try await node.ask(.put, "/shows/\(show)/queue", by: "ann", Self.open).problem == "403 forbidden none")
            let answer = try await put(node, show, Self.open)
            #expect(answer.status == 200, "\(answer.body)")
            #expect(answer.text("showId") == show.rawValue)
            #expect(answer.text("state") == "open")
            #expect(answer.number("sessionMinutes") == 15)
            #expect(answer.number("claimSeconds") == 120)
            #expect(answer.body.contains(#""commitments":[{"party":"instance","commitment":""#), "\(answer.body)")
            #expect(answer.headers[.sequence] != nil)
            #expect(try await hold(node, show, "ann", nil).problem == "409 admission-required rejected")
            #expect(try await hold(node, show, "ann", "forged").problem == "409 admission-required rejected")
            // A second one changes it.
            let changed = try await put(
                node, show, #"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":70,"maxActive":2}"#)
            #expect(changed.number("admitPerMinute") == 70, "\(changed.body)")
            #expect(try await put(node, show, Self.later).problem == "409 queue-under-way rejected")
            #expect(try await put(node, ShowID("nowhere"), Self.open).problem == "404 show-not-found none")
            let command = try await node.ask(
                .get, "/commands/\(try #require(answer.headers[.commandID]))", by: "root:admin")
            #expect(command.body.contains(#""state":"open""#), "\(command.body)")
        }
    }

    @Test("One with a challenge says what it asks for, and lets in whoever has done it") func challenge() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let answer = try await put(
                node, show,
                #"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":1,"maxActive":1,"challenge":"proof-of-work","challengeBits":8}"#
            )
            #expect(
                answer.text("challenge") == "proof-of-work" && answer.number("challengeBits") == 8, "\(answer.body)")
            let salt = try #require(answer.text("challengeSalt"))
            let entries = "/shows/\(show)/queue/entries"
            let refused = try await node.post(entries, by: "ann")
            #expect(refused.problem == "409 challenge-unmet rejected")
            #expect(refused.text("challengeSalt") == salt && refused.number("challengeBits") == 8, "\(refused.body)")
            let challenge = WorkChallenge(bits: 8, salt: salt)
            let nonce = try #require(
                (0...100_000).lazy.map(String.init).first { challenge.isMet(by: $0, of: UserID("ann")) })
            #expect(try await node.ask(.post, entries, by: "bob", #"{"nonce":"x y"}"#).status == 400)
            #expect(try await node.ask(.post, entries, by: "ann", #"{"nonce":"\#(nonce)"}"#).status == 201)
        }
    }

    @Test(
        "What can't be is refused, and says what is wrong",
        arguments: [
            (#"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":0,"maxActive":1}"#, 422, "admitPerMinute"),
            (#"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":1000000000,"maxActive":1}"#, 422, "admitPerMinute"),
            (#"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":1,"maxActive":0}"#, 422, "maxActive"),
            (
                #"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":1,"maxActive":1,"claimSeconds":0}"#, 422,
                "claimSeconds"
            ),
            (#"{"opensAt":"soon","admitPerMinute":1,"maxActive":1}"#, 400, "opensAt"),
            (#"{"opensAt":"2030-01-01T00:00:00Z","maxActive":1}"#, 400, "admitPerMinute"),
            (
                #"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":1,"maxActive":1,"challenge":"puzzle"}"#, 400,
                "challenge"
            ),
            (
                #"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":1,"maxActive":1,"challengeBits":9}"#, 400,
                "challengeBits"
            ),
            (
                #"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":1,"maxActive":1,"challenge":"proof-of-work","challengeBits":25}"#,
                422, "challengeBits"
            ),
            (#"{"opensAt":"2030-01-01T00:00:00Z","admitPerMinute":1,"maxActive":1,"colour":"red"}"#, 400, "colour"),
            (
                #"{"prequeueFrom":"2031-01-01T00:00:00Z","opensAt":"2030-01-01T00:00:00Z","admitPerMinute":1,"maxActive":1}"#,
                422, "prequeueFrom"
            ),
            (
                #"{"opensAt":"2040-01-01T00:00:00Z","admitPerMinute":1,"maxActive":1,"draw":{"parties":[{"party":"a","commitment":"zz"}]}}"#,
                400, "commitment"
            ),
        ])
    func invalid(body: String, status: Int, named: String) async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let count = await node.eventCount
            let answer = try await put(node, show, body)
            #expect(answer.status == status, "\(answer.body)")
            #expect(answer.body.contains(named), "\(answer.body)")
            #expect(await node.eventCount == count)
        }
    }

    @Test("A person joins once: a second call tells of the first entry") func join() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            #expect(
                try await node.post("/shows/\(show)/queue/entries", by: "ann").problem == "404 queue-not-found none"
            )
            _ = try await put(node, show, Self.open)
            let first = try await node.post("/shows/\(show)/queue/entries", by: "ann", key: "k")
            #expect(first.status == 201, "\(first.body)")
            #expect(first.text("status") == "waiting" && first.number("number") == 1)
            #expect(first.text("userId") == "ann")
            let entry = try #require(first.text("entryId"))
            #expect(first.headers[.location] == "/api/v1/shows/\(show)/queue/entries/\(entry)")
            let again = try await node.post("/shows/\(show)/queue/entries", by: "ann", key: "k")
            #expect(again.body == first.body && again.headers[.idempotentReplayed] == "true")
            let second = try await node.post("/shows/\(show)/queue/entries", by: "ann")
            #expect(second.status == 200 && second.text("entryId") == entry, "\(second.body)")
            #expect(try await join(node, show, "bob") != entry)
            #expect(
                try await node.ask(
                    .post, "/shows/\(show)/queue/entries", by: "cat", #"{"userId":"ann"}"#
                ).problem == "400 unknown-member none")
        }
    }

    @Test("Nobody joins before it opens, nor after its end") func outside() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            _ = try await put(node, show, Self.later)
            let early = try await node.post("/shows/\(show)/queue/entries", by: "ann")
            #expect(early.problem == "409 queue-not-open rejected")
            #expect(early.text("opensAt") == "2040-01-01T00:00:00.000Z")
            #expect(
                try await node.post("/shows/\(show)/queue/pause", by: "root:admin", #"{"reason":"rain"}"#).problem
                    == "409 queue-not-open rejected")
            let ended = try await node.post("/shows/\(show)/queue/end", by: "root:admin")
            #expect(ended.text("state") == "ended", "\(ended.body)")
            #expect(
                try await node.post("/shows/\(show)/queue/entries", by: "ann").problem == "409 queue-ended rejected")
            #expect(try await hold(node, show, "ann", nil).status == 201)
        }
    }

    @Test("Whoever is admitted holds places with the admission, until they are done") func admission() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            _ = try await put(node, show, Self.open)
            let ann = try await join(node, show, "ann")
            let bob = try await join(node, show, "bob")
            let claim = "/shows/\(show)/queue/entries/\(ann)/claim"
            #expect(try await node.post(claim, by: "ann").problem == "409 not-admitted rejected")
            try await admit(node, show)
            #expect(try await node.post(claim, by: "bob").problem == "404 entry-not-found rejected")
            let claimed = try await node.post(claim, by: "ann", key: "claim")
            #expect(claimed.status == 200 && claimed.text("status") == "active", "\(claimed.body)")
            let admission = try #require(claimed.text("admission"))
            #expect(try await node.post(claim, by: "ann", key: "claim").body == claimed.body)
            #expect(try await node.post(claim, by: "ann").status == 204)
            #expect(try await hold(node, show, "bob", admission).problem == "409 admission-required rejected")
            let held = try await hold(node, show, "ann", admission)
            #expect(held.status == 201, "\(held.body)")
            let other = try await node.show()
            _ = try await put(node, other, Self.open)
            #expect(try await hold(node, other, "ann", admission).problem == "409 admission-required rejected")
            let path = "/shows/\(show)/queue/entries/\(ann)"
            #expect(try await node.ask(.delete, path, by: "bob").problem == "404 entry-not-found rejected")
            let done = try await node.ask(.delete, path, by: "ann")
            #expect(done.status == 200 && done.text("status") == "done", "\(done.body)")
            #expect(try await node.ask(.delete, path, by: "ann").status == 204)
            #expect(try await hold(node, show, "ann", admission).problem == "409 admission-expired rejected")
            let left = try await node.ask(.delete, "/shows/\(show)/queue/entries/\(bob)", by: "bob")
            #expect(left.text("status") == "left", "\(left.body)")
            #expect(
                try await node.ask(.delete, "/shows/\(other)/queue/entries/\(ann)", by: "ann").problem
                    == "404 entry-not-found none")
        }
    }

    @Test("An id that is too long for a room's stream is no show's") func longID() async throws {
        try await CommandNode.run { node async throws in
            for length in [60, 64, 65] {
                let path = "/shows/\(String(repeating: "s", count: length))/queue"
                #expect(
                    try await node.ask(.put, path, by: "root:admin", Self.open).problem == "404 show-not-found none")
                #expect(try await node.post("\(path)/entries", by: "ann").problem == "404 show-not-found none")
                #expect(try await node.post("\(path)/resume", by: "root:admin").problem == "404 show-not-found none")
            }
            #expect(
                try await node.post("/shows/\(String(repeating: "s", count: 59))/queue/entries", by: "ann").problem
                    == "404 queue-not-found none")
        }
    }

    @Test("An admission is over when its session is") func session() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            _ = try await put(node, show, Self.open)
            let ann = try await join(node, show, "ann")
            try await admit(node, show)
            let claimed = try await node.post("/shows/\(show)/queue/entries/\(ann)/claim", by: "ann")
            let admission = try #require(claimed.text("admission"))
            node.clock.advance(seconds: 15 * 60 - 1)
            #expect(try await hold(node, show, "ann", admission).status == 201)
            node.clock.advance(seconds: 1)
            #expect(try await hold(node, show, "ann", admission).problem == "409 admission-expired rejected")
        }
    }

    @Test("It pauses and goes on") func pause() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            _ = try await put(node, show, Self.open)
            #expect(try await node.post("/shows/\(show)/queue/resume", by: "root:admin").status == 204)
            let paused = try await node.post("/shows/\(show)/queue/pause", by: "root:admin", #"{"reason":"rain"}"#)
            #expect(paused.text("state") == "paused" && paused.text("reason") == "rain", "\(paused.body)")
            #expect(
                try await node.post("/shows/\(show)/queue/pause", by: "ann", #"{"reason":"rain"}"#).problem
                    == "403 forbidden none")
            _ = try await join(node, show, "ann")
            let resumed = try await node.post("/shows/\(show)/queue/resume", by: "root:admin")
            #expect(resumed.text("state") == "open", "\(resumed.body)")
        }
    }

    @Test("Seeds of the draw wait for its seal, and have to be the right ones") func seeds() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let prequeued = try await put(node, show, Self.prequeue)
            #expect(prequeued.text("state") == "prequeue", "\(prequeued.body)")
            let joined = try await node.post("/shows/\(show)/queue/entries", by: "ann")
            #expect(joined.status == 201 && joined.body.contains(#""number":null"#), "\(joined.body)")
            let seed = String(repeating: "00", count: 32)
            let seeds = "/shows/\(show)/queue/draw/seeds"
            #expect(
                try await node.post(seeds, by: "ann", #"{"party":"instance","seed":"\#(seed)"}"#).problem
                    == "409 draw-not-sealed rejected")
            #expect(
                try await node.post(seeds, by: "ann", #"{"party":"press","seed":"\#(seed)"}"#).problem
                    == "422 unknown-party rejected")
            #expect(try await node.post(seeds, by: "ann", #"{"party":"press","seed":"0"}"#).status == 400)
            #expect(
                try await node.post("/shows/\(show)/queue/draw/forfeits", by: "ann", #"{"party":"press"}"#).problem
                    == "403 forbidden none")
            #expect(
                try await node.post(
                    "/shows/\(show)/queue/draw/beacon", by: "root:admin",
                    #"{"round":1,"randomness":"\#(seed)","signature":"00"}"#
                ).problem == "409 draw-not-sealed rejected")
        }
    }
}
