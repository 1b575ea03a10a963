/// The log's hash where the set of entrants was closed, recorded before any seed is revealed.
public struct DrawSealed: Equatable, Sendable {
    /// The sequence number of the event that closed the prequeue.
    public var position: Int64
    /// The hash of the batch with that event, 32 bytes.
    public var hash: [UInt8]
    public var entrantCount: Int
    public var at: Timestamp

    public init(position: Int64, hash: [UInt8], entrantCount: Int, at: Timestamp) {
        self.position = position
        self.hash = hash
        self.entrantCount = entrantCount
        self.at = at
    }
}

/// A party's seed, which its commitment is the SHA-256 of.
public struct SeedRevealed: Equatable, Sendable {
    public var party: String
    /// 32 bytes.
    public var seed: [UInt8]
    public var at: Timestamp

    public init(party: String, seed: [UInt8], at: Timestamp) {
        self.party = party
        self.seed = seed
        self.at = at
    }
}

/// The beacon's value of the round that was fixed beforehand.
public struct BeaconRecorded: Equatable, Sendable {
    public var round: UInt64
    /// 32 bytes: the SHA-256 of the signature.
    public var randomness: [UInt8]
    public var signature: [UInt8]
    public var at: Timestamp

    public init(round: UInt64, randomness: [UInt8], signature: [UInt8], at: Timestamp) {
        self.round = round
        self.randomness = randomness
        self.signature = signature
        self.at = at
    }
}

/// The draw goes without this party's seed, for all to see.
public struct PartyForfeited: Equatable, Sendable {
    public var party: String
    public var at: Timestamp

    public init(party: String, at: Timestamp) {
        self.party = party
        self.at = at
    }
}

/// Every entrant of the prequeue has a number now. The order is what everybody can compute: see ``Draw``.
public struct DrawHeld: Equatable, Sendable {
    /// SHA-256 of the draw's key: the seeds in the order of the parties and the beacon's randomness.
    public var keyDigest: [UInt8]
    public var entrantCount: Int
    public var at: Timestamp

    public init(keyDigest: [UInt8], entrantCount: Int, at: Timestamp) {
        self.keyDigest = keyDigest
        self.entrantCount = entrantCount
        self.at = at
    }
}
