import Domain
import HTTPServer
import WebAPI

/// `PATCH /shows/{id}`, a JSON Merge Patch (RFC 7396): what is not named stays, and null takes away what may be missing.
struct ShowPatchBody: Decodable {
    private(set) var edits: [ShowEdit] = []
    /// Of the edits, those that are charged: a price, or the whole of a ticket type.
    private(set) var amounts: [Int64] = []
    private var seatingPlan: SeatingPlanBody?
    private var areas: [ShowBody.AreaBody]?

    private enum Member: String, CodingKey, CaseIterable {
        case name, artist, venue, startsAt, doorsAt, onSaleAt, offSaleAt, ticketTypes, prices, holdSeconds
        case holdSecondsMax, maxSeatsPerHold, maxSeatsPerUser, paymentSeconds, regrantsLatePayments, draft, postponed
        case category, orphans, accessibleReleasedAt, seatingPlan, areas, offerSeconds, waitlistEntriesPerUser
    }

    private enum VenueMember: String, CodingKey {
        case name, city, country, timeZone, location
    }

    init(from decoder: any Decoder) throws {
        let body = try decoder.container(keyedBy: Member.self)
        guard !body.allKeys.isEmpty else { throw InvalidValue.error("must name what is to change", at: decoder) }
        for member in Member.allCases where body.contains(member) { try read(member, body) }
    }

    private mutating func read(_ member: Member, _ body: KeyedDecodingContainer<Member>) throws {
        func value<T: Decodable>(_ type: T.Type = T.self) throws -> T { try body.decode(T.self, forKey: member) }
        func optional<T: Decodable>(_ type: T.Type = T.self) throws -> T? {
            try body.decodeIfPresent(T.self, forKey: member)
        }
        switch member {
        case .name: edits.append(.name(try value(DisplayText.self).text))
        case .category: edits.append(.category(try optional(DisplayText.self)?.text))
        case .artist: edits.append(.artist(try value(DisplayText.self).text))
        case .venue: try readVenue(body.superDecoder(forKey: member))
        case .startsAt: edits.append(.startsAt(try value()))
        case .doorsAt: edits.append(.doorsAt(try optional()))
        case .onSaleAt: edits.append(.onSaleAt(try optional()))
        case .offSaleAt: edits.append(.offSaleAt(try optional()))
        case .ticketTypes: try readTicketTypes(value())
        case .prices: try readPrices(value())
        case .holdSeconds: edits.append(.holdSeconds(try value()))
        case .holdSecondsMax: edits.append(.holdSecondsMax(try optional()))
        case .maxSeatsPerHold: edits.append(.maxSeatsPerHold(try value()))
        case .maxSeatsPerUser: edits.append(.maxSeatsPerUser(try value()))
        case .offerSeconds: edits.append(.offerSeconds(try value()))
        case .waitlistEntriesPerUser: edits.append(.waitlistEntriesPerUser(try value()))
        case .paymentSeconds: edits.append(.paymentSeconds(try value()))
        case .regrantsLatePayments: edits.append(.regrantsLatePayments(try value()))
        case .orphans: edits.append(.orphans(try value()))
        case .accessibleReleasedAt: edits.append(.accessibleReleasedAt(try optional()))
        case .draft: edits.append(.isDraft(try value()))
        case .seatingPlan: seatingPlan = try value(SeatingPlanBody.self)
        case .areas: areas = try value([ShowBody.AreaBody].self)
        case .postponed: edits.append(.isPostponed(try value()))
        }
    }

    private mutating func readVenue(_ decoder: any Decoder) throws {
        let venue = try decoder.container(keyedBy: VenueMember.self)
        if venue.contains(.name) { edits.append(.venueName(try venue.decode(DisplayText.self, forKey: .name).text)) }
        if venue.contains(.city) { edits.append(.venueCity(try venue.decode(DisplayText.self, forKey: .city).text)) }
        if venue.contains(.timeZone) {
            edits.append(.timeZone(try venue.decodeIfPresent(TimeZoneName.self, forKey: .timeZone)?.text))
        }
        if venue.contains(.country) {
            edits.append(.country(try venue.decodeIfPresent(String.self, forKey: .country)))
        }
        if venue.contains(.location) {
            edits.append(.location(try venue.decodeIfPresent(LocationBody.self, forKey: .location)?.location))
        }
    }

    private mutating func readTicketTypes(_ byCategory: [String: [TicketTypeBody]?]) {
        for (category, bodies) in byCategory.sorted(by: { $0.key < $1.key }) {
            let types = bodies?.map(\.type)
            edits.append(.ticketTypes(category, types))
            amounts += (types ?? []).map { $0.price.addingReportingOverflow($0.fee).partialValue &+ $0.tax }
        }
    }

    private mutating func readPrices(_ byCategory: [String: Int64?]) {
        for (category, price) in byCategory.sorted(by: { $0.key < $1.key }) {
            edits.append(.price(category, price))
            if let price { amounts.append(price) }
        }
    }

    func command(_ canCharge: CommandRoutes.PriceRule) throws(Problem) -> ShowCommand {
        var plan: ValidPlan?
        if let seatingPlan {
            let asked = try seatingPlan.plan()
            do throws(InvalidShow) {
                plan = try ValidPlan(asked)
            } catch {
                throw Problem(error)
            }
        }
        return .change(
            ShowChange(
                edits, unchargeable: unchargeable(canCharge), plan: plan, areas: areas?.map(\.area)))
    }

    /// The currencies in which one of the prices can't be charged.
    private func unchargeable(_ canCharge: CommandRoutes.PriceRule) -> Set<String> {
        Set(CommandRoutes.currenciesOfLargeSteps.filter { currency in !amounts.allSatisfy { canCharge($0, currency) } })
    }
}
