import Contract
import Domain
import EventLog
import Foundation
public import Projection
import SwiftProtobuf

extension Inlets {
    private typealias Message = Holdfast_V1_InletsSnapshot

    public var encoded: [UInt8] {
        canonicalBytes(
            of: Message.with {
                $0.rooms = rooms.sorted { $0.key < $1.key }.map { Message.Room($0.value, of: $0.key) }
                $0.requiring = requiring.sorted().map(\.rawValue)
                $0.cancelled = cancelled.sorted().map(\.rawValue)
            })
    }

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        self.init()
        do {
            let message = try Message(serializedBytes: encoded)
            for message in message.rooms {
                guard restore(try Room(message), of: ShowID(message.showID)) else {
                    throw ProjectionFault("the room of \(message.showID) is there twice")
                }
            }
            restore(
                requiring: Set(message.requiring.map { ShowID($0) }),
                cancelled: Set(message.cancelled.map { ShowID($0) }))
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    public var lines: [String] {
        rooms.sorted { $0.key < $1.key }.map { show, room in
            jsonLine([
                ("show", .text(show.rawValue)), ("phase", .text(room.inlet.phase.rawValue)),
                ("waiting", .number(Int64(room.inlet.waiting))), ("admitted", .number(Int64(room.inlet.admitted))),
                ("active", .number(Int64(room.inlet.active))), ("unclaimed", .texts(Self.texts(room.unclaimed.keys))),
                ("completed", .texts(Self.texts(room.completed))), ("returned", .texts(Self.texts(room.returned))),
                ("position", .number(room.position)),
            ])
        }
            + [("requiring", requiring), ("cancelled", cancelled)].filter { !$0.1.isEmpty }.map { name, shows in
                jsonLine([(name, .texts(shows.sorted().map(\.rawValue)))])
            }
    }

    private static func texts(_ entries: some Sequence<EntryID>) -> [String] { entries.sorted().map(\.rawValue) }
}

// MARK: Rooms

extension Holdfast_V1_InletsSnapshot.Room {
    fileprivate init(_ room: Inlets.Room, of show: ShowID) {
        self.init()
        let core = room.inlet.core
        showID = show.rawValue
        position = room.position
        closedAt = room.closedAt ?? 0
        if let configured = core.configured { self.configured = Data(EncodedEvent(.configured(configured)).payload) }
        phase = core.phase.rawValue
        if let reason = core.reason { self.reason = reason }
        draw = .init(core.draw)
        waiting = UInt64(clamping: core.waiting)
        credit = core.credit
        creditAt = core.creditAt.microseconds
        lastAt = core.lastAt.microseconds
        admissions = room.inlet.admissions.sorted { $0.key < $1.key }.map { entry, admission in
            .with {
                $0.entryID = entry.rawValue
                $0.claimUntil = admission.claimUntil.microseconds
                $0.sessionUntil = admission.sessionUntil.microseconds
                $0.isClaimed = admission.isClaimed
            }
        }
        unclaimed = room.unclaimed.sorted { $0.key < $1.key }.map { entry, use in
            .with {
                $0.entryID = entry.rawValue
                $0.userID = use.userID.rawValue
                $0.at = use.at.microseconds
            }
        }
        completed = room.completed.sorted().map(\.rawValue)
        returned = room.returned.sorted().map(\.rawValue)
    }
}

extension Inlets.Room {
    /// More than a room can hold, and far from what sums could overflow by.
    private static let countMax = UInt64(Int32.max)
    private static let creditMax = Int64(1) << 60

    fileprivate init(_ message: Holdfast_V1_InletsSnapshot.Room) throws {
        guard let phase = RoomPhase(rawValue: message.phase) else {
            throw ProjectionFault("a room is in the phase “\(message.phase)”")
        }
        guard message.waiting <= Self.countMax, (-Self.creditMax...Self.creditMax).contains(message.credit) else {
            throw ProjectionFault("a room can't count so far")
        }
        var core = Inlet.Core()
        if !message.configured.isEmpty { core.configured = try RoomConfigured(payload: Array(message.configured)) }
        core.phase = phase
        core.reason = message.hasReason ? message.reason : nil
        core.draw = DrawRecord(message.draw)
        core.waiting = Int(message.waiting)
        core.credit = message.credit
        core.creditAt = Timestamp(microseconds: message.creditAt)
        core.lastAt = Timestamp(microseconds: message.lastAt)
        var admissions: [EntryID: Inlet.Admission] = [:]
        for admission in message.admissions {
            admissions[EntryID(admission.entryID)] = Inlet.Admission(
                claimUntil: Timestamp(microseconds: admission.claimUntil),
                sessionUntil: Timestamp(microseconds: admission.sessionUntil), isClaimed: admission.isClaimed)
        }
        core.active = admissions.values.count(where: \.isClaimed)
        self.init(
            inlet: Inlet(core: core, admissions: admissions), position: message.position,
            closedAt: message.closedAt == 0 ? nil : message.closedAt,
            unclaimed: Dictionary(
                message.unclaimed.map {
                    (
                        EntryID($0.entryID),
                        Use(userID: UserID($0.userID), at: Timestamp(microseconds: $0.at))
                    )
                }, uniquingKeysWith: { first, _ in first }),
            completed: Set(message.completed.map { EntryID($0) }),
            returned: Set(message.returned.map { EntryID($0) }))
    }
}

extension RoomConfigured {
    fileprivate init(payload: [UInt8]) throws {
        let encoded = EncodedEvent(type: "RoomConfigured", schemaVersion: 1, payload: payload)
        guard case .configured(let configured) = try WaitingRoomState.codec.decode(encoded) else {
            throw ProjectionFault("a room's settings are none")
        }
        self = configured
    }
}

// MARK: Draws

extension Holdfast_V1_InletsSnapshot.Draw {
    fileprivate init(_ draw: DrawRecord) {
        self.init()
        parties = draw.parties.map { party in
            .with {
                $0.name = party.name
                $0.commitment = Data(party.commitment)
                $0.seed = Data(party.seed ?? [])
                $0.isForfeited = party.isForfeited
            }
        }
        beaconChain = draw.beacon?.chain ?? ""
        beaconRound = draw.beacon?.round ?? 0
        beaconRandomness = Data(draw.beaconValue?.randomness ?? [])
        beaconSignature = Data(draw.beaconValue?.signature ?? [])
        sealPosition = draw.seal?.position ?? 0
        sealHash = Data(draw.seal?.hash ?? [])
        if let count = draw.entrantCount { entrantCount = UInt32(clamping: count) }
        isHeld = draw.isHeld
    }
}

extension DrawRecord {
    fileprivate init(_ message: Holdfast_V1_InletsSnapshot.Draw) {
        self.init()
        parties = message.parties.map {
            Party(
                name: $0.name, commitment: Array($0.commitment), seed: $0.seed.isEmpty ? nil : Array($0.seed),
                isForfeited: $0.isForfeited)
        }
        if !message.beaconChain.isEmpty { beacon = DrawBeacon(chain: message.beaconChain, round: message.beaconRound) }
        if !message.beaconRandomness.isEmpty {
            beaconValue = BeaconValue(
                randomness: Array(message.beaconRandomness), signature: Array(message.beaconSignature))
        }
        if message.sealPosition != 0 {
            seal = Seal(position: message.sealPosition, hash: Array(message.sealHash))
        }
        entrantCount = message.hasEntrantCount ? Int(message.entrantCount) : nil
        isHeld = message.isHeld
    }
}
