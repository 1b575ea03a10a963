/// What may serve somebody now who could not be served before: places that came free, and people who may have more.
struct FreedPlaces {
    /// Anything may be otherwise than it was.
    private(set) var isEverything = false
    /// The show has other places or limits: wishes may have become impossible.
    private(set) var mayEndWishes = false
    private(set) var seats: [Int] = []
    private(set) var areas: [AreaID] = []
    /// Who has fewer places than before.
    private(set) var users: [UserID] = []
    /// Of new entries.
    private(set) var wishes: [WaitlistWish] = []

    var isNothing: Bool { !isEverything && seats.isEmpty && areas.isEmpty && users.isEmpty && wishes.isEmpty }

    mutating func addEverything() { isEverything = true }

    /// What may be free after the event. It may say too much, and never too little.
    mutating func add(_ event: ShowEvent) {
        switch event {
        case .created, .changed, .places:
            isEverything = true
            mayEndWishes = true
        case .allocations, .cancelled: isEverything = true
        case .hold(.placed): break
        case .hold(.changed(let changed)):
            if let dropped = changed.dropped { add(dropped) }
        case .hold(.released(let ended)), .hold(.expired(let ended)): add(ended)
        case .order(.sold(let sold)): users += sold.resold.map(\.sellerID)
        case .order(.returned(let returned)):
            seats += returned.seatIndexes
            areas += returned.areas.map(\.areaID)
            users.append(returned.userID)
        case .order(.swapped(let swapped)): seats += swapped.swaps.map(\.oldSeat)
        case .waitlist(.joined(let joined)): wishes.append(joined.wish)
        case .admission, .order, .ticket, .waitlist: break
        }
    }

    private mutating func add(_ ended: HoldEnded) {
        seats += ended.seatIndexes
        areas += ended.areas.map(\.areaID)
        users.append(ended.userID)
    }
}
