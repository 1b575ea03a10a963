import Domain
import EventLog
import Testing

@Suite("The check of the log")
struct LogCheckTests {
    private static func event(_ position: Int64, at microseconds: Int64 = 5) -> RecordedEvent {
        RecordedEvent(
            position: position, stream: StreamID("show-1"), streamVersion: position,
            event: EncodedEvent(type: "SeatsHeld", schemaVersion: 1, payload: [1, 2, 3]),
            commandID: CommandID(high: 1, low: UInt64(position)), recordedAt: Timestamp(microseconds: microseconds))
    }

    /// Events 1 to `count`, correctly chained.
    private static func chain(_ count: Int64, at time: (Int64) -> Int64 = { $0 }) -> [HashedEvent] {
        var hash = EventHash.beforeFirst
        return (1...count).map { position in
            let event = event(position, at: time(position))
            hash = EventHash.hash(of: event, after: hash)
            return HashedEvent(event: event, hash: hash)
        }
    }

    private static func fault(in events: [HashedEvent], head: SealedHead? = nil) -> LogCheck.Fault? {
        var check = LogCheck()
        do {
            for event in events { try check.next(event) }
            if let head { try check.end(at: head) }
            return nil
        } catch {
            return error
        }
    }

    @Test("finds nothing in a whole log")
    func whole() {
        let events = Self.chain(5)
        #expect(Self.fault(in: events, head: SealedHead(position: 5, hash: events[4].hash)) == nil)
        #expect(Self.fault(in: [], head: SealedHead(position: 0, hash: EventHash.beforeFirst)) == nil)
    }

    @Test("names the first event that was changed")
    func changed() {
        var events = Self.chain(5)
        events[2].event.event.payload[0] = 9
        #expect(Self.fault(in: events) == LogCheck.Fault(position: 3, kind: .hash))
    }

    @Test("names the first event that is missing, and one that was moved")
    func missing() {
        var events = Self.chain(5)
        events.remove(at: 1)
        #expect(Self.fault(in: events) == LogCheck.Fault(position: 2, kind: .gap(found: 3)))
        events = Self.chain(5)
        events.swapAt(2, 3)
        #expect(Self.fault(in: events) == LogCheck.Fault(position: 3, kind: .gap(found: 4)))
    }

    @Test("notices a tail that was cut off")
    func cut() {
        let events = Self.chain(5)
        let head = SealedHead(position: 5, hash: events[4].hash)
        #expect(Self.fault(in: Array(events.dropLast()), head: head) == LogCheck.Fault(position: 4, kind: .head(head)))
    }

    @Test("notices time that goes back")
    func time() {
        let events = Self.chain(3) { $0 == 3 ? 1 : $0 }
        #expect(Self.fault(in: events) == LogCheck.Fault(position: 3, kind: .time))
    }

    @Test("covers every field of an event")
    func fields() {
        let event = Self.event(1)
        var variants = [RecordedEvent](repeating: event, count: 8)
        variants[0].position += 1
        variants[1].stream = StreamID("show-2")
        variants[2].streamVersion += 1
        variants[3].event.type = "SeatsHeld2"
        variants[4].event.schemaVersion += 1
        variants[5].event.payload += [4]
        variants[6].commandID = CommandID(high: 2, low: 1)
        variants[7].recordedAt = Timestamp(microseconds: 6)
        let hashes = (variants + [event]).map { EventHash.hash(of: $0, after: EventHash.beforeFirst) }
        #expect(Set(hashes).count == hashes.count)
        #expect(
            EventHash.hash(of: event, after: hashes[0]) != EventHash.hash(of: event, after: hashes[1]),
            "the hash before it")
    }
}
