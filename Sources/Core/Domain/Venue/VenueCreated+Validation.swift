/// A venue that may be created: everything about it that its own data can tell is right.
///
/// Only such a venue can be put into a command, so the decider never meets another.
public struct ValidVenue: Equatable, Sendable {
    public let venue: VenueCreated

    /// - Throws: ``InvalidShow`` with the rules that are broken; its subject says whether the plan breaks it.
    public init(_ venue: VenueCreated) throws(InvalidShow) {
        try venue.validate()
        self.venue = venue
    }
}

extension VenueCreated {
    fileprivate func validate() throws(InvalidShow) {
        var faults = FaultList()
        for (what, text) in [("name", name), ("city", city)] {
            faults.require(DisplayText(text) != nil, what, "\(what) \(DisplayText.rule).")
        }
        faults.require(Venue.isTimeZoneName(timeZone), "timeZone", "timeZone \(Venue.timeZoneRule).")
        Venue.validate(country: country, location: location, below: "", &faults)
        areas.validate(&faults)
        let subject = faults.isEmpty ? InvalidShow.Subject.seatingPlan : .show
        if let plan { faults.add(plan.unpacked().faults, below: "seatingPlan") }
        guard faults.isEmpty else { throw InvalidShow(subject, faults) }
    }
}

extension Venue {
    /// To follow the name of what breaks it.
    public static let timeZoneRule = "must be the IANA name of a time zone, such as Europe/Berlin"

    /// Whether `text` has the form of a time zone's name. Whether there is such a zone only a time zone database can tell.
    public static func isTimeZoneName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "+"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// - Parameter parent: where the members are, in their places.
    static func validate(country: String?, location: Location?, below parent: String, _ faults: inout FaultList) {
        if let country {
            faults.require(
                country.utf8.count == 2 && country.utf8.allSatisfy { (0x41...0x5A).contains($0) }, "\(parent)country",
                "\(parent)country must be an ISO 3166-1 code of two capital letters, such as DE.")
        }
        faults.require(
            location?.isValid ?? true, "\(parent)location",
            "\(parent)location must have lat from -90 to 90 and lon from -180 to 180.")
    }
}
