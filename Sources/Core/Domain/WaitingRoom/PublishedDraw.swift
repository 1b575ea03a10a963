import Text

/// A draw as it is published, with everything that its order follows from; `docs/waiting-room.md` describes the format.
///
/// Bytes are lower-case hexadecimal text.
public struct PublishedDraw: Codable, Equatable, Sendable {
    public struct Party: Codable, Equatable, Sendable {
        public var party: String
        /// SHA-256 of the seed.
        public var commitment: String
        /// Nil: not revealed.
        public var seed: String?
        /// The draw goes without this party's seed.
        public var forfeited: Bool

        public init(party: String, commitment: String, seed: String?, forfeited: Bool) {
            self.party = party
            self.commitment = commitment
            self.seed = seed
            self.forfeited = forfeited
        }
    }

    public struct Beacon: Codable, Equatable, Sendable {
        public var chain: String
        public var round: UInt64
        /// Nil: not recorded.
        public var randomness: String?
        public var signature: String?

        public init(chain: String, round: UInt64, randomness: String?, signature: String?) {
            self.chain = chain
            self.round = round
            self.randomness = randomness
            self.signature = signature
        }
    }

    public var showId: String
    public var algorithm: String
    public var phase: String
    /// In the order in which the key takes the seeds.
    public var commitments: [Party]
    public var beacon: Beacon?
    /// The sequence number of the event that closed the set of the draw; nil: it is open.
    public var logPosition: Int64?
    /// The log's hash there.
    public var logHash: String?
    /// The ids of all who take part, in the order in which they came.
    public var entrants: [String]
    /// The same ids in the order of their numbers; nil: the draw is not held.
    public var order: [String]?

    /// - Parameter order: nil until the draw is held.
    public init(
        show: ShowID, phase: RoomPhase, record: DrawRecord, closedAt: Int64?, entrants: [EntryID], order: [EntryID]?
    ) {
        showId = show.rawValue
        algorithm = Draw.algorithm
        self.phase = phase.rawValue
        commitments = record.parties.map {
            Party(party: $0.name, commitment: $0.commitment.hex, seed: $0.seed?.hex, forfeited: $0.isForfeited)
        }
        beacon = record.beacon.map {
            Beacon(
                chain: $0.chain, round: $0.round, randomness: record.beaconValue?.randomness.hex,
                signature: record.beaconValue?.signature.hex)
        }
        logPosition = record.seal?.position ?? closedAt
        logHash = record.seal?.hash.hex
        self.entrants = entrants.map(\.rawValue)
        self.order = order?.map(\.rawValue)
    }

    /// Checks that the published order is the one that everything else in the file gives.
    ///
    /// - Throws: ``Fault`` where it is not, or where something that it follows from is missing or wrong.
    public func verify() throws(Fault) {
        guard algorithm == Draw.algorithm else { throw .algorithm(algorithm) }
        guard let order else { throw .notHeld }
        var key: [UInt8] = []
        for party in commitments where !party.forfeited {
            guard let seed = party.seed.flatMap([UInt8].init(hex:)), seed.count == Draw.seedBytes,
                Draw.sha256(seed).hex == party.commitment
            else { throw .seed(party.party) }
            key += seed
        }
        if let beacon {
            guard let signature = beacon.signature.flatMap([UInt8].init(hex:)),
                let randomness = beacon.randomness.flatMap([UInt8].init(hex:)), Draw.sha256(signature) == randomness
            else { throw .beacon }
            key += randomness
        }
        guard let hash = logHash.flatMap([UInt8].init(hex:)), hash.count == Draw.seedBytes else { throw .logHash }
        guard Set(entrants).count == entrants.count else { throw .entrantTwice }
        let drawn = Draw.order(of: entrants.map(EntryID.init), key: key, hash: hash).map { entrants[$0] }
        guard drawn.count == order.count else { throw .count(drawn.count, order.count) }
        if let first = drawn.indices.first(where: { drawn[$0] != order[$0] }) {
            throw .order(number: first + 1, drawn: drawn[first], published: order[first])
        }
    }

    /// Why a file does not show that its order was drawn.
    public enum Fault: Error, Equatable, Sendable, CustomStringConvertible {
        case algorithm(String)
        case notHeld
        case seed(String)
        case beacon
        case logHash
        case entrantTwice
        case count(Int, Int)
        case order(number: Int, drawn: String, published: String)

        public var description: String {
            switch self {
            case .algorithm(let name): "the algorithm “\(name)” is not \(Draw.algorithm)"
            case .notHeld: "the draw has not been held yet"
            case .seed(let party): "the seed of “\(party)” is missing, or is not the committed one"
            case .beacon: "the beacon's randomness is missing, or is not the hash of its signature"
            case .logHash: "the log's hash at the close of the set is missing"
            case .entrantTwice: "an entrant is listed twice"
            case .count(let drawn, let published): "there are \(drawn) entrants, and \(published) numbers"
            case .order(let number, let drawn, let published):
                "number \(number) is \(drawn) by the draw, and \(published) in the file"
            }
        }
    }
}
