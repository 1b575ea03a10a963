// The draw's order of events, which whoever reads the log can check: commitments, the set closed, the log's hash there, seeds
// and beacon, the draw.
extension WaitingRoomState {
    func seal(_ position: Int64, _ hash: [UInt8], _ now: Timestamp) throws(Rejection) -> [RoomEvent] {
        let seal = DrawRecord.Seal(position: position, hash: hash)
        guard inlet.draw.seal != seal else { return [] }
        guard inlet.phase == .drawing, inlet.draw.seal == nil, position == closedAt, hash.count == Draw.seedBytes
        else { throw Rejection(.drawNotSealable) }
        return [
            .drawSealed(
                DrawSealed(position: position, hash: hash, entrantCount: inlet.draw.entrantCount ?? 0, at: now))
        ]
    }

    func reveal(_ party: String, _ seed: [UInt8], _ now: Timestamp) throws(Rejection) -> [RoomEvent] {
        let known = try partyToSettle(party)
        guard seed.count == Draw.seedBytes, Draw.sha256(seed) == known.commitment else {
            throw Rejection(.wrongSeed, subject: party)
        }
        guard !known.isForfeited else { throw Rejection(.seedForfeited, subject: party) }
        return known.seed == nil ? [.seedRevealed(SeedRevealed(party: party, seed: seed, at: now))] : []
    }

    func forfeit(_ party: String, _ now: Timestamp) throws(Rejection) -> [RoomEvent] {
        let known = try partyToSettle(party)
        guard known.seed == nil else { throw Rejection(.seedRevealed, subject: party) }
        return known.isForfeited ? [] : [.partyForfeited(PartyForfeited(party: party, at: now))]
    }

    func record(
        _ round: UInt64, _ value: DrawRecord.BeaconValue, _ now: Timestamp
    ) throws(Rejection) -> [RoomEvent] {
        guard inlet.draw.seal != nil else { throw Rejection(.drawNotSealed) }
        guard inlet.draw.beacon?.round == round, value.randomness.count == Draw.seedBytes,
            value.signature.count <= Draw.signatureBytesMax, Draw.sha256(value.signature) == value.randomness
        else { throw Rejection(.wrongBeacon) }
        // A draw that is held depends on the value that it was held with.
        guard inlet.draw.beaconValue == nil else {
            if inlet.draw.beaconValue == value { return [] }
            throw Rejection(.wrongBeacon)
        }
        return [
            .beaconRecorded(
                BeaconRecorded(round: round, randomness: value.randomness, signature: value.signature, at: now))
        ]
    }

    private func partyToSettle(_ party: String) throws(Rejection) -> DrawRecord.Party {
        guard let known = inlet.draw.parties.first(where: { $0.name == party }) else {
            throw Rejection(.unknownParty, subject: party)
        }
        guard inlet.draw.seal != nil else { throw Rejection(.drawNotSealed) }
        return known
    }
}
