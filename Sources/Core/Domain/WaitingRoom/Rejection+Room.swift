extension Rejection.Code {
    /// The show has no waiting room.
    public static let queueNotFound = Self("queue-not-found")
    /// Nobody can join yet, or the room can't be paused yet. The rejection's time says from when.
    public static let queueNotOpen = Self("queue-not-open")
    public static let queueEnded = Self("queue-ended")
    /// The setting that is the rejection's subject can't change any more.
    public static let queueUnderWay = Self("queue-under-way")
    /// The caller has as many live entries as are allowed. The rejection's subject is the first.
    public static let alreadyInQueue = Self("already-in-queue")
    /// The caller's answer to the room's challenge is missing or wrong. The rejection's limit is the bits of work, its subject
    /// the salt.
    public static let challengeUnmet = Self("challenge-unmet")
    /// There is no such entry, or it is another caller's.
    public static let entryNotFound = Self("entry-not-found")
    /// The entry waits.
    public static let notAdmitted = Self("not-admitted")
    /// There is nothing to seal now: no draw is under way, it is sealed, or its set was closed elsewhere in the log.
    public static let drawNotSealable = Self("draw-not-sealable")
    /// Seeds are revealed after the log's hash at the close of the set is on record.
    public static let drawNotSealed = Self("draw-not-sealed")
    /// The seed is not the one that was committed.
    public static let wrongSeed = Self("wrong-seed")
    /// The value is not of the round that was fixed, or not the hash of its signature.
    public static let wrongBeacon = Self("wrong-beacon")
    /// The draw has no such party.
    public static let unknownParty = Self("unknown-party")
    /// The party's seed is known already.
    public static let seedRevealed = Self("seed-revealed")
    /// The party's seed was left out of the draw.
    public static let seedForfeited = Self("seed-forfeited")
}

extension Rejection {
    static func challengeUnmet(_ challenge: WorkChallenge) -> Rejection {
        Rejection(.challengeUnmet, subject: challenge.salt, limit: Int64(challenge.bits))
    }

    static func queueNotOpen(until time: Timestamp) -> Rejection { Rejection(.queueNotOpen, limit: time.microseconds) }
}
