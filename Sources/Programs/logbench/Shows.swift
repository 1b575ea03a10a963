import ArgumentParser
import Contract
import Domain
import EventLog
import Foundation
import PostgresEventLog

struct Shows: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a log of many small shows to be found: names, artists, venues and cities, always the same.")

    @OptionGroup var log: LogOptions
    @Option(help: "Shows.") var shows = 50_000

    /// Shows created by one append.
    private static let batchShows = 1_000

    func validate() throws {
        guard (1...1_000_000).contains(shows) else { throw ValidationError("--shows must be 1 to 1000000.") }
    }

    func run() async throws {
        let now = Timestamp.now
        let log = log.open()
        let epoch = try await log.head().epoch
        let start = ContinuousClock.now
        let count = try await Writer(log: log, epoch: epoch).run { [shows] batch in
            let numbers = batch * Self.batchShows..<min((batch + 1) * Self.batchShows, shows)
            return numbers.isEmpty ? nil : numbers.map { FoundShow(number: $0, now: now).append }
        }
        let elapsed = start.duration(to: .now) / .seconds(1)
        print("{\"events\": \(count), \"seconds\": \(elapsed), \"rate\": \(Double(count) / elapsed)}")
    }
}

/// One of many shows: what it is called follows from its number.
struct FoundShow {
    var number: Int
    var now: Timestamp

    private static let syllables = [
        "ka", "ro", "mi", "ten", "lu", "sa", "vor", "ne", "di", "pol", "gra", "zu", "he", "bal", "tic", "o", "wen",
        "ri",
        "sto", "fa", "ber", "qui", "na", "dol", "é", "ün", "çi", "ly", "mar", "ko", "jas", "per",
    ]
    private static let cities = [
        "Köln", "Hamburg", "Berlin", "Łódź", "Kraków", "Gent", "Brüssel", "Paris", "Saint-Denis", "Lyon", "Zürich",
        "Genève",
        "Wien", "Praha", "Brno", "København", "Århus", "Malmö", "Göteborg", "Oslo", "Tromsø", "Reykjavík", "Helsinki",
        "Tallinn", "Rīga", "Vilnius", "London", "Manchester", "Dublin", "Madrid", "Málaga", "Lisboa", "Porto", "Roma",
        "Milano", "Αθήνα", "Москва", "تونس", "תל אביב", "東京", "大阪", "서울", "São Paulo", "Montréal", "New York",
    ]
    private static let categories = [
        "concert", "theatre", "opera", "comedy", "sports", "family", "festival", "exhibition",
    ]

    /// A name of two words, each of two to four syllables.
    private func name(_ salt: UInt64, of many: UInt64) -> String {
        var seed = (mixed(salt) % many) &* 0x9E37_79B9_7F4A_7C15 &+ salt
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(bound))
        }
        return (0..<2).map { _ in
            (0..<2 + next(3)).map { _ in Self.syllables[next(Self.syllables.count)] }.joined().capitalized
        }.joined(separator: " ")
    }

    private func mixed(_ salt: UInt64) -> UInt64 {
        var z = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ salt
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        return z ^ (z >> 27)
    }

    /// The command that creates it, by itself in its stream.
    var append: StreamAppend {
        let command = CommandID(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ 1, low: UInt64(number))
        let id = ShowID(createdBy: command)
        let day = Int64(mixed(3) % 720) - 60
        let show = ShowCreated(
            showID: id, name: name(11, of: 20_000), artist: name(12, of: 6_000),
            venue: Venue(
                name: name(13, of: 900) + " Hall", city: Self.cities[Int(mixed(14) % UInt64(Self.cities.count))],
                country: "DE", timeZone: "Europe/Berlin",
                location: Location(
                    latitude: 36 + Double(mixed(15) % 24_000) / 1_000,
                    longitude: -9 + Double(mixed(16) % 33_000) / 1_000)),
            startsAt: now.adding(seconds: day * 86_400 + Int64(mixed(17) % 24) * 3_600), onSaleAt: nil, currency: "EUR",
            prices: ["Floor": 6_900], holdSeconds: 600, maxSeatsPerHold: 6, seatingPlan: nil,
            areas: [Area(areaID: AreaID("floor"), name: "Floor", capacity: 1_000, category: "Floor")],
            category: Self.categories[Int(mixed(18) % UInt64(Self.categories.count))], createdAt: now)
        return StreamAppend(
            stream: StreamID(id), expectedVersion: 0,
            commands: [
                DecidedCommand(
                    id: command, principal: "admin", fingerprint: [UInt8](repeating: 7, count: 32),
                    outcome: Outcome.accepted.encoded, events: [EncodedEvent(.created(show))])
            ])
    }
}
