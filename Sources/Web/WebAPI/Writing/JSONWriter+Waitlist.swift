public import Domain
public import Text

extension JSONWriter {
    /// Members, not an object: who waits for what, as every answer shows it.
    public mutating func members(_ joined: WaitlistJoined, show: ShowID) {
        member("entryId", joined.entryID)
        member("showId", show)
        member("userId", joined.userID)
        members(joined.wish)
        if !joined.ticketTypes.isEmpty {
            object("ticketTypes") { json in
                for (type, count) in joined.ticketTypes.sorted(by: { $0.key < $1.key }) {
                    json.key(type)
                    json.value(count)
                }
            }
        }
        member("joinedAt", joined.joinedAt)
    }

    /// The members of the request that the wish came from.
    private mutating func members(_ wish: WaitlistWish) {
        member("quantity", wish.quantity)
        switch wish.scope {
        case .anywhere: break
        case .category(let name): member("category", name)
        case .zone(let name): member("zone", name)
        case .row(let number, let zone):
            member("row", number)
            if let zone { member("zone", zone) }
        case .areas(let areas):
            array("areas") { json in for area in areas { json.value(area.rawValue) } }
        }
        member("together", wish.isTogether)
        member("accessible", wish.isAccessible)
    }
}
