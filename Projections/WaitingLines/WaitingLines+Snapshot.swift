import Contract
import Domain
import Foundation
public import Projection
import SwiftProtobuf

extension WaitingLines {
    public var encoded: [UInt8] {
        // By hand: there may be millions of entries.
        var snapshot = WireWriter(capacity: rooms.reduce(64) { $0 + 512 + 96 * $1.entries.count })
        for room in rooms {
            snapshot.message(1) { message in
                message.message(1, canonicalBytes(of: Holdfast_V1_WaitingLinesSnapshot.Head(room)))
                message.int64s(2, room.entrants.map(Int64.init))
                for (index, entry) in room.entries.enumerated() {
                    message.message(3) { message in
                        message.text(1, room.ids[index].rawValue)
                        message.text(2, users[Int(entry.user)].rawValue)
                        message.uint32(3, Int(entry.number))
                        message.uint32(4, Int(entry.status.rawValue))
                        message.int64(5, entry.joinedAt.microseconds)
                        guard entry.wasAdmitted else { return }
                        message.uint32(6, 1)
                        message.int64(7, entry.claimUntil.microseconds)
                        message.int64(8, entry.sessionUntil.microseconds)
                    }
                }
            }
        }
        return snapshot.bytes
    }

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        self.init()
        do {
            for message in try Holdfast_V1_WaitingLinesSnapshot(serializedBytes: encoded).lines {
                let index = try insert(try WaitingLine(message.head))
                for entry in message.entries {
                    try join(UserID(entry.userID), index) { room, user, older throws(ProjectionFault) in
                        try room.restore(entry, user: user, older: older)
                    }
                }
                try rooms[Int(index)].restore(entrants: message.entrants)
            }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    /// A line for each room, and each entry.
    public var lines: [String] {
        rooms.flatMap { room in
            let show = LineValue.text(room.showID.rawValue)
            let roomLine = jsonLine([
                ("room", show), ("phase", .text(room.phase.rawValue)), ("reason", .text(room.reason ?? "")),
                ("waiting", .number(Int64(room.waiting))), ("admitted", .number(Int64(room.admitted))),
                ("active", .number(Int64(room.active))), ("servedThrough", .number(Int64(room.servedThrough))),
                ("entrants", .number(Int64(room.entrants.count))), ("isDrawn", .number(room.draw.isHeld ? 1 : 0)),
                ("version", .number(room.version)),
            ])
            return [roomLine]
                + room.entries.indices.map { index in
                    let entry = room.entries[index]
                    return jsonLine([
                        ("room", show), ("entry", .text(room.ids[index].rawValue)),
                        ("user", .text(users[Int(entry.user)].rawValue)), ("number", .number(Int64(entry.number))),
                        ("ahead", .number(Int64(room.ahead(of: entry) ?? -1))), ("status", .text("\(entry.status)")),
                        ("joinedAt", .number(entry.joinedAt.microseconds)),
                    ])
                }
        }
    }
}

extension WaitingLine {
    fileprivate init(_ message: Holdfast_V1_WaitingLinesSnapshot.Head) throws {
        self.init(try RoomConfigured(message.configured), at: message.version)
        guard let phase = RoomPhase(rawValue: message.phase) else {
            throw ProjectionFault("“\(message.phase)” is no phase of a room")
        }
        self.phase = phase
        reason = message.hasReason ? message.reason : nil
        servedThrough = Int(message.servedThrough)
        draw = DrawRecord(message.draw)
        pace = AdmissionPace(
            seconds: message.seconds.map { AdmissionPace.Second(second: $0.second, count: Int($0.count)) },
            firstSecond: message.hasFirstSecond ? message.firstSecond : nil)
    }
}

extension WaitingLine {
    fileprivate mutating func restore(
        _ message: Holdfast_V1_WaitingLinesSnapshot.Entry, user: Int32, older: Link
    ) throws(ProjectionFault) {
        let id = EntryID(message.entryID)
        guard ids.place(of: id) == nil else { throw ProjectionFault("entry \(id) is there twice") }
        guard let number = Int32(exactly: message.number),
            let status = UInt8(exactly: message.status).flatMap(EntryStatus.init)
        else { throw ProjectionFault("entry \(id) has no number or status that there is") }
        ids.append(id)
        var entry = Entry(
            number: number, status: status, user: user, joinedAt: Timestamp(microseconds: message.joinedAt),
            older: older)
        if message.wasAdmitted {
            entry.claimUntil = Timestamp(microseconds: message.claimUntil)
            entry.sessionUntil = Timestamp(microseconds: message.sessionUntil)
        }
        entries.append(entry)
    }

    /// The last step: what follows from the entries.
    fileprivate mutating func restore(entrants restored: [UInt32]) throws(ProjectionFault) {
        guard restored.allSatisfy({ $0 < entries.count }) else { throw ProjectionFault("an entrant is not there") }
        entrants = restored.map(Int32.init)
        let numbered = entries.count { $0.number > 0 }
        places = Array(repeating: -1, count: draw.isHeld ? numbered : numbered + entrants.count)
        for (index, entry) in entries.enumerated() where entry.number > 0 {
            // Before the draw only those have numbers who came after its set was closed.
            guard draw.isHeld || Int(entry.number) > entrants.count, Int(entry.number) <= places.count,
                places[Int(entry.number) - 1] < 0
            else {
                throw ProjectionFault("number \(entry.number) of \(showID) is out of line")
            }
            places[Int(entry.number) - 1] = Int32(index)
        }
        tree = PlaceTree(count: places.count) { [entries, places] number in
            places[number - 1] >= 0 && entries[Int(places[number - 1])].status == .waiting
        }
        waiting = entries.count { $0.status == .waiting }
        admitted = entries.count { $0.status == .admitted }
        active = entries.count { $0.status == .active }
        undrawn = draw.isHeld ? 0 : entrants.count { entries[Int($0)].status == .waiting }
    }
}

extension DrawRecord {
    fileprivate init(_ message: Holdfast_V1_WaitingLinesSnapshot.Draw) {
        self.init()
        parties = message.parties.map {
            Party(
                name: $0.name, commitment: Array($0.commitment), seed: $0.hasSeed ? Array($0.seed) : nil,
                isForfeited: $0.isForfeited)
        }
        if message.hasBeacon {
            beacon = DrawBeacon(chain: message.beacon.chain, round: message.beacon.round)
            if message.beacon.hasRandomness {
                beaconValue = BeaconValue(
                    randomness: Array(message.beacon.randomness), signature: Array(message.beacon.signature))
            }
        }
        if message.hasSeal { seal = Seal(position: message.seal.position, hash: Array(message.seal.hash)) }
        entrantCount = message.hasEntrantCount ? Int(message.entrantCount) : nil
        isHeld = message.isHeld
    }
}

extension Holdfast_V1_WaitingLinesSnapshot.Head {
    fileprivate init(_ line: WaitingLine) {
        self.init()
        configured = Holdfast_V1_RoomConfigured(line.configured)
        phase = line.phase.rawValue
        if let reason = line.reason { self.reason = reason }
        version = line.version
        servedThrough = UInt32(line.servedThrough)
        draw = Holdfast_V1_WaitingLinesSnapshot.Draw(line.draw)
        seconds = line.pace.seconds.map { second in
            .with {
                $0.second = second.second
                $0.count = UInt32(second.count)
            }
        }
        if let first = line.pace.firstSecond { firstSecond = first }
    }
}

extension Holdfast_V1_WaitingLinesSnapshot.Draw {
    fileprivate init(_ record: DrawRecord) {
        self.init()
        parties = record.parties.map { party in
            .with {
                $0.name = party.name
                $0.commitment = Data(party.commitment)
                if let seed = party.seed { $0.seed = Data(seed) }
                $0.isForfeited = party.isForfeited
            }
        }
        if let beacon = record.beacon {
            self.beacon = .with {
                $0.chain = beacon.chain
                $0.round = beacon.round
                if let value = record.beaconValue {
                    $0.randomness = Data(value.randomness)
                    $0.signature = Data(value.signature)
                }
            }
        }
        if let seal = record.seal {
            self.seal = .with {
                $0.position = seal.position
                $0.hash = Data(seal.hash)
            }
        }
        if let count = record.entrantCount { entrantCount = UInt32(count) }
        isHeld = record.isHeld
    }
}
