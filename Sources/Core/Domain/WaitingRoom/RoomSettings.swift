/// How a show's waiting room works.
public struct RoomSettings: Equatable, Sendable {
    /// From when people may join before the opening; their places are drawn. Nil: there is no draw, and people join from
    /// ``opensAt`` on.
    public var prequeueFrom: Timestamp?
    /// When the set of the draw is closed, and admission begins after it.
    public var opensAt: Timestamp
    /// Admissions per minute.
    public var admitPerMinute: Int
    /// Most people who are admitted or active at a time.
    public var maxActive: Int
    /// Minutes that an admission lasts.
    public var sessionMinutes: Int
    /// Seconds that an admitted person has to make use of the admission.
    public var claimSeconds: Int
    /// Live entries of one person.
    public var entriesPerUser: Int
    /// The work that joining asks for, in bits; see ``WorkChallenge``. Nil: none.
    public var challengeBits: Int?
    /// Who, beside the instance, has a part in the draw.
    public var draw: DrawTerms?

    public init(
        prequeueFrom: Timestamp? = nil, opensAt: Timestamp, admitPerMinute: Int, maxActive: Int,
        sessionMinutes: Int = 15, claimSeconds: Int = 120, entriesPerUser: Int = 1, challengeBits: Int? = nil,
        draw: DrawTerms? = nil
    ) {
        self.prequeueFrom = prequeueFrom
        self.opensAt = opensAt
        self.admitPerMinute = admitPerMinute
        self.maxActive = maxActive
        self.sessionMinutes = sessionMinutes
        self.claimSeconds = claimSeconds
        self.entriesPerUser = entriesPerUser
        self.challengeBits = challengeBits
        self.draw = draw
    }

    /// People may join before the opening.
    public var hasPrequeue: Bool { prequeueFrom.map { $0 < opensAt } ?? false }

    /// When the first people may join.
    public var joinsFrom: Timestamp { min(prequeueFrom ?? opensAt, opensAt) }
}

/// What is fixed about a draw before anybody can join.
public struct DrawTerms: Equatable, Sendable {
    /// Those who commit a seed, beside the instance itself.
    public var parties: [DrawCommitment]
    public var beacon: DrawBeacon?

    public init(parties: [DrawCommitment] = [], beacon: DrawBeacon? = nil) {
        self.parties = parties
        self.beacon = beacon
    }
}

/// A party of a draw and the SHA-256 of its seed.
public struct DrawCommitment: Equatable, Sendable {
    /// The party that every node of the instance can speak for.
    public static let instance = "instance"

    public var party: String
    /// 32 bytes.
    public var commitment: [UInt8]

    public init(party: String, commitment: [UInt8]) {
        self.party = party
        self.commitment = commitment
    }
}

/// The round of a public randomness beacon in drand's format that a draw also depends on.
public struct DrawBeacon: Equatable, Sendable {
    /// The hash of the beacon's chain, 64 lower-case hexadecimal digits.
    public var chain: String
    /// From 1.
    public var round: UInt64

    public init(chain: String, round: UInt64) {
        self.chain = chain
        self.round = round
    }
}
