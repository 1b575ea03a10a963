import Domain
import EventLog
import Following
import NIOCore
import Projection
import Text
import WaitingLines
import WebAPI

/// What it takes to compute a draw again, as one JSON document. The entries are read a part at a time, so a draw of a
/// million of them is never in memory as a whole: once the set is closed, it changes no more.
struct DrawFile: Sendable {
    /// Entries that are read at once; the view stands still meanwhile.
    private static let partEntries = 1_000

    private let show: ShowID
    private let epoch: Int64
    private let phase: RoomPhase
    private let record: DrawRecord
    private let hasEntrants: Bool

    init(_ room: borrowing WaitingLine, epoch: Int64) {
        show = room.showID
        self.epoch = epoch
        phase = room.phase
        record = room.draw
        hasEntrants = !room.entrants(from: 0, limit: 1).isEmpty
    }

    /// - Parameter write: takes one part after the other.
    func write(from view: View<WaitingLines>, _ write: (ByteBuffer) async throws -> Void) async throws {
        var json = JSONWriter(capacity: 2_048)
        json.object { head(&$0) }
        // The lists come after the head's members, before its brace.
        try await write(ByteBuffer(bytes: json.bytes.dropLast()))
        try await list("entrants", from: view, isThere: hasEntrants, write) { $0.entrants(from: $1, limit: $2) }
        try await list("order", from: view, isThere: record.isHeld, write) { $0.drawn(from: $1, limit: $2) }
        try await write(ByteBuffer(string: "}"))
    }

    private func head(_ json: inout JSONWriter) {
        json.member("showId", show)
        json.member("algorithm", Draw.algorithm)
        json.member("phase", phase.rawValue)
        json.array("commitments") { json in
            for party in record.parties {
                json.object { json in
                    json.member("party", party.name)
                    json.member("commitment", party.commitment.hex)
                    json.member("seed", orNull: party.seed.map(\.hex))
                    json.member("forfeited", party.isForfeited)
                }
            }
        }
        json.key("beacon")
        if let beacon = record.beacon {
            json.object { json in
                json.member("chain", beacon.chain)
                json.member("round", beacon.round)
                json.member("randomness", orNull: record.beaconValue.map { $0.randomness.hex })
                json.member("signature", orNull: record.beaconValue.map { $0.signature.hex })
            }
        } else {
            json.null()
        }
        json.key("logPosition")
        if let seal = record.seal { json.value(seal.position) } else { json.null() }
        json.member("logHash", orNull: record.seal.map { $0.hash.hex })
    }

    private func list(
        _ name: String, from view: View<WaitingLines>, isThere: Bool, _ write: (ByteBuffer) async throws -> Void,
        _ read: (borrowing WaitingLine, _ start: Int, _ limit: Int) -> [EntryID]
    ) async throws {
        guard isThere else {
            // Entrants are a list that is empty; an order is there or not.
            return try await write(ByteBuffer(string: ",\"\(name)\":\(name == "order" ? "null" : "[]")"))
        }
        try await write(ByteBuffer(string: ",\"\(name)\":["))
        var count = 0
        while true {
            let part: [EntryID]? = view.read { rooms, place in
                guard place.epoch == epoch else { return nil }
                return rooms.read(show) { read($0, count, Self.partEntries) }
            }
            // What was sent may be of a part of the log that was lost: the answer breaks off.
            guard let part else { throw DrawInterrupted() }
            guard !part.isEmpty else { break }
            var json = JSONWriter(capacity: 64 * part.count)
            json.array { json in for id in part { json.value(id.rawValue) } }
            var buffer = ByteBuffer()
            if count > 0 { buffer.writeString(",") }
            buffer.writeBytes(json.bytes.dropFirst().dropLast())
            try await write(buffer)
            count += part.count
        }
        try await write(ByteBuffer(string: "]"))
    }
}

/// The log entered another epoch while a draw was sent.
struct DrawInterrupted: Error {}
