import TestSupport
import Testing

/// Somebody in the line of a show's waiting room.
struct Guest {
    var caller: Caller
    var show: String
    var entry: String

    init(joining show: String, as caller: Caller) async throws {
        let joined = try await caller.post("/api/v1/shows/\(show)/queue/entries", bytes: [])
        try #require(joined.status == 201, "\(joined)")
        self.caller = caller
        self.show = show
        entry = try #require(joined.json["entryId"]?.text)
    }

    private var path: String { "/api/v1/shows/\(show)/queue/entries/\(entry)" }

    /// Waits until it is their turn, and returns what they hold places with.
    func admission() async throws -> String {
        var admission: String?
        try await eventually("\(entry) is admitted", within: .seconds(60)) {
            let answer = try await caller.post("\(path)/claim", bytes: [])
            if answer.status == 200 { admission = answer.json["admission"]?.text }
            return answer.status == 200
        }
        return try #require(admission)
    }

    /// - Parameters:
    ///   - admission: nil: none is sent.
    ///   - key: the idempotency key.
    func hold(_ places: JSON, with admission: String?, key: String = .random) async throws -> Answer {
        try await caller.post("/api/v1/shows/\(show)/holds", places, key: key, headers: Self.headers(admission))
    }

    func wait(for wish: JSON, with admission: String?) async throws -> Answer {
        try await caller.post("/api/v1/shows/\(show)/waitlist", wish, headers: Self.headers(admission))
    }

    func leave() async throws -> Answer { try await caller.delete(path) }

    private static func headers(_ admission: String?) -> [String: String] { admission.map { ["Admission": $0] } ?? [:] }
}
