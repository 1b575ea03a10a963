import Contract
import Domain
import EventLog
import Following
import Postgres
import PostgresViews
import Projection
import ShowSearch
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Finding shows` {
    @Test func `forgives accents, case and typing errors, in every script`() async throws {
        try await ShowSearchUnderTest.with { search in
            try await search.record([
                .named("metallica", "M72 World Tour", artist: "Metallica", city: "Köln"),
                .named("beyonce", "Renaissance", artist: "Beyoncé", venue: "Stade de France", city: "Saint-Denis"),
                .named("bjork", "Cornucopia", artist: "Björk", city: "Reykjavík"),
                .named("acdc", "Power Up", artist: "AC/DC", city: "Łódź"),
                .named("tokyo", "東京ドーム公演", artist: "宇多田ヒカル", venue: "東京ドーム", city: "東京"),
                .named("shalom", "ערב של שָׁלוֹם", artist: "עידן רייכל", city: "תל אביב"),
                .named("swan", "Лебединое озеро", artist: "Чайковский", city: "Москва"),
                .named("percent", "100 % Live_Set", artist: "O'Neil \"Q\" \\ Back", city: "Gent"),
            ])
            let wanted: [(String, [String])] = [
                ("metallica", ["metallica"]), ("METALICA", ["metallica"]), ("mettalica koln", ["metallica"]),
                ("metal", ["metallica"]), ("beyonce", ["beyonce"]), ("Beyonse", ["beyonce"]), ("bjork", ["bjork"]),
                ("bjrok", ["bjork"]), ("Reykjavik", ["bjork"]), ("ac/dc", ["acdc"]), ("ACDC", ["acdc"]),
                ("lodz", ["acdc"]), ("ドーム", ["tokyo"]), ("どーむ", ["tokyo"]), ("東", ["tokyo"]), ("ヒカル", ["tokyo"]),
                ("京都", []), ("שלום", ["shalom"]), ("רייכל", ["shalom"]), ("чайковскй", ["swan"]), ("ОЗЕРО", ["swan"]),
                ("saint denis", ["beyonce"]), ("stade beyonce", ["beyonce"]), ("metallica beyonce", []),
                ("100", ["percent"]), ("101", []), ("live_set", ["percent"]), ("o'neil", ["percent"]),
                ("ONeil", ["percent"]), ("%", []), ("_", []), ("'", []), ("\\", []), ("\"", []), ("🎸", []),
                ("'; DELETE FROM shows; --", []), ("zzzzzz", []), (String(repeating: "long ", count: 40), []),
                (String(repeating: "x", count: 200), []),
            ]
            for (text, ids) in wanted { #expect(try await search.found(.words(text)) == ids, "\(text)") }
            #expect(try await search.difference() == nil)
        }
    }

    @Test func `narrows by what a show has`() async throws {
        try await ShowSearchUnderTest.with { search in
            try await search.record([
                .named("a", "Alpha", artist: "Queen", venue: "Große Halle", city: "Köln", category: "Concert"),
                .named("b", "Queen of Spades", artist: "Opera", venue: "Hall", city: "KOELN", starts: 6_000),
                .named(
                    "c", "Gamma", artist: "Queens", venue: "große halle", city: "koln", category: "CONCERT",
                    starts: 7_000),
            ])
            #expect(try await search.found(.by { $0.artist = SearchWords("queen", isTyping: false) }) == ["a"])
            #expect(
                try await search.found(.by { $0.venue = SearchWords("GROSSE halle", isTyping: false) }) == ["a", "c"])
            #expect(try await search.found(.by { $0.cityKey = SearchText.key("KÖLN") }) == ["a", "c"])
            #expect(try await search.found(.by { $0.categoryKey = SearchText.key("concert") }) == ["a", "c"])
            #expect(try await search.found(.by { $0.from = Timestamp(microseconds: 6_000_000_000) }) == ["b", "c"])
            #expect(try await search.found(.by { $0.to = Timestamp(microseconds: 6_000_000_000) }) == ["a"])
            #expect(try await search.found(.by { $0.venueID = VenueID("none") }) == [])
            // The name counts less than the artist.
            #expect(try await search.found(.words("queen"), sort: .relevance) == ["a", "c", "b"])
            #expect(try await search.found(.by(), sort: .startsAtDescending) == ["c", "b", "a"])
            #expect(try await search.found(.by(), sort: .name) == ["a", "c", "b"])
        }
    }

    @Test func `tells the status of the time that is asked`() async throws {
        try await ShowSearchUnderTest.with { search in
            try await search.record([
                .named("over", starts: 1_000), .named("upcoming", starts: 3_000, onSale: 2_000),
                .named("on-sale", starts: 3_001), .named("sold-out", starts: 3_002), .named("cancelled", starts: 3_003),
                .named("draft", starts: 3_004, isDraft: true), .named("postponed", starts: 3_005, isPostponed: true),
                .named("off-sale", starts: 3_006, offSale: 900),
            ])
            try await search.cancel("cancelled")
            let soldOut: Set = [ShowID("sold-out"), ShowID("over"), ShowID("cancelled")]
            for status in ShowStatus.allCases {
                let found = try await search.found(.by { $0.statuses = [status] }, soldOut: soldOut)
                #expect(found == (status == .draft ? [] : [status.rawValue]))
                var filter = ShowFilter(includesDrafts: true)
                filter.statuses = [status]
                #expect(try await search.found(filter, soldOut: soldOut) == [status.rawValue])
            }
            #expect(
                try await search.found(.by { $0.statuses = [.onSale, .upcoming] }, soldOut: soldOut)
                    == ["upcoming", "on-sale"])
            // Nobody but an admin finds a draft, whatever is looked for.
            for filter in [ShowFilter.by(), .words("somebody"), .by { $0.cityKey = "gent" }] {
                let page = try await search.page(filter, soldOut: soldOut)
                #expect(page.shows.count == 7)
                #expect(page.facets?.total == 7)
                #expect(page.facets?.statuses.allSatisfy { $0.value != "draft" } == true)
            }
            #expect(try await search.page(ShowFilter(includesDrafts: true)).facets?.total == 8)
            #expect(try await search.difference() == nil)
        }
    }

    @Test func `mends no word by what a draft says`() async throws {
        try await ShowSearchUnderTest.with { search in
            try await search.record([
                .named("known", artist: "Metallica"), .named("draft", "Metalica Farwell", isDraft: true),
            ])
            // The draft's spelling is none that there is, and its own word is nothing to be led to.
            #expect(try await search.found(.words("metalica")) == ["known"])
            #expect(try await search.found(.words("farewell")) == [])
            var all = ShowFilter(includesDrafts: true)
            all.words = SearchWords("farewell")
            #expect(try await search.found(all) == ["draft"])
            try await search.record([.named("farwell", "Farwell")])
            #expect(try await search.found(.words("farewell")) == ["farwell"])
        }
    }

    @Test func `counts what was found`() async throws {
        try await ShowSearchUnderTest.with { search in
            try await search.record([
                .named("a", artist: "Band", city: "Köln", category: "Concert"),
                .named("b", artist: "Band", city: "köln", category: "concert", starts: 3_000_000),
                .named("c", artist: "Band", city: "Gent", starts: 3_000_001),
                .named("d", artist: "Other", city: "Gent"),
            ])
            let facets = try #require(try await search.page(.words("band"), soldOut: [ShowID("a")], limit: 1).facets)
            #expect(facets.total == 3)
            #expect(facets.cities.map { "\($0.value) \($0.count)" } == ["Köln 2", "Gent 1"])
            #expect(facets.categories.map { "\($0.value) \($0.count)" } == ["Concert 2"])
            #expect(facets.statuses.map { "\($0.value) \($0.count)" } == ["on-sale 2", "sold-out 1"])
            #expect(facets.months.map { "\($0.value) \($0.count)" } == ["1970-02 2", "1970-01 1"])
            // Counted again when a show changed, and when nothing is sold out any more.
            #expect(try await search.page(.words("band")).facets?.statuses.map(\.value) == ["on-sale"])
            try await search.record([.named("e", artist: "Band", city: "Gent")])
            #expect(try await search.page(.words("band")).facets?.total == 4)
            let none = try #require(try await search.page(.words("nothing")).facets)
            #expect(none.total == 0 && none.cities.isEmpty && none.categories.isEmpty && none.months.isEmpty)
        }
    }

    @Test func `is near, over the date line and at the poles`() async throws {
        try await ShowSearchUnderTest.with { search in
            func place(_ latitude: Double, _ longitude: Double) -> Location {
                Location(latitude: latitude, longitude: longitude)
            }
            try await search.record([
                .named("suva", at: place(-18.14, 178.44)), .named("apia", at: place(-13.83, -171.76)),
                .named("taveuni", at: place(-16.85, -179.97)), .named("north", at: place(89.99, 100)),
                .named("hamburg", at: place(53.55, 9.99)), .named("nowhere"),
            ])
            func near(_ latitude: Double, _ longitude: Double, _ radiusKm: Double) throws -> ShowFilter {
                let circle = try #require(GeoCircle(center: place(latitude, longitude), radiusKm: radiusKm))
                return .by { $0.near = circle }
            }
            #expect(try await search.found(near(-17, 179.9, 400), sort: .distance) == ["taveuni", "suva"])
            #expect(try await search.found(near(-17, -179.9, 1_100), sort: .distance) == ["taveuni", "suva", "apia"])
            #expect(try await search.found(near(90, -80, 10), sort: .distance) == ["north"])
            #expect(try await search.found(near(53.5, 10, 10), sort: .distance) == ["hamburg"])
            #expect(try await search.found(near(53.5, 10, 1), sort: .distance) == [])
            #expect(try await search.found(near(0, 0, GeoCircle.radiusKmMax)).count == 5)
        }
    }

    @Test(arguments: ShowQuery.Sort.allCases)
    func `goes on where the last page ended, whatever comes in between`(sort: ShowQuery.Sort) async throws {
        try await ShowSearchUnderTest.with { search in
            // Many are the same in everything but their id.
            let shows = (0..<40).map { (index: Int) -> ShowCreated in
                let place = Location(latitude: Double(index % 4), longitude: 0)
                let artist = index % 2 == 0 ? "Band" : "A band and others"
                return .named(
                    "s\(index)", "Night \(index % 3)", artist: artist, at: place, starts: 5_000 + Int64(index % 5))
            }
            try await search.record(shows)
            let circle = try #require(
                GeoCircle(center: Location(latitude: 0, longitude: 0), radiusKm: 1_000))
            let filter = ShowFilter.by {
                $0.words = SearchWords("band")
                $0.near = circle
            }
            let whole = try await search.found(filter, sort: sort)
            #expect(whole.count == 40 && Set(whole).count == 40)
            for size in [1, 7, 40] {
                var seen: [String] = []
                var after: ShowPlace?
                repeat {
                    let page = try await search.page(filter, sort: sort, after: after, limit: size)
                    #expect(page.shows.count <= size)
                    seen += page.shows.map(\.show.rawValue)
                    after = page.hasMore ? page.shows.last : nil
                } while after != nil
                #expect(seen == whole, "\(sort) by \(size)")
            }
        }
    }

    @Test func `forgets what was lost with the end of the log`() async throws {
        try await ShowSearchUnderTest.with { search in
            try await search.record([.named("kept"), .named("lost", "Lost")])
            #expect(try await search.found(.by()) == ["kept", "lost"])
            try await search.log.failOver(keeping: 1)
            try await search.upToDate()
            #expect(try await search.found(.by()) == ["kept"])
            #expect(try await search.page(.by()).facets?.total == 1)
            #expect(try await search.page(.by()).place == LogPosition(epoch: 2, position: 1))
            #expect(try await search.difference() == nil)
        }
    }

    @Test func `is rebuilt as it was, and a row that was tampered with is seen`() async throws {
        try await ShowSearchUnderTest.with { search in
            try await search.record([.named("a", "Ünïcode", category: "x"), .named("b", onSale: 5)])
            let audit = PostgresViewAudit<ShowSearchView>(
                conninfo: search.database.appConninfo, log: search.log, logger: .test)
            let before = try await audit.verify()
            #expect(before.difference == nil && before.rows == 2)
            _ = try await audit.rebuild()
            let after = try await audit.verify()
            #expect(after == before)
            let admin = search.database.admin()
            try await admin.script("UPDATE holdfast_shows.shows SET starts_at = starts_at + 1 WHERE show_id = 'b'")
            #expect(try await audit.verify().difference != nil)
            await admin.disconnect()
        }
    }
}

@Suite struct `The fold of shows to find` {
    private func event(_ event: ShowEvent, at position: Int64, of show: String) -> FollowedEvent {
        FollowedEvent(
            RecordedEvent(
                position: position, stream: StreamID(ShowID(show)), streamVersion: position,
                event: EncodedEvent(event), commandID: CommandID(high: 0, low: 1),
                recordedAt: Timestamp(microseconds: 0)))
    }

    @Test func `is the same in pages of any size`() throws {
        var events: [FollowedEvent] = []
        for index in Int64(0)..<30 {
            events.append(event(.created(.named("s\(index)")), at: index + 1, of: "s\(index)"))
        }
        for index in Int64(0)..<10 {
            let cancelled = ShowCancelled(orders: 0, cancelledAt: Timestamp(microseconds: index))
            events.append(event(.cancelled(cancelled), at: 31 + index, of: "s\(index * 2)"))
        }
        var whole = ShowSearchFold([:])
        for event in events { try whole.apply(event) }
        for size in [1, 3, 7, 31] {
            var stored: [ShowID: ShowListing] = [:]
            var rest = events[...]
            while !rest.isEmpty {
                let page = Array(rest.prefix(size))
                rest = rest.dropFirst(size)
                let keys = ShowSearchFold.keys(in: page)
                var fold = ShowSearchFold(stored.filter { keys.contains($0.key) })
                for event in page { try fold.apply(event) }
                for row in fold.changedRows { stored[row.showID] = row }
            }
            #expect(stored.values.sorted { $0.showID < $1.showID } == whole.allRows)
        }
    }

    @Test func `stops before what makes no sense`() throws {
        var fold = ShowSearchFold([:])
        try fold.apply(event(.created(.named("a")), at: 1, of: "a"))
        let faults: [(ShowEvent, String)] = [
            (.created(.named("a")), "a"), (.created(.named("b")), "c"),
            (.cancelled(ShowCancelled(orders: 0, cancelledAt: Timestamp(microseconds: 0))), "none"),
        ]
        for (fault, show) in faults {
            #expect(throws: ProjectionFault.self) { try fold.apply(event(fault, at: 2, of: show)) }
        }
        #expect(fold.allRows.map(\.showID.rawValue) == ["a"])
        #expect(ShowSearchFold.concerns(event(.created(.named("a")), at: 1, of: "a")))
        #expect(!ShowSearchFold.concerns(event(Purchase.started("a"), at: 1, of: "a")))
    }
}
