public import Domain
public import EventLog
import SwiftProtobuf

extension VenueState: LoggedAggregate {
    public static let codec = EventCodec<VenueEvent>([
        .init("VenueCreated", as: Holdfast_V1_VenueCreated.self) {
            guard case .created(let event) = $0 else { return nil }
            return Holdfast_V1_VenueCreated(event)
        } read: {
            .created(try VenueCreated($0))
        }
    ])
}

extension EncodedEvent {
    /// A venue's event as it is written today.
    public init(_ event: VenueEvent) { self = VenueState.codec.encode(event) }
}

extension Holdfast_V1_VenueCreated {
    public init(_ event: VenueCreated) {
        self.init()
        venueID = event.venueID.rawValue
        name = event.name
        city = event.city
        country = event.country ?? ""
        timeZone = event.timeZone
        if let location = event.location { self.location = Holdfast_V1_Location(location) }
        if let plan = event.plan { seatingPlan = Holdfast_V1_SeatingPlan(plan.unpacked()) }
        areas = event.areas.map(Holdfast_V1_ShowCreated.Area.init)
        organisationID = event.organisationID?.rawValue ?? ""
        createdAt = event.createdAt.microseconds
    }
}

extension VenueCreated {
    /// The seating plan stays packed.
    public init(_ message: Holdfast_V1_VenueCreated) throws(UnreadableEvent) {
        var plan: KeptPlan?
        if message.hasSeatingPlan { plan = .packed(PackedPlan(try SeatingPlan(message.seatingPlan))) }
        self.init(
            venueID: VenueID(message.venueID), name: message.name, city: message.city, country: message.country.orNil,
            timeZone: message.timeZone, location: message.hasLocation ? Location(message.location) : nil, plan: plan,
            areas: message.areas.map(Area.init), createdAt: Timestamp(microseconds: message.createdAt))
        organisationID = message.organisationID.orNil.map { OrganisationID($0) }
    }
}

extension Holdfast_V1_Location {
    init(_ location: Location) {
        self.init()
        latitude = location.latitude
        longitude = location.longitude
    }
}

extension Location {
    init(_ message: Holdfast_V1_Location) { self.init(latitude: message.latitude, longitude: message.longitude) }
}
