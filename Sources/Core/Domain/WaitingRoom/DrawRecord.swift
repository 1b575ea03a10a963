/// What the log says of a room's draw, apart from its entrants: commitments, seal, seeds, beacon.
///
/// *committed → sealed → ready → held*: the seal comes before every seed, so whoever revealed a seed could not choose who
/// takes part, and whoever joined could not know a seed.
public struct DrawRecord: Equatable, Sendable {
    public struct Party: Equatable, Sendable {
        public var name: String
        /// SHA-256 of its seed, 32 bytes.
        public var commitment: [UInt8]
        /// 32 bytes; nil until it is revealed.
        public var seed: [UInt8]?
        /// Its seed is left out.
        public var isForfeited: Bool

        public init(name: String, commitment: [UInt8], seed: [UInt8]? = nil, isForfeited: Bool = false) {
            self.name = name
            self.commitment = commitment
            self.seed = seed
            self.isForfeited = isForfeited
        }

        var isSettled: Bool { seed != nil || isForfeited }
    }

    public struct Seal: Equatable, Sendable {
        /// The sequence number of the event that closed the set.
        public var position: Int64
        /// The log's hash there, 32 bytes.
        public var hash: [UInt8]

        public init(position: Int64, hash: [UInt8]) {
            self.position = position
            self.hash = hash
        }
    }

    public struct BeaconValue: Equatable, Sendable {
        /// 32 bytes.
        public var randomness: [UInt8]
        public var signature: [UInt8]

        public init(randomness: [UInt8], signature: [UInt8]) {
            self.randomness = randomness
            self.signature = signature
        }
    }

    /// In the order in which their seeds are taken.
    public var parties: [Party] = []
    /// The round that the draw also depends on; nil: on none.
    public var beacon: DrawBeacon?
    public var beaconValue: BeaconValue?
    public var seal: Seal?
    /// Who takes part; nil until the set is closed.
    public var entrantCount: Int?
    public var isHeld = false

    public init() {}

    /// Everything that the order depends on is on record.
    public var isReady: Bool {
        seal != nil && parties.allSatisfy(\.isSettled) && (beacon == nil || beaconValue != nil)
    }

    /// The seeds in the order of the parties, and the beacon's randomness.
    public var key: [UInt8] { parties.flatMap { $0.seed ?? [] } + (beaconValue?.randomness ?? []) }

    /// Folds in what an event says of the draw.
    ///
    /// - Parameter waiting: how many wait when it happens.
    public mutating func apply(_ event: RoomEvent, waiting: Int) {
        switch event {
        case .configured(let configured) where configured.phase == .closed:
            parties = configured.commitments.map { Party(name: $0.party, commitment: $0.commitment) }
            beacon = configured.settings.draw?.beacon
        case .phaseChanged(let changed) where changed.phase == .drawing: entrantCount = waiting
        case .drawSealed(let sealed):
            seal = Seal(position: sealed.position, hash: sealed.hash)
            entrantCount = sealed.entrantCount
        case .seedRevealed(let revealed): change(revealed.party) { $0.seed = revealed.seed }
        case .partyForfeited(let forfeited): change(forfeited.party) { $0.isForfeited = true }
        case .beaconRecorded(let value):
            beaconValue = BeaconValue(randomness: value.randomness, signature: value.signature)
        case .drawHeld: isHeld = true
        case .configured, .phaseChanged, .joined, .admitted, .claimed, .ended: break
        }
    }

    private mutating func change(_ party: String, _ change: (inout Party) -> Void) {
        if let index = parties.firstIndex(where: { $0.name == party }) { change(&parties[index]) }
    }
}
