import Bots
import Domain
public import HTTPServer
import HTTPTypes
import Identity
public import Hummingbird
import Text

/// The calls of ``BotGuard``: what organisers see of it, and where a provider's response is exchanged for an answer.
public struct BotRoutes: Sendable {
    /// What the provider says of a response.
    public enum Verdict: Sendable {
        case passed, failed
        /// The provider can't be reached, or makes no sense.
        case unavailable
    }

    /// Asks the provider.
    public typealias Verifier = @Sendable (_ response: String) async -> Verdict

    /// Requests to the provider at once; more are told to come again.
    private static let verificationsMax = 64
    /// Bytes of a provider's response: Turnstile's and hCaptcha's have up to 2 KiB.
    static let responseBytesMax = 4_096

    private let bots: BotGuard?
    private let limits: ServerLimits
    private let verify: Verifier?
    private let verifications = InFlightLimit(countMax: verificationsMax)

    /// - Parameters:
    ///   - bots: nil: nobody is scored, and there is nothing to tell.
    ///   - verify: nil: there is no provider.
    public init(_ bots: BotGuard?, limits: ServerLimits, verify: Verifier?) {
        self.bots = bots
        self.limits = limits
        self.verify = verify
    }

    /// Whether a provider may have given this out: letters, digits and a few signs. What no provider ever writes is not sent to
    /// one: it might answer with an error, and then everybody would be asked for work in its place.
    private static func isResponse(_ text: String) -> Bool {
        (1...responseBytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    true
                default: "-._~+/=:".utf8.contains(byte)
                }
            }
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("shows/{id}/bots", use: show)
        group.post("shows/{id}/challenge-answers", use: exchange)
    }

    private func show(_ request: Request, _ context: APIContext) throws -> Response {
        _ = try context.require(.organiser)
        let id = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let show = bots?.report.show(id)
        return Response.json { json in
            json.object { json in
                json.member("showId", id)
                json.member("acts", bots?.settings.acts ?? false)
                if let show { json.member("since", show.since) }
                for name in ["stopped", "answered", "watched"] {
                    let counts = show?.counts[name] ?? [:]
                    json.key(name)
                    json.object { json in
                        for action in BotAction.allCases where action != .none {
                            json.key(action.rawValue)
                            json.value(counts[action] ?? 0)
                        }
                    }
                }
                let callers = (show?.callers ?? []).sorted { ($1.score.value, $1.at) < ($0.score.value, $0.at) }
                json.array("callers") { json in for caller in callers { json.write(caller) } }
            }
        }
    }

    private struct ExchangeBody: Decodable {
        var challengeSalt: String
        var response: String
    }

    private func exchange(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let show = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let body = try await request.json(ExchangeBody.self, bytesMax: limits.bodyBytesMax)
        guard let bots, let claim = bots.tokens.claim(body.challengeSalt, of: principal.userID, on: show),
            claim.kind == .provider,
            claim.until > bots.wallClock(), let verify
        else {
            throw Problem(
                .challengeUnmet,
                detail: "The salt is of no challenge of this caller and this show, or of one that has ended.")
        }
        guard Self.isResponse(body.response) else {
            throw Problem(.challengeUnmet, detail: "The response is not one of the provider's.")
        }
        guard let turn = verifications.begin() else { throw Problem(.overloaded, retryAfterSeconds: 1) }
        defer { turn.end() }
        switch await verify(body.response) {
        case .passed: break
        case .failed: throw Problem(.challengeUnmet, detail: "The provider does not confirm the response.")
        case .unavailable:
            bots.providerFailed()
            let bits = WorkDifficulty.bits(base: bots.settings.baseBits, action: .challenge, triesPerSecond: 0)
            var problem = bots.workChallenge(
                bits, principal.userID, show, "The provider can't be reached: work does in its place.")
            problem.outcome = nil
            throw problem
        }
        let until = bots.wallClock().adding(seconds: BotGuard.passSeconds)
        return Response.json { json in
            json.object { json in
                json.member("answer", bots.tokens.token(.pass, until: until, for: principal.userID, on: show))
                json.member("until", until)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ caller: BotReport.Caller) {
        object { json in
            json.member("userId", caller.user)
            json.member("score", caller.score.value)
            json.member("action", caller.decision.action.rawValue)
            json.member("outcome", caller.decision.name)
            json.member("times", caller.times)
            json.member("at", caller.at)
            json.array("reasons") { json in
                for reason in caller.score.reasons {
                    json.object { json in
                        json.member("signal", reason.signal.rawValue)
                        json.member("points", reason.points)
                        json.member("value", reason.value)
                    }
                }
            }
        }
    }
}
