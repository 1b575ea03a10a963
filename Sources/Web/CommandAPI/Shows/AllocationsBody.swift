import Domain
import HTTPServer
import WebAPI

/// `PUT /shows/{id}/allocations`: all places that are not for everybody.
struct AllocationsBody: Decodable {
    struct AllocationBody: Decodable {
        var name: DisplayText
        var channel: DisplayText?
        var label: DisplayText?
        var seats: [String]?
        var areas: [String: Int]?
        var releasesAt: Timestamp?

        func wish() throws(Problem) -> AllocationWish {
            let places = try HoldBody.named(seats: seats ?? [], areas: areas ?? [:])
            guard !places.seats.isEmpty || !places.areas.isEmpty else {
                throw .invalid("An allocation has seats, areas or both.")
            }
            return AllocationWish(
                name: name.text, channel: channel?.text, label: label?.text ?? "", seats: places.seats,
                areas: places.areas,
                releasesAt: releasesAt)
        }
    }

    var allocations: [AllocationBody]

    /// Allocations that a show may have.
    private static let countMax = 200

    func command() throws(Problem) -> ShowCommand {
        guard allocations.count <= Self.countMax else { throw .invalid("At most \(Self.countMax) allocations.") }
        var wishes: [AllocationWish] = []
        for allocation in allocations { wishes.append(try allocation.wish()) }
        return .allocate(wishes)
    }
}
