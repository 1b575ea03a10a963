import Domain

/// A draw as its rules are written down: what has to be there before it, and the order that follows.
struct LedgerDraw {
    var commitments: [DrawCommitment] = []
    var beacon: DrawBeacon?
    private(set) var entrants: [EntryID] = []
    private(set) var isHeld = false
    private var closedAt: Int64?
    private var hash: [UInt8]?
    /// Nil: the party forfeited it.
    private var seeds: [String: [UInt8]?] = [:]
    private var randomness: [UInt8]?

    mutating func close(_ entrants: [EntryID], at position: Int64) {
        self.entrants = entrants
        closedAt = position
    }

    /// Returns the faults.
    mutating func apply(_ event: RoomEvent) -> [String] {
        switch event {
        case .drawSealed(let event):
            let isRight = hash == nil && event.position == closedAt && event.entrantCount == entrants.count
            hash = event.hash
            return isRight ? [] : ["the seal is not of the set that was closed"]
        case .seedRevealed(let event):
            let isRight =
                hash != nil && seeds[event.party] == nil
                && commitments.contains(DrawCommitment(party: event.party, commitment: Draw.sha256(event.seed)))
            seeds[event.party] = event.seed
            return isRight ? [] : ["a seed was revealed before the seal, twice, or is not the committed one"]
        case .partyForfeited(let event):
            let isRight = hash != nil && seeds[event.party] == nil
            seeds[event.party] = .some(nil)
            return isRight ? [] : ["a party forfeited what it had revealed"]
        case .beaconRecorded(let event):
            let isRight =
                hash != nil && event.round == beacon?.round && randomness == nil
                && event.randomness == Draw.sha256(event.signature)
            randomness = event.randomness
            return isRight ? [] : ["the beacon's value is not of the round that was fixed"]
        default: return []
        }
    }

    /// Returns the entrants by their numbers, and what is wrong with the draw.
    mutating func hold(_ event: DrawHeld) -> (order: [EntryID], fault: String?) {
        let isReady =
            hash != nil && commitments.allSatisfy { seeds[$0.party] != nil } && (beacon == nil) == (randomness == nil)
        let key = commitments.flatMap { (seeds[$0.party] ?? nil) ?? [] } + (randomness ?? [])
        let isRight = isReady && !isHeld && event.keyDigest == Draw.sha256(key)
        isHeld = true
        let ranked = entrants.map { (rank: Self.hmac(key, (hash ?? []) + Array($0.rawValue.utf8)), id: $0) }
        let order = ranked.sorted { $0.rank.lexicographicallyPrecedes($1.rank) }.map(\.id)
        return (order, isRight ? nil : "a draw without all that it depends on")
    }

    /// HMAC-SHA-256 by its definition (RFC 2104).
    static func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let key = key.count > 64 ? Draw.sha256(key) : key
        let padded = key + [UInt8](repeating: 0, count: 64 - key.count)
        return Draw.sha256(padded.map { $0 ^ 0x5C } + Draw.sha256(padded.map { $0 ^ 0x36 } + message))
    }
}

/// How many were admitted when. Between any two admissions, no more than the rate gives, and one second's worth of it.
struct LedgerPace {
    private var rate: Int64 = 0
    private var burst: Int64 = 0
    private var ratedAt = Timestamp.distantPast
    /// What the rate gave until then, in 60,000,000ths of an admission.
    private var given: Int64 = 0
    private var admissions: [(count: Int64, given: Int64)] = []
    private static let unit: Int64 = 60_000_000

    mutating func set(_ settings: RoomSettings, at time: Timestamp) {
        given = given(at: time)
        ratedAt = time
        rate = Int64(settings.admitPerMinute)
        burst = max(burst, max(Self.unit, rate * 1_000_000))
    }

    private func given(at time: Timestamp) -> Int64 {
        rate == 0 ? 0 : given + rate * (time.microseconds - ratedAt.microseconds)
    }

    mutating func admit(_ count: Int, at time: Timestamp) -> String? {
        admissions.append((Int64(count), given(at: time)))
        var sum: Int64 = 0
        for admission in admissions.reversed() {
            sum += admission.count
            if sum * Self.unit > burst + given(at: time) - admission.given { return "admitted faster than the pace" }
        }
        return nil
    }
}
