import Domain
import HTTPServer
import WebAPI

/// `PUT /shows/{id}/allocations`: all places that are not for everybody.
struct AllocationsBody: Decodable {
    struct AllocationBody: Decodable {
        var name: DisplayText
        var channel: DisplayText?
        var label: String?
        var seats: [String]?
        var areas: [String: Int]?
        var releasesAt: Timestamp?

        private enum CodingKeys: String, CodingKey, CaseIterable { case name, channel, label, seats, areas, releasesAt }

        init(from decoder: any Decoder) throws {
            try decoder.refuseOthers(than: CodingKeys.allCases)
            let body = try decoder.container(keyedBy: CodingKeys.self)
            name = try body.decode(DisplayText.self, forKey: .name)
            channel = try body.decodeIfPresent(DisplayText.self, forKey: .channel)
            label = try body.decodeIfPresent(DisplayText.self, forKey: .label)?.text
            seats = try body.decodeIfPresent([String].self, forKey: .seats)
            areas = try body.decodeIfPresent([String: Int].self, forKey: .areas)
            releasesAt = try body.decodeIfPresent(Timestamp.self, forKey: .releasesAt)
        }

        func wish() throws(Problem) -> AllocationWish {
            let places = try HoldBody.named(seats: seats ?? [], areas: areas ?? [:])
            guard !places.seats.isEmpty || !places.areas.isEmpty else {
                throw .invalid("An allocation has seats, areas or both.")
            }
            return AllocationWish(
                name: name.text, channel: channel?.text, label: label ?? "", seats: places.seats, areas: places.areas,
                releasesAt: releasesAt)
        }
    }

    var allocations: [AllocationBody]

    /// Allocations that a show may have.
    private static let countMax = 200

    private enum CodingKeys: String, CodingKey, CaseIterable { case allocations }

    init(from decoder: any Decoder) throws {
        try decoder.refuseOthers(than: CodingKeys.allCases)
        allocations = try decoder.container(keyedBy: CodingKeys.self)
            .decode([AllocationBody].self, forKey: .allocations)
    }

    func command() throws(Problem) -> ShowCommand {
        guard allocations.count <= Self.countMax else { throw .invalid("At most \(Self.countMax) allocations.") }
        var wishes: [AllocationWish] = []
        for allocation in allocations { wishes.append(try allocation.wish()) }
        return .allocate(wishes)
    }
}
