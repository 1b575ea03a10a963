import Contract
import Domain
import EventLog
import Following
import Organisations
import Projection

/// A log in memory, and a view that follows it.
struct EventSource: Sendable {
    static let show = ShowID("somebody")
    private static let event = ShowEvent.admission(
        .ruleChanged(AdmissionRuleChanged(isRequired: true, at: Timestamp(microseconds: 1))))

    let log = InMemoryEventLog()
    let follower = View<Organisations>()

    init() { follower.enter(epoch: 1) }

    /// Appends events of one show.
    func append(_ count: Int) async throws {
        let head = await log.head()
        let stream = StreamAppend(
            stream: StreamID(Self.show), expectedVersion: head.position,
            commands: [
                DecidedCommand(
                    id: CommandID(high: UInt64(head.epoch), low: UInt64(head.position) + 1), principal: "test",
                    fingerprint: [UInt8](repeating: 0, count: 32), outcome: [],
                    events: [EncodedEvent](repeating: EncodedEvent(Self.event), count: count))
            ])
        _ = try await log.append(AppendBatch(epoch: head.epoch, streams: [stream]))
        follower.apply(await log.events(after: follower.checkpoint, limit: .max).map(FollowedEvent.init))
    }

    func raiseEpoch() async {
        await log.raiseEpoch()
        follower.enter(epoch: await log.head().epoch)
    }
}
