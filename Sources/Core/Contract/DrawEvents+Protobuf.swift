import Domain
import Foundation

// What happened to a waiting room's draw, as messages and back.

extension Holdfast_V1_DrawSealed {
    init(_ event: DrawSealed) {
        self.init()
        position = event.position
        hash = Data(event.hash)
        entrantCount = UInt32(clamping: event.entrantCount)
        sealedAt = event.at.microseconds
    }
}

extension DrawSealed {
    init(_ message: Holdfast_V1_DrawSealed) {
        self.init(
            position: message.position, hash: Array(message.hash), entrantCount: Int(message.entrantCount),
            at: Timestamp(microseconds: message.sealedAt))
    }
}

extension Holdfast_V1_SeedRevealed {
    init(_ event: SeedRevealed) {
        self.init()
        party = event.party
        seed = Data(event.seed)
        revealedAt = event.at.microseconds
    }
}

extension SeedRevealed {
    init(_ message: Holdfast_V1_SeedRevealed) {
        self.init(
            party: message.party, seed: Array(message.seed), at: Timestamp(microseconds: message.revealedAt))
    }
}

extension Holdfast_V1_BeaconRecorded {
    init(_ event: BeaconRecorded) {
        self.init()
        round = event.round
        randomness = Data(event.randomness)
        signature = Data(event.signature)
        recordedAt = event.at.microseconds
    }
}

extension BeaconRecorded {
    init(_ message: Holdfast_V1_BeaconRecorded) {
        self.init(
            round: message.round, randomness: Array(message.randomness), signature: Array(message.signature),
            at: Timestamp(microseconds: message.recordedAt))
    }
}

extension Holdfast_V1_PartyForfeited {
    init(_ event: PartyForfeited) {
        self.init()
        party = event.party
        forfeitedAt = event.at.microseconds
    }
}

extension PartyForfeited {
    init(_ message: Holdfast_V1_PartyForfeited) {
        self.init(party: message.party, at: Timestamp(microseconds: message.forfeitedAt))
    }
}

extension Holdfast_V1_DrawHeld {
    init(_ event: DrawHeld) {
        self.init()
        keyDigest = Data(event.keyDigest)
        entrantCount = UInt32(clamping: event.entrantCount)
        heldAt = event.at.microseconds
    }
}

extension DrawHeld {
    init(_ message: Holdfast_V1_DrawHeld) {
        self.init(
            keyDigest: Array(message.keyDigest), entrantCount: Int(message.entrantCount),
            at: Timestamp(microseconds: message.heldAt))
    }
}
