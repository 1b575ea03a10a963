import Foundation
import Testing

extension OneCluster {
    @Suite("Callers")
    struct TokenTests {
        let shared = SharedCluster.current

        @Test("Missing, expired, wrong-key, unsigned and misused tokens are a 401 that says what is wrong")
        func badTokens() async throws {
            let tokens = shared.cluster.tokens
            let good = try await tokens.user("carol")
            let parts = good.split(separator: ".").map(String.init)
            let bad: [(String, String?)] = [
                ("none", nil), ("empty", ""), ("noise", "x"), ("two parts", parts[..<2].joined(separator: ".")),
                ("expired", try await tokens.token("carol", expiresIn: -120)),
                ("without expiry", try await tokens.token("carol", expiresIn: nil)),
                ("not yet", try await tokens.token("carol", notBefore: 600)),
                ("wrong key", try await tokens.token("carol", wrongKey: true)),
                ("unknown key", try await tokens.token("carol", keyID: "another")),
                ("no subject", try await tokens.token(nil)),
                ("long subject", try await tokens.token(String(repeating: "a", count: 256))),
                ("subject with NUL", try await tokens.token("a\u{0}b")),
                ("subject right to left", try await tokens.token("\u{202E}carol")),
                ("unknown role", try await tokens.token("carol", role: "root")),
                ("alg none", tokens.unsigned("carol", algorithm: "none")),
                ("alg NONE", tokens.unsigned("carol", algorithm: "NONE")),
                ("alg HS256", tokens.unsigned("carol", algorithm: "HS256") + "c2lnbmF0dXJl"),
                ("alg EdDSA without signature", tokens.unsigned("carol", algorithm: "EdDSA")),
                ("other claims under a good signature", tokens.unsigned("carol", algorithm: "EdDSA") + parts[2]),
                ("far too long", good + String(repeating: "x", count: 5000)),
            ]
            for (name, token) in bad {
                let caller = Caller(node: shared.replica, token: token)
                let answer = try await caller.get("/api/v1/me/holds")
                #expect(answer.status == 401, "\(name): \(answer)")
                #expect(answer.code == "unauthenticated", "\(name)")
                #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer") == true, "\(name)")
                let command = try await caller.at(shared.a).post("/api/v1/shows/x/holds", Hold.best(1))
                #expect(command.status == 401, "\(name): \(command)")
            }
            #expect(try await Caller(node: shared.replica, token: good).get("/api/v1/me/holds").status == 200)
        }

        @Test("A token of the command line is good, for its user and its role")
        func commandLineTokens() async throws {
            let folder = shared.cluster.tokens.dataFolder.path
            let user = try await Executable.run("token", "dave", "--data", folder)
            let mine = try await Caller(node: shared.replica, token: user).get("/api/v1/me/holds")
            #expect(mine.status == 200, "\(mine)")
            let refused = try await Caller(node: shared.a, token: user).post("/api/v1/shows", bytes: SampleShow().body)
            #expect(refused.status == 403, "\(refused)")
            #expect(refused.code == "forbidden")
            let admin = try await Executable.run("token", "eve", "--role", "admin", "--data", folder)
            let created = try await Caller(node: shared.a, token: admin).post("/api/v1/shows", bytes: SampleShow().body)
            #expect(created.status == 201, "\(created)")
        }

        @Test("Another user's hold is not there: to read it or to release it is the same 404 as for none at all")
        func otherUsersHold() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let owner = try await shared.cluster.user(at: shared.a)
            let placed = try await owner.post("/api/v1/shows/\(show)/holds", Hold.best(2))
            let hold = try #require(placed.json["holdId"]?.text)
            let none = String(hold.dropLast(2)) + "zz"
            let thief = try await shared.cluster.user(at: shared.b)
            let fresh = ["Last-Seen-Sequence": try #require(placed.sequence)]
            func shape(_ answer: Answer) -> [JSON?] {
                ["title", "status", "code", "detail", "outcome"].map { answer.json[$0] }
            }

            let read = try await thief.get("/api/v1/holds/\(hold)", headers: fresh)
            #expect(read.status == 404)
            #expect(shape(read) == shape(try await thief.get("/api/v1/holds/\(none)", headers: fresh)))
            let released = try await thief.delete("/api/v1/holds/\(hold)")
            #expect(released.status == 404)
            #expect(shape(released) == shape(try await thief.delete("/api/v1/holds/\(none)")))
            #expect(try await thief.get("/api/v1/me/holds", headers: fresh).json["holds"] == [])
            #expect(try await thief.get("/api/v1/commands/\(placed.commandID ?? "")").status == 404)
            // An admin is nobody's owner either.
            #expect(try await shared.cluster.admin(at: shared.a).delete("/api/v1/holds/\(hold)").status == 404)

            let mine = try await owner.get("/api/v1/holds/\(hold)", headers: fresh)
            #expect(mine.status == 200, "\(mine)")
            #expect(mine.json["holdId"]?.text == hold)
        }

        @Test("Who holds is the caller, and no body says another")
        func ownerIsTheCaller() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let user = try await shared.cluster.user("frank", at: shared.a)
            // A body that says somebody is one with members that are not known.
            let forged = try await user.post(
                "/api/v1/shows/\(show)/holds", ["quantity": 1, "userId": "grace", "sub": "grace"])
            #expect(forged.status == 400 && forged.code == "unknown-member", "\(forged)")
            let placed = try await user.post("/api/v1/shows/\(show)/holds", ["quantity": 1])
            #expect(placed.status == 201)
            #expect(placed.json["userId"] == "frank")
        }
    }
}
