public import Domain
public import EventLog
import SwiftProtobuf

extension WaitingRoomState: LoggedAggregate {
    public static let codec = EventCodec<RoomEvent>([
        .init("EntryJoined", as: Holdfast_V1_EntryJoined.self) {
            if case .joined(let event) = $0 { .init(event) } else { nil }
        } read: {
            .joined(EntryJoined($0))
        },
        .init("EntriesAdmitted", as: Holdfast_V1_EntriesAdmitted.self) {
            if case .admitted(let event) = $0 { .init(event) } else { nil }
        } read: {
            .admitted(EntriesAdmitted($0))
        },
        .init("EntriesEnded", as: Holdfast_V1_EntriesEnded.self) {
            if case .ended(let event) = $0 { .init(event) } else { nil }
        } read: {
            .ended(try EntriesEnded($0))
        },
        .init("EntryClaimed", as: Holdfast_V1_EntryClaimed.self) {
            if case .claimed(let event) = $0 { .init(event) } else { nil }
        } read: {
            .claimed(EntryClaimed($0))
        },
        .init("RoomPhaseChanged", as: Holdfast_V1_RoomPhaseChanged.self) {
            if case .phaseChanged(let event) = $0 { .init(event) } else { nil }
        } read: {
            .phaseChanged(try RoomPhaseChanged($0))
        },
        .init("RoomConfigured", as: Holdfast_V1_RoomConfigured.self) {
            if case .configured(let event) = $0 { .init(event) } else { nil }
        } read: {
            .configured(try RoomConfigured($0))
        },
        .init("DrawSealed", as: Holdfast_V1_DrawSealed.self) {
            if case .drawSealed(let event) = $0 { .init(event) } else { nil }
        } read: {
            .drawSealed(DrawSealed($0))
        },
        .init("SeedRevealed", as: Holdfast_V1_SeedRevealed.self) {
            if case .seedRevealed(let event) = $0 { .init(event) } else { nil }
        } read: {
            .seedRevealed(SeedRevealed($0))
        },
        .init("BeaconRecorded", as: Holdfast_V1_BeaconRecorded.self) {
            if case .beaconRecorded(let event) = $0 { .init(event) } else { nil }
        } read: {
            .beaconRecorded(BeaconRecorded($0))
        },
        .init("PartyForfeited", as: Holdfast_V1_PartyForfeited.self) {
            if case .partyForfeited(let event) = $0 { .init(event) } else { nil }
        } read: {
            .partyForfeited(PartyForfeited($0))
        },
        .init("DrawHeld", as: Holdfast_V1_DrawHeld.self) {
            if case .drawHeld(let event) = $0 { .init(event) } else { nil }
        } read: {
            .drawHeld(DrawHeld($0))
        },
    ])
}

extension EncodedEvent {
    /// A waiting room's event as it is written today.
    public init(_ event: RoomEvent) { self = WaitingRoomState.codec.encode(event) }
}
