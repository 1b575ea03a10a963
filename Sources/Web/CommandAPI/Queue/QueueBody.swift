import Domain
import HTTPServer
import Text
import WebAPI

/// `PUT /shows/{id}/queue`: how the show's waiting room works.
struct QueueBody: Decodable {
    struct DrawBody: Decodable {
        struct PartyBody: Decodable {
            var party: String
            var commitment: HexBytes
        }

        struct BeaconBody: Decodable {
            var chain: String
            var round: UInt64
        }

        var parties: [PartyBody]?
        var beacon: BeaconBody?

        var terms: DrawTerms {
            DrawTerms(
                parties: (parties ?? []).map { DrawCommitment(party: $0.party, commitment: $0.commitment.bytes) },
                beacon: beacon.map { DrawBeacon(chain: $0.chain, round: $0.round) })
        }
    }

    /// What joining asks for.
    enum Challenge: String, Decodable {
        case none
        case proofOfWork = "proof-of-work"

        static let bitsDefault = 18
    }

    var prequeueFrom: Timestamp?
    var opensAt: Timestamp
    var admitPerMinute: Int
    var maxActive: Int
    var sessionMinutes: Int?
    var claimSeconds: Int?
    var entriesPerUser: Int?
    var challenge: Challenge?
    var challengeBits: Int?
    var draw: DrawBody?

    /// Throws `invalid-queue` where a rule is broken.
    func settings() throws(Problem) -> ValidRoomSettings {
        guard challenge == .proofOfWork || challengeBits == nil else {
            throw .invalid("challengeBits needs the challenge proof-of-work.")
        }
        var settings = RoomSettings(
            prequeueFrom: prequeueFrom, opensAt: opensAt, admitPerMinute: admitPerMinute, maxActive: maxActive,
            draw: draw?.terms)
        if let sessionMinutes { settings.sessionMinutes = sessionMinutes }
        if let claimSeconds { settings.claimSeconds = claimSeconds }
        if let entriesPerUser { settings.entriesPerUser = entriesPerUser }
        if challenge == .proofOfWork { settings.challengeBits = challengeBits ?? Challenge.bitsDefault }
        do throws(InvalidRoom) {
            return try ValidRoomSettings(settings)
        } catch {
            throw Problem(.invalidQueue, error.faults)
        }
    }
}

/// `POST /shows/{id}/queue/entries`, whose body may be left out where the room has no challenge.
struct JoinBody: Decodable {
    /// The caller's answer to the room's challenge.
    var nonce: Nonce?

    /// 1 to ``WorkChallenge/nonceLengthMax`` visible ASCII characters.
    struct Nonce: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            text = try decoder.singleValueContainer().decode(String.self)
            guard (1...WorkChallenge.nonceLengthMax).contains(text.utf8.count),
                text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else {
                throw InvalidValue.error(
                    "must be 1 to \(WorkChallenge.nonceLengthMax) visible ASCII characters", at: decoder)
            }
        }
    }
}

/// `POST /shows/{id}/queue/pause`.
struct PauseBody: Decodable {
    var reason: DisplayText
}

/// `POST /shows/{id}/queue/end`, whose body may be left out.
struct EndBody: Decodable {
    var reason: DisplayText?
}

/// `POST /shows/{id}/queue/draw/seeds`.
struct SeedBody: Decodable {
    var party: PartyName
    var seed: HexBytes
}

/// `POST /shows/{id}/queue/draw/beacon`, as drand's API tells a round.
struct BeaconBody: Decodable {
    var round: UInt64
    var randomness: HexBytes
    var signature: HexBytes
}

/// `POST /shows/{id}/queue/draw/forfeits`.
struct ForfeitBody: Decodable {
    var party: PartyName
}

/// A party of a draw; rejections store the name, so it must be short and printable.
struct PartyName: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
        let bytes = text.utf8
        guard (1...RoomSettings.Limits.partyLengthMax).contains(bytes.count),
            bytes.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw InvalidValue.error(
                "must be 1 to \(RoomSettings.Limits.partyLengthMax) visible ASCII characters", at: decoder)
        }
    }
}

/// Bytes as hexadecimal digits.
struct HexBytes: Decodable {
    /// A seed has 32, a beacon's signature 48 or 96.
    private static let countMax = 128

    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard text.utf8.count <= 2 * Self.countMax, let bytes = [UInt8](hex: text), !bytes.isEmpty else {
            throw InvalidValue.error(
                "must be 2 to \(2 * Self.countMax) hexadecimal digits, an even number", at: decoder)
        }
        self.bytes = bytes
    }
}
