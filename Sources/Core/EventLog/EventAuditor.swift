public import Domain

/// What an inspection of the log reads beyond what ``EventReader`` gives.
public protocol EventAuditor: Sendable {
    /// The batches after `place`, in order, at most `limit` (at least 1 if there are any).
    func batches(after place: BatchPlace, limit: Int) async throws(LogError) -> [RecordedBatch]
    /// The batch with the command, and the hash of the batch before it; nil if the log does not have the command.
    func batch(of command: CommandID) async throws(LogError) -> (batch: RecordedBatch, previousHash: [UInt8])?
    /// Where the log ends, and the hash that its last batch must have.
    func hashedHead() async throws(LogError) -> HashedHead
    /// What stands before the first batch.
    func chainStart() async throws(LogError) -> ChainStart
    /// The last sequence number that was recorded at or before `time`; 0: none was.
    func position(asOf time: Timestamp) async throws(LogError) -> Int64
}

/// Where the log ends, as its head says.
public struct HashedHead: Equatable, Sendable {
    public var epoch: Int64
    public var position: Int64
    /// The number of the last batch; 0 if there is none.
    public var batch: Int64
    /// Of the last batch; that of ``ChainStart`` if there is none.
    public var hash: [UInt8]
    /// The latest time that anything was recorded at.
    public var recordedAt: Timestamp

    public init(epoch: Int64, position: Int64, batch: Int64, hash: [UInt8], recordedAt: Timestamp) {
        self.epoch = epoch
        self.position = position
        self.batch = batch
        self.hash = hash
        self.recordedAt = recordedAt
    }
}

/// What the first batch's hash follows.
public struct ChainStart: Equatable, Sendable {
    /// The last sequence number that was written in format 1; 0 if none was.
    public var position: Int64
    /// The hash of that event in the chain of format 1 (``FormatOneHash``); 32 zero bytes if there is none.
    public var hash: [UInt8]

    public init(position: Int64, hash: [UInt8]) {
        self.position = position
        self.hash = hash
    }

    /// Of a log that never was in format 1.
    public static let new = ChainStart(position: 0, hash: FormatOneHash.beforeFirst)
}
