import EventLog
import Foundation
import HTTPTypes
import Testing

@testable import HTTPServer
@testable import WebAPI

@Suite("Problem documents")
struct ProblemTests {
    @Test("Every code stands in the catalogue once")
    func catalogue() {
        let codes = Problem.Code.catalogue
        #expect(Set(codes.map(\.name)).count == codes.count)
        #expect(Set(codes.map(\.title)).count == codes.count)
        for code in codes {
            #expect(code.name.allSatisfy { $0.isLowercase || $0 == "-" })
            #expect((400...599).contains(code.status.code))
            // A final answer is never worth repeating.
            if code.status.code == 409 || code.status.code == 422 { #expect(!code.retryable) }
        }
    }

    @Test("A document has the members that RFC 9457 and the API promise, and the problem's own")
    func document() throws {
        let problem = Problem(
            .seatsUnavailable, detail: "2 of 3 seats are taken.", outcome: .rejected,
            members: [
                .init(
                    "conflicts",
                    .array([.object([.init("seat", .string("A-1")), .init("reason", .string("held"))])])),
                .init("limit", .integer(6)), .init("final", .boolean(true)),
            ])
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(problem.document(instance: "/api/v1/shows/s/holds")))
                as? [String: Any])
        #expect(document["type"] as? String == "/problems/seats-unavailable")
        #expect(document["code"] as? String == "seats-unavailable")
        #expect(document["title"] as? String == "Some of the requested places are taken")
        #expect(document["status"] as? Int == 409)
        #expect(document["detail"] as? String == "2 of 3 seats are taken.")
        #expect(document["instance"] as? String == "/api/v1/shows/s/holds")
        #expect(document["retryable"] as? Bool == false)
        #expect(document["outcome"] as? String == "rejected")
        #expect(document["limit"] as? Int == 6)
        #expect((document["conflicts"] as? [[String: String]])?.first == ["seat": "A-1", "reason": "held"])
    }

    @Test("A failing log is the caller's business only where trying again helps")
    func logErrors() {
        let away = Problem(
            LogError(code: .unavailable, message: "connection to 10.0.0.5 refused"), outcome: Problem.Outcome.none)
        #expect(away.code == .logUnavailable)
        #expect(away.outcome == Problem.Outcome.none)
        #expect(away.retryAfterSeconds == 1)
        #expect(away.detail?.contains("10.0.0.5") == false)
        #expect(Problem(foreign: LogError(code: .refused, message: "no such function")) == nil)
    }
}
