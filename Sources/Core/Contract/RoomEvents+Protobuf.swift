public import Domain
import Foundation
import SwiftProtobuf

// What happened to a waiting room, as messages and back.

extension Holdfast_V1_RoomConfigured {
    public init(_ event: RoomConfigured) {
        self.init()
        showID = event.showID.rawValue
        let settings = event.settings
        if let from = settings.prequeueFrom { prequeueFrom = from.microseconds }
        opensAt = settings.opensAt.microseconds
        admitPerMinute = UInt32(clamping: settings.admitPerMinute)
        maxActive = UInt32(clamping: settings.maxActive)
        sessionMinutes = UInt32(clamping: settings.sessionMinutes)
        claimSeconds = UInt32(clamping: settings.claimSeconds)
        entriesPerUser = UInt32(clamping: settings.entriesPerUser)
        parties = (settings.draw?.parties ?? []).map { party in
            .with {
                $0.party = party.party
                $0.commitment = Data(party.commitment)
            }
        }
        if let beacon = settings.draw?.beacon {
            self.beacon = .with {
                $0.chain = beacon.chain
                $0.round = beacon.round
            }
        }
        instanceCommitment = Data(event.instanceCommitment)
        phase = event.phase.rawValue
        configuredAt = event.at.microseconds
        challengeBits = UInt32(clamping: settings.challengeBits ?? 0)
    }
}

extension RoomConfigured {
    public init(_ message: Holdfast_V1_RoomConfigured) throws(UnreadableEvent) {
        let parties = message.parties.map { DrawCommitment(party: $0.party, commitment: Array($0.commitment)) }
        let beacon = message.hasBeacon ? DrawBeacon(chain: message.beacon.chain, round: message.beacon.round) : nil
        let settings = RoomSettings(
            prequeueFrom: message.hasPrequeueFrom ? Timestamp(microseconds: message.prequeueFrom) : nil,
            opensAt: Timestamp(microseconds: message.opensAt),
            // A pace or a limit of nothing is none that a room can have; a damaged log may say so, and must do no harm.
            admitPerMinute: max(1, Int(message.admitPerMinute)), maxActive: max(1, Int(message.maxActive)),
            sessionMinutes: max(1, Int(message.sessionMinutes)), claimSeconds: max(1, Int(message.claimSeconds)),
            entriesPerUser: max(1, Int(message.entriesPerUser)),
            challengeBits: message.challengeBits == 0 ? nil : Int(message.challengeBits),
            draw: parties.isEmpty && beacon == nil ? nil : DrawTerms(parties: parties, beacon: beacon))
        self.init(
            showID: ShowID(message.showID), settings: settings, instanceCommitment: Array(message.instanceCommitment),
            phase: try RoomPhase(named: message.phase), at: Timestamp(microseconds: message.configuredAt))
    }
}

extension RoomPhase {
    fileprivate init(named name: String) throws(UnreadableEvent) {
        guard let phase = RoomPhase(rawValue: name) else { throw UnreadableEvent("unknown phase “\(name)” of a room") }
        self = phase
    }
}

extension Holdfast_V1_RoomPhaseChanged {
    init(_ event: RoomPhaseChanged) {
        self.init()
        phase = event.phase.rawValue
        if let reason = event.reason { self.reason = reason }
        changedAt = event.at.microseconds
    }
}

extension RoomPhaseChanged {
    init(_ message: Holdfast_V1_RoomPhaseChanged) throws(UnreadableEvent) {
        self.init(
            phase: try RoomPhase(named: message.phase), reason: message.hasReason ? message.reason : nil,
            at: Timestamp(microseconds: message.changedAt))
    }
}

extension Holdfast_V1_EntryJoined {
    init(_ event: EntryJoined) {
        self.init()
        entryID = event.entryID.rawValue
        userID = event.userID.rawValue
        number = UInt32(clamping: event.number ?? 0)
        joinedAt = event.at.microseconds
    }
}

extension EntryJoined {
    init(_ message: Holdfast_V1_EntryJoined) {
        self.init(
            entryID: EntryID(message.entryID), userID: UserID(message.userID),
            number: message.number == 0 ? nil : Int(message.number), at: Timestamp(microseconds: message.joinedAt))
    }
}

extension Holdfast_V1_EntriesAdmitted {
    init(_ event: EntriesAdmitted) {
        self.init()
        entries = event.entries.map { entry in
            .with {
                $0.entryID = entry.entryID.rawValue
                $0.userID = entry.userID.rawValue
                $0.number = UInt32(clamping: entry.number)
            }
        }
        admittedAt = event.at.microseconds
        claimUntil = event.claimUntil.microseconds
        sessionUntil = event.sessionUntil.microseconds
    }
}

extension EntriesAdmitted {
    init(_ message: Holdfast_V1_EntriesAdmitted) {
        self.init(
            entries: message.entries.map {
                Entry(entryID: EntryID($0.entryID), userID: UserID($0.userID), number: Int($0.number))
            }, at: Timestamp(microseconds: message.admittedAt),
            claimUntil: Timestamp(microseconds: message.claimUntil),
            sessionUntil: Timestamp(microseconds: message.sessionUntil))
    }
}

extension Holdfast_V1_EntryClaimed {
    init(_ event: EntryClaimed) {
        self.init()
        entryID = event.entryID.rawValue
        userID = event.userID.rawValue
        sessionUntil = event.sessionUntil.microseconds
        claimedAt = event.at.microseconds
    }
}

extension EntryClaimed {
    init(_ message: Holdfast_V1_EntryClaimed) {
        self.init(
            entryID: EntryID(message.entryID), userID: UserID(message.userID),
            sessionUntil: Timestamp(microseconds: message.sessionUntil), at: Timestamp(microseconds: message.claimedAt))
    }
}

extension Holdfast_V1_EntriesEnded {
    init(_ event: EntriesEnded) {
        self.init()
        how = event.how.rawValue
        entries = event.entries.map { entry in
            .with {
                $0.entryID = entry.entryID.rawValue
                $0.userID = entry.userID.rawValue
            }
        }
        endedAt = event.at.microseconds
    }
}

extension EntriesEnded {
    init(_ message: Holdfast_V1_EntriesEnded) throws(UnreadableEvent) {
        guard let how = How(rawValue: message.how) else {
            throw UnreadableEvent("unknown way “\(message.how)” for an entry to end")
        }
        self.init(
            how: how, entries: message.entries.map { Entry(entryID: EntryID($0.entryID), userID: UserID($0.userID)) },
            at: Timestamp(microseconds: message.endedAt))
    }
}
