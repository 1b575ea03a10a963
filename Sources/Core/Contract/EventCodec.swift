public import Domain
public import EventLog
public import SwiftProtobuf

/// An event of the log that this version of the program can't read.
public struct UnreadableEvent: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// How the events of one aggregate stand in the log: one row per event type.
///
/// To add an event, add its row. A type's name is never reused for something else, by any aggregate. A shape that
/// changes raises its row's schema version and keeps an upcaster for the old one.
public struct EventCodec<Event: DomainEvent>: Sendable {
    public struct Row: Sendable {
        /// `events.type` in the log.
        public let type: String
        /// The version that is written, and the newest that can be read.
        public let schemaVersion: Int
        /// Nil for an event of another row.
        let encode: @Sendable (Event) -> [UInt8]?
        let decode: @Sendable ([UInt8]) throws -> Event
        let json: @Sendable ([UInt8]) throws -> String

        /// - Parameters:
        ///   - type: the event's name in the log.
        ///   - message: the Protocol Buffers message that carries it.
        ///   - write: the event as that message; nil for an event of another row.
        ///   - read: the event that a message stands for. Throws ``UnreadableEvent`` where it stands for none.
        public init<M: Message>(
            _ type: String, schemaVersion: Int = 1, as message: M.Type, write: @escaping @Sendable (Event) -> M?,
            read: @escaping @Sendable (M) throws -> Event
        ) {
            self.init(type, schemaVersion: schemaVersion, as: message) { event in
                write(event).map(canonicalBytes(of:))
            } decode: { payload in
                try read(M(serializedBytes: payload))
            }
        }

        /// For an event that is too frequent, or too large, for the message's structure.
        ///
        /// - Parameters:
        ///   - encode: the message's canonical bytes; nil for an event of another row.
        ///   - decode: the event that the message's bytes stand for, in whatever form.
        init<M: Message>(
            _ type: String, schemaVersion: Int = 1, as message: M.Type,
            encode: @escaping @Sendable (Event) -> [UInt8]?, decode: @escaping @Sendable ([UInt8]) throws -> Event
        ) {
            self.type = type
            self.schemaVersion = schemaVersion
            self.encode = encode
            self.decode = decode
            json = { payload in try M(serializedBytes: payload).jsonString() }
        }
    }

    public let rows: [Row]
    private let byType: [String: Row]

    /// - Parameter rows: each type once. Frequent events come first: encoding tries the rows in order.
    public init(_ rows: [Row]) {
        self.rows = rows
        byType = Dictionary(
            rows.map { ($0.type, $0) }, uniquingKeysWith: { _, _ in preconditionFailure("a type twice") })
    }

    /// The event as it is written today.
    public func encode(_ event: Event) -> EncodedEvent {
        for row in rows {
            guard let payload = row.encode(event) else { continue }
            return EncodedEvent(type: row.type, schemaVersion: row.schemaVersion, payload: payload)
        }
        preconditionFailure("every event has a row: \(event)")
    }

    /// The event, whatever version it was written in. Throws for an unknown type or version and for a payload that is
    /// not what its type says.
    public func decode(_ encoded: EncodedEvent) throws(UnreadableEvent) -> Event {
        let row = try row(of: encoded)
        return try Self.reading(encoded) { try row.decode($0) }
    }

    /// The payload as protobuf's canonical JSON, for people.
    public func json(_ encoded: EncodedEvent) throws(UnreadableEvent) -> String {
        let row = try row(of: encoded)
        return try Self.reading(encoded) { try row.json($0) }
    }

    private func row(of encoded: EncodedEvent) throws(UnreadableEvent) -> Row {
        // The frequent ones are found sooner by comparing.
        let frequent = rows.prefix(3).first { $0.type == encoded.type }
        guard let row = frequent ?? byType[encoded.type] else {
            throw UnreadableEvent("unknown event type “\(encoded.type)”")
        }
        guard encoded.schemaVersion == row.schemaVersion else {
            throw UnreadableEvent("unknown schema version \(encoded.schemaVersion) of \(encoded.type)")
        }
        return row
    }

    private static func reading<R>(
        _ encoded: EncodedEvent, _ read: ([UInt8]) throws -> R
    ) throws(UnreadableEvent) -> R {
        do {
            return try read(encoded.payload)
        } catch let error as UnreadableEvent {
            throw error
        } catch {
            throw UnreadableEvent("undecodable \(encoded.type) payload: \(error)")
        }
    }
}
