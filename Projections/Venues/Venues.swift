import Contract
public import Domain
public import Projection
import SwiftProtobuf

/// Every venue, as it was created.
public struct Venues: AggregateProjection {
    public static let name = "venues"
    public static let formatVersion = 1

    public struct Entry: Sendable {
        /// The seating plan is packed.
        public let venue: VenueCreated
        /// The sequence number of the event that created it.
        public let position: Int64
    }

    public private(set) var venues: [VenueID: Entry] = [:]
    /// In the order of their creation. Venues are never removed, so a place in it is for ever.
    public private(set) var order: [VenueID] = []

    public init() {}

    public mutating func apply(_ event: VenueEvent, in context: EventContext) throws(ProjectionFault) {
        switch event {
        case .created(let venue):
            guard venue.venueID.stream == context.stream else {
                throw ProjectionFault("venue \(venue.venueID) is created in the stream \(context.stream)")
            }
            try insert(venue, at: context.position)
        }
    }

    private mutating func insert(_ venue: VenueCreated, at position: Int64) throws(ProjectionFault) {
        guard venues[venue.venueID] == nil else { throw ProjectionFault("venue \(venue.venueID) is created twice") }
        venues[venue.venueID] = Entry(venue: venue, position: position)
        order.append(venue.venueID)
    }

    // MARK: Snapshots

    public var encoded: [UInt8] {
        canonicalBytes(
            of: Holdfast_V1_VenuesSnapshot.with {
                $0.venues = order.compactMap { venues[$0] }.map { entry in
                    .with {
                        $0.venue = Holdfast_V1_VenueCreated(entry.venue)
                        $0.position = entry.position
                    }
                }
            })
    }

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        do {
            for entry in try Holdfast_V1_VenuesSnapshot(serializedBytes: encoded).venues {
                try insert(try VenueCreated(entry.venue), at: entry.position)
            }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    public var lines: [String] {
        order.compactMap { venues[$0] }.map { entry in
            jsonLine([
                ("venue", .text(entry.venue.venueID.rawValue)), ("name", .text(entry.venue.name)),
                ("city", .text(entry.venue.city)), ("country", .text(entry.venue.country ?? "")),
                ("timeZone", .text(entry.venue.timeZone)), ("capacity", .number(Int64(entry.venue.capacity))),
                ("plan", .text(canonicalDigest(of: entry.venue.plan?.wireBytes ?? []))),
                ("version", .number(entry.position)),
            ])
        }
    }
}
