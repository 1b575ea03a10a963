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
        guard let eventCount = FanoutScan.eventCount(in: bytes) else { throw .notAMessage }
        guard eventCount <= FanoutLimits.eventsPerMessageMax else { throw .tooManyEvents }
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
            traceParent: message.traceParent.isEmpty ? nil : message.traceParent, head: message.head)
        do {
            try validate()
        } catch {
            throw .inconsistent(error)
        }
    }

    /// The messages that carry this batch: one, as a rule. A batch beyond the limits goes out in parts, which followers
    /// can't tell from several commits; of an event that alone is too large, only the head is told, and followers read
    /// it from the log.
    func messages(bytesMax: Int, eventsMax: Int) -> [[UInt8]] {
        let payloadBytes = events.reduce(0) { $0 + $1.event.payload.count }
        if events.count <= eventsMax, payloadBytes <= bytesMax {
            let message = encode()
            if message.count <= bytesMax { return [message] }
        }
        guard events.count > 1 else { return [CommittedBatch(epoch: epoch, events: [], head: head).encode()] }
        let half = events.count / 2
        return [events[..<half], events[half...]].flatMap { part in
            CommittedBatch(epoch: epoch, events: Array(part), traceParent: traceParent, head: head)
                .messages(bytesMax: bytesMax, eventsMax: eventsMax)
        }
    }
}

private func isVisibleASCII(_ text: String, lengths: ClosedRange<Int>) -> Bool {
    lengths.contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
}
