import Domain
import HTTPServer
import Identity
import Text
import WebAPI

/// `POST /shows/{id}/waitlist`: how many places the caller waits for, and which.
struct WaitlistBody: Decodable {
    var quantity: Int
    var category: String?
    var zone: String?
    var row: String?
    var areas: [String]?
    var ticketTypes: TicketTypeWish?
    var together: Bool?
    var accessible: Bool?

    func command(
        on show: ShowID, _ identity: CommandIdentity, _ admission: Admission?
    ) throws(Problem) -> ShowCommand {
        guard quantity >= 0 else { throw .invalid("quantity must not be negative.") }
        let wish = WaitlistWish(
            quantity: quantity, scope: try scope(), isTogether: together ?? true, isAccessible: accessible ?? false)
        return .waitlist(
            .join(
                JoinWaitlist(
                    entryID: WaitlistEntryID(on: show, placedBy: identity.commandID),
                    userID: identity.principal.userID, wish: wish, ticketTypes: try counts(),
                    admission: admission)))
    }

    private func counts() throws(Problem) -> [String: Int] {
        guard let ticketTypes, case .counted(let counts) = try ticketTypes.counted(of: quantity) else { return [:] }
        return counts
    }

    private func scope() throws(Problem) -> WaitlistWish.Scope {
        // A row may be of a zone; everything else stands alone.
        let named = [
            ("category", category != nil), ("zone", zone != nil && row == nil), ("row", row != nil),
            ("areas", areas != nil),
        ].filter(\.1).map(\.0)
        guard named.count <= 1 else {
            throw .invalid("Ask for \(named.joined(separator: " or ")), not for both; a row may have a zone.")
        }
        if let category {
            guard DisplayText(category) != nil else { throw .invalidName(.unknownCategory, "a category") }
            return .category(category)
        }
        if let zone, zone.isEmpty { throw .invalid("zone must not be empty.") }
        // Rejections store the name.
        if let zone, zone.utf8.count > HoldBody.nameBytesMax { throw .invalidName(.unknownZone, "a zone") }
        if let row {
            guard row.utf8.count <= HoldBody.nameBytesMax else { throw .invalidName(.unknownRow, "a row") }
            return .row(row, zone: zone)
        }
        if let zone { return .zone(zone) }
        if let areas { return .areas(try Self.ids(of: areas)) }
        return .anywhere
    }

    /// The areas in one order, each once: wishes for the same are the same wish.
    private static func ids(of names: [String]) throws(Problem) -> [AreaID] {
        guard (1...WaitlistWish.areasMax).contains(names.count) else {
            throw .invalid("areas must name 1 to \(WaitlistWish.areasMax), or be left out.")
        }
        var ids: Set<AreaID> = []
        for name in names {
            guard let id = AreaID(checking: name) else { throw .invalidName(.unknownArea, "an area") }
            ids.insert(id)
        }
        return ids.sorted()
    }
}
