/// Why a waiting room can't be set up as it was asked for.
public struct InvalidRoom: Error, Equatable, Sendable {
    /// What is wrong, by its place in the settings; at least one.
    public var faults: FaultList
}

/// Settings that a room may have: everything about them that they can tell by themselves is right.
///
/// Only such settings can be put into a command, so the decider never meets others.
public struct ValidRoomSettings: Equatable, Sendable {
    public private(set) var settings: RoomSettings

    /// - Throws: ``InvalidRoom`` with the rules that are broken.
    public init(_ settings: RoomSettings) throws(InvalidRoom) {
        let faults = settings.faults
        guard faults.isEmpty else { throw InvalidRoom(faults: faults) }
        self.settings = settings
        // Terms that name nothing are the same as none.
        if settings.draw == DrawTerms() { self.settings.draw = nil }
    }
}

extension RoomSettings {
    /// What a room may be told; beyond these something is mistaken rather than large.
    public enum Limits {
        public static let admitPerMinute = 1...1_000_000
        public static let maxActive = 1...1_000_000
        public static let sessionMinutes = 1...1_440
        /// Less than ten seconds is no time for a person to notice; that is the operator's choice.
        public static let claimSeconds = 1...3_600
        public static let entriesPerUser = 1...100
        /// Fewer are no work, and more are none that a telephone does in a minute.
        public static let challengeBits = 8...24
        /// Parties of a draw beside the instance.
        public static let partiesMax = 16
        /// Characters of a party's name.
        public static let partyLengthMax = 64
    }

    fileprivate var faults: FaultList {
        var faults = FaultList()
        for (place, number, range) in [
            ("admitPerMinute", admitPerMinute, Limits.admitPerMinute), ("maxActive", maxActive, Limits.maxActive),
            ("sessionMinutes", sessionMinutes, Limits.sessionMinutes),
            ("claimSeconds", claimSeconds, Limits.claimSeconds),
            ("entriesPerUser", entriesPerUser, Limits.entriesPerUser),
            ("challengeBits", challengeBits ?? Limits.challengeBits.lowerBound, Limits.challengeBits),
        ] {
            faults.require(
                range.contains(number), place, "\(place) must be from \(range.lowerBound) to \(range.upperBound).")
        }
        if let prequeueFrom {
            faults.require(prequeueFrom <= opensAt, "prequeueFrom", "prequeueFrom must not be later than opensAt.")
        }
        if let draw {
            faults.require(
                hasPrequeue, "draw", "draw needs a prequeueFrom before opensAt: without a prequeue nothing is drawn.")
            faults.add(draw.faults, below: "draw")
        }
        return faults
    }
}

extension DrawTerms {
    fileprivate var faults: FaultList {
        var faults = FaultList()
        let partiesMax = RoomSettings.Limits.partiesMax
        faults.require(parties.count <= partiesMax, "parties", "parties must be at most \(partiesMax).")
        var names: Set<String> = [DrawCommitment.instance]
        for (index, party) in parties.prefix(partiesMax).enumerated() {
            faults.require(
                (1...RoomSettings.Limits.partyLengthMax).contains(party.party.utf8.count)
                    && party.party.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "parties[\(index)].party",
                "party must be 1 to \(RoomSettings.Limits.partyLengthMax) visible ASCII characters.")
            faults.require(
                names.insert(party.party).inserted, "parties[\(index)].party",
                "party must be another name than the others and “\(DrawCommitment.instance)”.")
            faults.require(
                party.commitment.count == Draw.seedBytes, "parties[\(index)].commitment",
                "commitment must be a SHA-256: 64 hexadecimal digits.")
        }
        if let beacon {
            faults.require(
                beacon.chain.utf8.count == 64
                    && beacon.chain.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) },
                "beacon.chain", "chain must be the hash of the beacon's chain: 64 lower-case hexadecimal digits.")
            faults.require(beacon.round > 0, "beacon.round", "round must be at least 1.")
        }
        return faults
    }
}
