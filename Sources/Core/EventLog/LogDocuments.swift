internal import Domain
internal import Text

// How a signed head and a proof stand in JSON files. Hashes and bytes are in hexadecimal, signatures in base 64 for URLs,
// times in RFC 3339.

extension SignedHead: Codable {
    private struct Document: Codable {
        var epoch, position, batch: Int64
        var hash, recordedAt: String
        var algorithm, keyId, signature: String?
    }

    public init(from decoder: any Decoder) throws {
        let document = try Document(from: decoder)
        let read = Reading(decoder)
        head = HashedHead(
            epoch: document.epoch, position: document.position, batch: document.batch,
            hash: try read.hash(document.hash), recordedAt: try read.time(document.recordedAt))
        guard let algorithm = document.algorithm, let keyID = document.keyId, let text = document.signature else {
            signature = nil
            return
        }
        guard let bytes = Base64URL.decode(text.utf8) else { throw read.damage("signature") }
        signature = Signature(algorithm: algorithm, keyID: keyID, bytes: bytes)
    }

    public func encode(to encoder: any Encoder) throws {
        try Document(
            epoch: head.epoch, position: head.position, batch: head.batch, hash: head.hash.hex,
            recordedAt: head.recordedAt.rfc3339, algorithm: signature?.algorithm, keyId: signature?.keyID,
            signature: signature.map { Base64URL.encode($0.bytes) }
        ).encode(to: encoder)
    }
}

extension CommandProof: Codable {
    private struct Document: Codable {
        struct Batch: Codable {
            var number, epoch, afterPosition, lastPosition: Int64
            var recordedAt: String
            var parts: Int
            var previousHash, hash: String
        }
        struct Part: Codable {
            var index: Int
            var path: [String]
            var stream: String
            var version, lastPosition, firstPosition: Int64
            var commands, events: Int
            var root: String
        }
        struct Command: Codable {
            var index, eventsBefore: Int
            /// How many there are, shown or not.
            var events: Int?
            var path: [String]
            var id, principal, fingerprint, outcome: String
        }
        struct Event: Codable {
            /// Its place among all of the command's, from 0. Without it, all are shown.
            var place: Int?
            var path: [String]
            var type: String
            var schemaVersion: Int
            var payload: String
        }
        var batch: Batch
        var part: Part
        var command: Command
        var events: [Event]
    }

    public init(from decoder: any Decoder) throws {
        let document = try Document(from: decoder)
        let read = Reading(decoder)
        let batch = document.batch, part = document.part, command = document.command
        guard let stream = StreamID(checking: part.stream), let id = CommandID(command.id) else {
            throw read.damage("stream or command id")
        }
        self.init(
            header: RecordedBatch.Header(
                number: batch.number, epoch: batch.epoch, afterPosition: batch.afterPosition,
                lastPosition: batch.lastPosition, recordedAt: try read.time(batch.recordedAt), partCount: batch.parts),
            previousHash: try read.hash(batch.previousHash), hash: try read.hash(batch.hash),
            part: RecordedBatch.PartHeader(
                stream: stream, version: part.version, lastPosition: part.lastPosition,
                firstPosition: part.firstPosition, commandCount: part.commands, eventCount: part.events,
                root: try read.hash(part.root)),
            partIndex: part.index, partPath: try part.path.map(read.hash),
            command: DecidedCommand(
                id: id, principal: command.principal, fingerprint: try read.bytes(command.fingerprint),
                outcome: try read.bytes(command.outcome),
                events: try document.events.map {
                    EncodedEvent(type: $0.type, schemaVersion: $0.schemaVersion, payload: try read.bytes($0.payload))
                }),
            eventCount: command.events ?? document.events.count,
            eventPlaces: document.events.enumerated().map { $1.place ?? $0 },
            eventsBefore: command.eventsBefore, leafIndex: command.index,
            paths: try ([command.path] + document.events.map(\.path)).map { try $0.map(read.hash) })
    }

    public func encode(to encoder: any Encoder) throws {
        try Document(
            batch: Document.Batch(
                number: header.number, epoch: header.epoch, afterPosition: header.afterPosition,
                lastPosition: header.lastPosition, recordedAt: header.recordedAt.rfc3339, parts: header.partCount,
                previousHash: previousHash.hex, hash: hash.hex),
            part: Document.Part(
                index: partIndex, path: partPath.map(\.hex), stream: part.stream.rawValue, version: part.version,
                lastPosition: part.lastPosition, firstPosition: part.firstPosition, commands: part.commandCount,
                events: part.eventCount, root: part.root.hex),
            command: Document.Command(
                index: leafIndex, eventsBefore: eventsBefore, events: eventCount, path: paths[0].map(\.hex), id: command.id.description,
                principal: command.principal, fingerprint: command.fingerprint.hex, outcome: command.outcome.hex),
            events: zip(zip(command.events, eventPlaces), paths.dropFirst()).map { event, path in
                Document.Event(
                    place: event.1, path: path.map(\.hex), type: event.0.type, schemaVersion: event.0.schemaVersion,
                    payload: event.0.payload.hex)
            }
        ).encode(to: encoder)
    }
}

/// Reads the texts of a document.
private struct Reading {
    private let path: [any CodingKey]

    init(_ decoder: any Decoder) { path = decoder.codingPath }

    func damage(_ what: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path, debugDescription: "damaged \(what)"))
    }

    func bytes(_ text: String) throws -> [UInt8] {
        guard let bytes = [UInt8](hex: text) else { throw damage("hexadecimal") }
        return bytes
    }

    func hash(_ text: String) throws -> [UInt8] {
        let hash = try bytes(text)
        guard hash.count == MerkleTree.hashLength else { throw damage("hash") }
        return hash
    }

    func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(rfc3339: text) else { throw damage("time") }
        return time
    }
}
