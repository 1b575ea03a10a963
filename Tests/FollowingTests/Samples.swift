import Contract
import Domain
import EventLog
@testable import Following
import Projection

extension RecordedEvent {
    /// An event whose content nobody looks into.
    static func sample(_ position: Int64, content: UInt64 = 0) -> RecordedEvent {
        RecordedEvent(
            position: position, stream: StreamID("show"), streamVersion: position,
            event: EncodedEvent(
                type: "Sample", schemaVersion: 1,
                payload: (0..<8).map { UInt8(truncatingIfNeeded: content >> (8 * $0)) }),
            commandID: CommandID(high: 0, low: UInt64(position)), recordedAt: Timestamp(microseconds: position))
    }
}

extension [RecordedEvent] {
    static func samples(_ positions: ClosedRange<Int64>) -> [RecordedEvent] { positions.map { .sample($0) } }
}

extension CommittedBatch {
    /// The message that tells of these sequence numbers.
    static func samples(_ positions: ClosedRange<Int64>, epoch: Int64 = 1, head: Int64? = nil) -> CommittedBatch {
        CommittedBatch(epoch: epoch, events: .samples(positions), head: head ?? positions.upperBound)
    }

    static func head(_ position: Int64, epoch: Int64 = 1) -> CommittedBatch {
        CommittedBatch(head: LogPosition(epoch: epoch, position: position))
    }
}

extension EpochHistory {
    /// Epochs from 1 on, by where they start.
    static func starting(after positions: Int64...) -> EpochHistory {
        EpochHistory(epochs: positions.enumerated().map { Epoch(epoch: Int64($0.offset) + 1, startsAfter: $0.element) })
    }
}

extension FollowerMachine.Action {
    /// The sequence numbers that are to be applied.
    var applied: ClosedRange<Int64>? {
        guard case .apply(let events, _) = self, let first = events.first, let last = events.last else { return nil }
        return first.position...last.position
    }
}

extension [FollowerMachine.Action] {
    var applied: [ClosedRange<Int64>] { compactMap(\.applied) }
    /// What is to be done beside applying.
    var others: [FollowerMachine.Action] { filter { $0.applied == nil } }
}

extension Duration {
    static func ms(_ count: Int) -> Duration { .milliseconds(count) }
}

extension EncodedEvent {
    /// A hold's release, as it stands in the log.
    static let release = EncodedEvent(
        .hold(
            .released(
                HoldEnded(
                    holdID: HoldID("hold"), userID: UserID("ann"), seatIndexes: [], areas: [],
                    endedAt: Timestamp(microseconds: 1)))))
}
