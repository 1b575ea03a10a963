public import Domain
import Foundation
public import Text

extension JSONWriter {
    /// What a show says about itself; members, not an object.
    public mutating func describe(_ show: ShowCreated) {
        let zone = show.venue.timeZone.flatMap(TimeZone.init(identifier:))
        member("name", show.name)
        member("artist", show.artist)
        if let organisation = show.organisationID { member("organisationId", organisation) }
        object("venue") { json in
            json.member("name", show.venue.name)
            json.member("city", show.venue.city)
            if let id = show.venue.venueID { json.member("venueId", id) }
            if let country = show.venue.country { json.member("country", country) }
            if let timeZone = show.venue.timeZone { json.member("timeZone", timeZone) }
            if let location = show.venue.location { json.write(location) }
        }
        if let category = show.category { member("category", category) }
        member("startsAt", "startsAtLocal", show.startsAt, in: zone)
        member("doorsAt", "doorsAtLocal", show.doorsAt, in: zone)
        member("onSaleAt", "onSaleAtLocal", show.onSaleAt, in: zone)
        member("offSaleAt", "offSaleAtLocal", show.salesEndAt, in: zone)
        member("postponedFrom", "postponedFromLocal", show.postponedFrom, in: zone)
        object("prices") { json in
            for (category, price) in show.pricesByCategory {
                json.key(category)
                json.value(price)
            }
        }
        if !show.ticketTypes.isEmpty { write(show.ticketTypes) }
        member("holdSeconds", show.holdSeconds)
        if let seconds = show.holdSecondsMax { member("holdSecondsMax", seconds) }
        member("maxSeatsPerHold", show.maxSeatsPerHold)
        if let count = show.maxSeatsPerUser { member("maxSeatsPerUser", count) }
        member("offerSeconds", show.offerSeconds)
        member("waitlistEntriesPerUser", show.waitlistEntriesPerUser)
        member("paymentSeconds", show.paymentSeconds)
        member("regrantsLatePayments", show.regrantsLatePayments)
        member("orphans", show.orphans.rawValue)
        member("accessibleReleasedAt", "accessibleReleasedAtLocal", show.accessibleReleasedAt, in: zone)
    }

    /// Where a venue is, as member `location`.
    public mutating func write(_ location: Location) {
        object("location") { json in
            json.key("lat")
            json.value(location.latitude)
            json.key("lon")
            json.value(location.longitude)
        }
    }

    /// A time in UTC, and as clocks at the venue show it.
    private mutating func member(
        _ key: StaticString, _ localKey: StaticString, _ time: Timestamp?, in zone: TimeZone?
    ) {
        guard let time else { return }
        member(key, time)
        guard let zone else { return }
        let date = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
        let local = RFC3339.text(time.microseconds, secondsEastOfUTC: zone.secondsFromGMT(for: date))
        if let local { member(localKey, local) }
    }

    private mutating func write(_ types: [String: [TicketType]]) {
        object("ticketTypes") { json in
            for (category, types) in types.sorted(by: { $0.key < $1.key }) {
                json.key(category)
                json.array { json in
                    for type in types {
                        json.object { json in
                            json.member("name", type.name)
                            json.member("price", type.price)
                            json.member("fee", type.fee)
                            json.member("tax", type.tax)
                            json.member("minPerOrder", type.minPerOrder)
                            if let max = type.maxPerOrder { json.member("maxPerOrder", max) }
                        }
                    }
                }
            }
        }
    }
}

extension ShowCreated {
    /// The price of each category; of one with ticket types, the first type's.
    fileprivate var pricesByCategory: [(category: String, price: Int64)] {
        let ofTypes = ticketTypes.compactMapValues(\.first?.price)
        return prices.merging(ofTypes) { $1 }.sorted { $0.key < $1.key }.map { (category: $0.key, price: $0.value) }
    }
}
