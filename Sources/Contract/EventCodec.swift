public import Domain
public import EventLog
import SwiftProtobuf

/// An event of the log that this version of the program can't read.
public struct UnreadableEvent: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }
}

/// The names in `events.type`. A name is never reused for something else.
enum EventType: String {
    case showCreated = "ShowCreated"
    case holdPlaced = "HoldPlaced"
    case holdReleased = "HoldReleased"
    case holdExpired = "HoldExpired"
}

extension EncodedEvent {
    /// The newest schema version of every event. A shape that changes raises its number and leaves an upcaster in
    /// ``decoded()`` for the old one.
    private static let newestSchema = 1

    /// The event as it is written today.
    public init(_ event: ShowEvent) {
        switch event {
        case .created(let event): self.init(.showCreated, Holdfast_V1_ShowCreated(event))
        case .holdPlaced(let event): self.init(.holdPlaced, Holdfast_V1_HoldPlaced(event))
        case .holdReleased(let event): self.init(.holdReleased, Holdfast_V1_HoldEnded(event))
        case .holdExpired(let event): self.init(.holdExpired, Holdfast_V1_HoldEnded(event))
        }
    }

    private init(_ type: EventType, _ message: some Message) {
        // The same event is the same bytes, whatever order a map is in.
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        do {
            self.init(
                type: type.rawValue, schemaVersion: Self.newestSchema,
                payload: try message.serializedBytes(options: options))
        } catch {
            // Serialising fails only for missing proto2 fields, malformed `Any`s and messages over 2 GiB.
            preconditionFailure("an event that protobuf can't carry: \(error)")
        }
    }

    /// The event, whatever version it was written in. Throws for an unknown type or version and for a payload that is
    /// not what its type says.
    public func decoded() throws(UnreadableEvent) -> ShowEvent {
        switch try known() {
        case .showCreated: return .created(try ShowCreated(message()))
        case .holdPlaced: return .holdPlaced(try HoldPlaced(message()))
        case .holdReleased: return .holdReleased(try HoldEnded(message()))
        case .holdExpired: return .holdExpired(try HoldEnded(message()))
        }
    }

    func known() throws(UnreadableEvent) -> EventType {
        guard let known = EventType(rawValue: type) else { throw UnreadableEvent("unknown event type “\(type)”") }
        guard schemaVersion == Self.newestSchema else {
            throw UnreadableEvent("unknown schema version \(schemaVersion) of \(type)")
        }
        return known
    }

    private func message<M: Message>() throws(UnreadableEvent) -> M {
        do {
            return try M(serializedBytes: payload)
        } catch {
            throw UnreadableEvent("undecodable \(type) payload: \(error)")
        }
    }
}
