internal import Contract
internal import Domain
public import EventLog
internal import SwiftProtobuf

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Why bytes are not a ``CommittedBatch``.
public enum FanoutDecodingError: Error, Equatable, Sendable {
    /// More than ``FanoutLimits/messageBytesMax`` bytes.
    case tooLarge(bytes: Int)
    /// More than ``FanoutLimits/eventsPerMessageMax`` events.
    case tooManyEvents
    /// Not a Protocol Buffers message of `schema/proto/fanout.proto`.
    case notAMessage
    /// The event at `index`, or the message itself, has a value that no log holds.
    case invalidField(String, index: Int? = nil)
    /// The batch contradicts itself.
    case inconsistent(CommittedBatch.Inconsistency)
    /// Its events do not have the hash that it states.
    case wrongHash
}

/// The wire format: one `holdfast.v1.FanoutMessage` (`schema/proto/fanout.proto`) in one ZeroMQ frame.
extension CommittedBatch {
    /// The message for a batch that is valid (``CommittedBatch/validate()``).
    public func encode() -> [UInt8] {
        var message = Holdfast_V1_FanoutMessage()
        message.epoch = epoch
        message.head = head
        message.traceParent = traceParent ?? ""
        if let first = events.first {
            message.firstSequence = first.position
            message.committedAt = first.recordedAt.microseconds
        }
        message.events = events.map { event in
            var wire = Holdfast_V1_FanoutMessage.Event()
            wire.stream = event.stream.rawValue
            wire.streamVersion = event.streamVersion
            wire.type = event.event.type
            // The log's schema versions are small positive numbers; what is none becomes 0, which receivers refuse.
            wire.schemaVersion = UInt32(exactly: event.event.schemaVersion) ?? 0
            wire.payload = Data(event.event.payload)
            wire.commandID = Data(event.commandID.bytes)
            return wire
        }
        message.traces = traces.prefix(FanoutLimits.tracesPerMessageMax).map { trace in
            var wire = Holdfast_V1_FanoutMessage.Trace()
            wire.firstPosition = trace.positions.lowerBound
            wire.lastPosition = trace.positions.upperBound
            wire.traceParent = trace.traceParent
            return wire
        }
        if let seal {
            message.batch = seal.number
            message.previousHash = Data(seal.previousHash)
            message.hash = Data(seal.hash)
            message.parts = seal.parts.map(Holdfast_V1_FanoutMessage.Part.init)
        }
        do {
            return try message.serializedBytes()
        } catch {
            // proto3 has no required fields, and the size is bounded below 2 GiB by ``messages(bytesMax:eventsMax:)``.
            preconditionFailure("a fan-out message always serializes: \(error)")
        }
    }

    /// Reads a message from anywhere: every rule of the log that a message can break by itself is checked.
    public init(decoding bytes: [UInt8]) throws(FanoutDecodingError) {
        guard bytes.count <= FanoutLimits.messageBytesMax else { throw .tooLarge(bytes: bytes.count) }
        guard let counts = FanoutScan.counts(in: bytes) else { throw .notAMessage }
        guard counts.events <= FanoutLimits.eventsPerMessageMax, counts.parts <= FanoutLimits.eventsPerMessageMax else {
            throw .tooManyEvents
        }
        guard counts.traces <= FanoutLimits.tracesPerMessageMax else { throw .invalidField("traces") }
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        let message: Holdfast_V1_FanoutMessage
        do {
            message = try Holdfast_V1_FanoutMessage(serializedBytes: bytes, options: options)
        } catch {
            throw .notAMessage
        }
        try self.init(message)
    }

    private init(_ message: Holdfast_V1_FanoutMessage) throws(FanoutDecodingError) {
        guard isVisibleASCII(message.traceParent, lengths: 0...FanoutLimits.traceParentLengthMax) else {
            throw .invalidField("trace_parent")
        }
        if !message.events.isEmpty {
            let (_, overflow) = message.firstSequence.addingReportingOverflow(Int64(message.events.count - 1))
            guard message.firstSequence >= 1, !overflow else { throw .invalidField("first_sequence") }
        }
        let recordedAt = Timestamp(microseconds: message.committedAt)
        var events: [RecordedEvent] = []
        events.reserveCapacity(message.events.count)
        for (index, wire) in message.events.enumerated() {
            guard let stream = StreamID(checking: wire.stream) else { throw .invalidField("stream", index: index) }
            guard isVisibleASCII(wire.type, lengths: 1...FanoutLimits.eventTypeLengthMax) else {
                throw .invalidField("type", index: index)
            }
            guard (1...UInt32(Int32.max)).contains(wire.schemaVersion) else {
                throw .invalidField("schema_version", index: index)
            }
            guard wire.commandID.count == 16, let commandID = CommandID(bytes: wire.commandID) else {
                throw .invalidField("command_id", index: index)
            }
            events.append(
                RecordedEvent(
                    position: message.firstSequence + Int64(index), stream: stream, streamVersion: wire.streamVersion,
                    event: EncodedEvent(
                        type: wire.type, schemaVersion: Int(wire.schemaVersion), payload: [UInt8](wire.payload)),
                    commandID: commandID, recordedAt: recordedAt))
        }
        self.init(
            epoch: message.epoch, events: events,
            traceParent: message.traceParent.isEmpty ? nil : message.traceParent, head: message.head,
            seal: try BatchSeal(message))
        traces = try Self.traces(of: message)
        do {
            try validate()
        } catch {
            throw .inconsistent(error)
        }
        if let seal, !seal.seals(self) { throw .wrongHash }
    }

    private static func traces(
        of message: Holdfast_V1_FanoutMessage
    ) throws(FanoutDecodingError) -> [EventTrace] {
        guard !message.traces.isEmpty else { return [] }
        guard !message.events.isEmpty else { throw .invalidField("traces") }
        let last = message.firstSequence + Int64(message.events.count - 1)
        var traces: [EventTrace] = []
        var next = message.firstSequence
        for (index, trace) in message.traces.enumerated() {
            // Each is of one command, whose events are one run: no event has two.
            guard trace.firstPosition >= next, trace.firstPosition <= trace.lastPosition,
                trace.lastPosition <= last
            else { throw .invalidField("traces.position", index: index) }
            guard isVisibleASCII(trace.traceParent, lengths: 1...FanoutLimits.traceParentLengthMax) else {
                throw .invalidField("traces.trace_parent", index: index)
            }
            traces.append(
                EventTrace(positions: trace.firstPosition...trace.lastPosition, traceParent: trace.traceParent))
            next = trace.lastPosition + 1
        }
        return traces
    }

    /// The message that carries this batch. Of a batch beyond the limits it only tells the head, and followers read the batch
    /// from the log: a part of it would not have its hash.
    func message(bytesMax: Int, eventsMax: Int) -> [UInt8] {
        let payloadBytes = events.reduce(0) { $0 + $1.event.payload.count }
        if events.count <= eventsMax, payloadBytes <= bytesMax {
            let message = encode()
            if message.count <= bytesMax { return message }
        }
        return CommittedBatch(epoch: epoch, events: [], head: head).encode()
    }
}

extension Holdfast_V1_FanoutMessage.Part {
    fileprivate init(_ part: BatchSeal.Part) {
        self.init()
        stream = part.stream.rawValue
        version = part.version
        lastPosition = part.lastPosition
        let commands = part.commands.hashed
        commandHashes = Data(commands.flatMap(\.leaf))
        eventCounts = commands.map { UInt32(clamping: $0.eventCount) }
    }
}

extension BatchSeal {
    /// Nil: the message states no hash.
    fileprivate init?(_ message: Holdfast_V1_FanoutMessage) throws(FanoutDecodingError) {
        guard !message.hash.isEmpty else { return nil }
        guard message.hash.count == MerkleTree.hashLength else { throw .invalidField("hash") }
        guard message.previousHash.count == MerkleTree.hashLength else { throw .invalidField("previous_hash") }
        guard !message.events.isEmpty, message.parts.count <= FanoutLimits.eventsPerMessageMax else {
            throw .invalidField("parts")
        }
        var parts: [Part] = []
        parts.reserveCapacity(message.parts.count)
        for (index, part) in message.parts.enumerated() {
            guard let stream = StreamID(checking: part.stream) else {
                throw .invalidField("parts.stream", index: index)
            }
            guard part.commandHashes.count == part.eventCounts.count * MerkleTree.hashLength,
                part.eventCounts.allSatisfy({ $0 <= FanoutLimits.eventsPerMessageMax })
            else { throw .invalidField("parts.command_hashes", index: index) }
            let hashes = [UInt8](part.commandHashes)
            let commands = part.eventCounts.enumerated().map { place, count in
                let start = place * MerkleTree.hashLength
                return HashedCommand(
                    leaf: Array(hashes[start..<start + MerkleTree.hashLength]), eventCount: Int(count))
            }
            parts.append(
                Part(
                    stream: stream, version: part.version, lastPosition: part.lastPosition, commands: .hashed(commands))
            )
        }
        self.init(
            number: message.batch, previousHash: [UInt8](message.previousHash), hash: [UInt8](message.hash),
            parts: parts)
    }
}

private func isVisibleASCII(_ text: String, lengths: ClosedRange<Int>) -> Bool {
    lengths.contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
}
