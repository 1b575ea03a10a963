public import Domain

/// Everything one round trip appends: for each stream the commands decided on it, in order.
public struct AppendBatch: Equatable, Sendable {
    /// The epoch the writer believes in; the log refuses any other.
    public var epoch: Int64
    /// At least one; each stream at most once, each with at least one command; each command id at most once.
    public var streams: [StreamAppend]

    public init(epoch: Int64, streams: [StreamAppend]) {
        self.epoch = epoch
        self.streams = streams
    }
}

/// The commands decided on one stream. They stand or fall together; other streams of the batch don't care.
public struct StreamAppend: Equatable, Sendable {
    public var stream: StreamID
    /// The stream version the first command was decided on; 0: the stream does not exist.
    public var expectedVersion: Int64
    public var commands: [DecidedCommand]

    public init(stream: StreamID, expectedVersion: Int64, commands: [DecidedCommand]) {
        self.stream = stream
        self.expectedVersion = expectedVersion
        self.commands = commands
    }
}

/// A command with what was decided: its events (none for a rejection) and its outcome.
public struct DecidedCommand: Equatable, Sendable {
    public var id: CommandID
    public var principal: String
    /// SHA-256 of the request, 32 bytes.
    public var fingerprint: [UInt8]
    public var outcome: [UInt8]
    public var events: [EncodedEvent]

    public init(id: CommandID, principal: String, fingerprint: [UInt8], outcome: [UInt8], events: [EncodedEvent]) {
        self.id = id
        self.principal = principal
        self.fingerprint = fingerprint
        self.outcome = outcome
        self.events = events
    }
}

/// What came of a batch, stream by stream in the batch's order.
public struct AppendResult: Equatable, Sendable {
    public enum Stream: Equatable, Sendable {
        /// All commands and events are in the log. The events have the sequence numbers from `firstPosition` on, in
        /// order; `lastPosition` is the stream's last event after them (its last before, if there were none; 0: none).
        case appended(firstPosition: Int64, lastPosition: Int64)
        /// Nothing was written: the stream is at `actualVersion`.
        case conflict(actualVersion: Int64)
        /// Nothing was written: these of its commands had been recorded before. Takes precedence over a conflict.
        case duplicate([RecordedCommand])

        public var isAppended: Bool {
            if case .appended = self { true } else { false }
        }
    }
    public var streams: [Stream]
    /// The log's last sequence number after this batch.
    public var head: Int64
    /// `recordedAt` of everything in the batch.
    public var recordedAt: Timestamp
    /// How the log chained what was appended. Nil: nothing was, or the log does not tell.
    public var link: Link?

    /// What a batch's hash covers beside what was sent to be appended.
    public struct Link: Equatable, Sendable {
        /// The batch's number.
        public var number: Int64
        /// Of the batch before.
        public var previousHash: [UInt8]
        /// Of the batch.
        public var hash: [UInt8]
        /// For each stream that was sent, the sequence number of its last event before the batch; 0: it had none.
        public var lastPositions: [Int64]

        public init(number: Int64, previousHash: [UInt8], hash: [UInt8], lastPositions: [Int64]) {
            self.number = number
            self.previousHash = previousHash
            self.hash = hash
            self.lastPositions = lastPositions
        }
    }

    public init(streams: [Stream], head: Int64, recordedAt: Timestamp, link: Link? = nil) {
        self.streams = streams
        self.head = head
        self.recordedAt = recordedAt
        self.link = link
    }
}

/// Why an append has no result. "It did not happen" and "nobody knows" are never the same case.
public enum AppendFailure: Error, Sendable {
    /// Definite: nothing was written. Worth trying again.
    case notAppended(LogError)
    /// Definite: nothing was written; the log has moved on to another epoch.
    case fenced(epoch: Int64)
    /// It may have been written, or may yet be. ``EventAppender/barrier()`` and a look-up of the ids tell.
    case unknown(LogError)
}
