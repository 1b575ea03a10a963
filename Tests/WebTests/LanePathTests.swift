import Testing

@testable import WebAPI

@Suite("The paths of the fast lane")
struct LanePathTests {
    @Test("Ids are what stands between the fixed parts, in plain spelling") func ids() {
        let none = LanePath("me/holds")
        #expect(none.ids(in: "/api/v1/me/holds").map { [$0, $1] } == ["", ""])
        #expect(none.ids(in: "/api/v1/me/holds/") == nil && none.ids(in: "/api/v1/me/holds?x=1") == nil)

        let one = LanePath("shows/{id}/holds")
        #expect(one.template == "/api/v1/shows/{id}/holds")
        #expect(one.ids(in: "/api/v1/shows/a-b.c/holds").map { [$0, $1] } == ["a-b.c", ""])
        for path in [
            "shows//holds", "shows/a/holds/", "shows/a%20b/holds", "shows/a/b/holds", "shows/a/hold", "shows/a",
        ] {
            #expect(one.ids(in: "/api/v1/\(path)") == nil, "\(path)")
        }

        let two = LanePath("shows/{id}/queue/entries/{entryId}")
        #expect(two.ids(in: "/api/v1/shows/s/queue/entries/s-e").map { [$0, $1] } == ["s", "s-e"])
        for path in [
            "shows/s/queue/entries/", "shows//queue/entries/e", "shows/s/queue/entries/e/stream",
            "shows/s/queue/entries/e?", "shows/s/queue/entries/é", "shows/s/queue",
        ] {
            #expect(two.ids(in: "/api/v1/\(path)") == nil, "\(path)")
        }
    }
}
