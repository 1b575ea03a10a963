/// A request to change a waiting room, already authenticated, parsed and bounded.
///
/// Before anything else, every command makes the changes of phase that are due at its time, so nothing that time alone
/// changes depends on a worker.
public enum RoomCommand: DomainCommand, Equatable {
    /// Sets the room up, or changes it.
    ///
    /// - `instanceCommitment`: the SHA-256 of the seed that the instance itself has a part in the draw with, 32 bytes. It
    ///   counts until the prequeue opens.
    case configure(ValidRoomSettings, showID: ShowID, instanceCommitment: [UInt8])
    /// Queues the caller up. A person with as many live entries as are allowed is refused, and told the first.
    ///
    /// - `nonce`: the caller's answer to the room's challenge; nil: none was given.
    case join(EntryID, UserID, nonce: String? = nil)
    /// Leaves the line, or gives an admission back.
    case leave(EntryID, UserID)
    /// Makes use of an admission. A second time changes nothing.
    ///
    /// - `claimedAt`: when, if that is on record elsewhere: the time of a hold. Nil: now.
    case claim(EntryID, UserID, claimedAt: Timestamp? = nil)
    /// The entry's order is completed, which ends its admission.
    case finish(EntryID)
    case pause(reason: String)
    case resume
    case end(reason: String?)
    /// Records the log's hash at the event that closed the prequeue.
    ///
    /// - `position`: that event's sequence number.
    /// - `hash`: of the batch at that sequence number, 32 bytes.
    case sealDraw(position: Int64, hash: [UInt8])
    case reveal(party: String, seed: [UInt8])
    case recordBeacon(round: UInt64, randomness: [UInt8], signature: [UInt8])
    /// Leaves out the seed of a party that does not reveal it.
    case forfeit(party: String)
    /// Records what is due: missed claims, sessions that are over, the draw, admissions; at most `limit` entries of them.
    case advance(limit: Int)
}
