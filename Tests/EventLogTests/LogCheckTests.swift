import Domain
import EventLog
import Testing

@Suite("The check of the log")
struct LogCheckTests {
    private static func fault(
        in batches: [RecordedBatch], head: HashedHead? = nil, containing earlier: HashedHead? = nil,
        start: ChainStart = .new
    ) -> LogCheck.Fault? {
        var check = LogCheck(start, containing: earlier)
        do {
            for batch in batches { try check.next(batch) }
            if let head { try check.end(at: head) }
            return nil
        } catch {
            return error
        }
    }

    /// Five batches, of which the third has only a rejection, and the head after each, the empty log's first.
    private static func log() async throws -> (batches: [RecordedBatch], heads: [HashedHead]) {
        let log = InMemoryEventLog()
        var heads = [await log.hashedHead()]
        for append in [
            [StreamAppend.some("a", at: 0, [2, 1]), .some("b", at: 0, [1])], [.some("a", at: 3, [1, 0])],
            [.some("a", at: 4, [0])], [.some("c", at: 0, [3])], [.some("b", at: 1, [1, 1, 1])],
        ] {
            _ = try await log.append(AppendBatch(epoch: 1, streams: append))
            heads.append(await log.hashedHead())
        }
        return (await log.batches(after: .start, limit: .max), heads)
    }

    @Test("finds nothing in a whole log")
    func whole() async throws {
        let (batches, heads) = try await Self.log()
        #expect(batches.count == 5 && heads[5].batch == 5 && heads[5].position == 11)
        #expect(Self.fault(in: batches, head: heads[5]) == nil)
        #expect(Self.fault(in: [], head: heads[0]) == nil)
        for earlier in heads { #expect(Self.fault(in: batches, head: heads[5], containing: earlier) == nil) }
    }

    @Test("names the first batch that was changed, whatever was changed in it")
    func changed() async throws {
        let (batches, _) = try await Self.log()
        func expect(
            _ kind: LogCheck.Fault.Kind, _ change: (inout RecordedBatch) -> Void,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            var changed = batches
            change(&changed[1])
            let fault = Self.fault(in: changed)
            #expect(
                fault == LogCheck.Fault(batch: changed[1].number, position: changed[1].afterPosition, kind: kind),
                sourceLocation: sourceLocation)
        }
        let content = LogCheck.Fault.Kind.content("a")
        expect(content) { $0.parts[0].commands[0].events[0].payload.append(0) }
        expect(content) { $0.parts[0].commands[0].events[0].type += "2" }
        expect(content) { $0.parts[0].commands[0].events[0].schemaVersion += 1 }
        expect(content) { $0.parts[0].commands[0].id = CommandID(high: 0, low: 0) }
        expect(content) { $0.parts[0].commands[0].principal = "somebody-else" }
        expect(content) { $0.parts[0].commands[0].fingerprint[31] ^= 1 }
        expect(content) { $0.parts[0].commands[1].outcome.append(0) }
        expect(content) { $0.parts[0].commands.swapAt(0, 1) }
        expect(.content("A")) {
            $0.parts[0].stream = StreamID("A"); $0.parts[0].root[0] ^= 1
        }
        expect(.hash) { $0.parts[0].stream = StreamID("A") }
        expect(.hash) { $0.parts[0].version += 1 }
        expect(.hash) { $0.parts[0].lastPosition += 1 }
        expect(.hash) { $0.epoch += 1 }
        expect(.hash) { $0.recordedAt = $0.recordedAt.adding(seconds: 1) }
        expect(.hash) { $0.hash[0] ^= 1 }
        expect(.position) { $0.afterPosition += 1 }
    }

    @Test("names the first batch that is missing, and one that was moved")
    func missing() async throws {
        let (batches, _) = try await Self.log()
        var log = batches
        log.remove(at: 1)
        #expect(Self.fault(in: log) == LogCheck.Fault(batch: 2, position: 4, kind: .gap(found: 3)))
        log = batches
        log.swapAt(2, 3)
        #expect(Self.fault(in: log) == LogCheck.Fault(batch: 3, position: 5, kind: .gap(found: 4)))
    }

    @Test("notices a tail that was cut off, and one that was cut off with the head")
    func cut() async throws {
        let (batches, heads) = try await Self.log()
        let rest = Array(batches.dropLast())
        #expect(Self.fault(in: rest, head: heads[5]) == LogCheck.Fault(batch: 4, position: 8, kind: .head(heads[5])))
        #expect(Self.fault(in: rest, head: heads[4]) == nil, "nothing in the log itself tells")
        #expect(
            Self.fault(in: rest, head: heads[4], containing: heads[5])
                == LogCheck.Fault(batch: 4, position: 8, kind: .cut(heads[5])))
    }

    @Test("notices a past that was written anew, hashes and all")
    func rewritten() async throws {
        let (_, heads) = try await Self.log()
        let (others, otherHeads) = try await Self.log()  // The same appends under other ids.
        #expect(Self.fault(in: others, head: otherHeads[5]) == nil)
        #expect(
            Self.fault(in: others, head: otherHeads[5], containing: heads[3])
                == LogCheck.Fault(batch: 3, position: 5, kind: .rewritten(heads[3])))
    }

    /// Gives the batches the roots and hashes that their content makes, as whoever appends to the log could.
    private static func chain(_ batches: [RecordedBatch], after start: [UInt8] = ChainStart.new.hash) -> [RecordedBatch]
    {
        var hash = start
        return batches.map { batch in
            var batch = batch
            for index in batch.parts.indices {
                batch.parts[index].root = BatchHash.root(of: batch.parts[index].commands)
            }
            hash = batch.hash(after: hash)
            batch.hash = hash
            return batch
        }
    }

    @Test("notices time that goes back, and streams that are not continued, though the hashes are right")
    func wrong() async throws {
        let (batches, _) = try await Self.log()
        var log = batches
        log[3].recordedAt = log[2].recordedAt.adding(seconds: -1)
        #expect(Self.fault(in: Self.chain(log)) == LogCheck.Fault(batch: 4, position: 5, kind: .time))
        log = batches
        log[4].parts[0].version = 2
        #expect(Self.fault(in: Self.chain(log)) == LogCheck.Fault(batch: 5, position: 8, kind: .stream("b")))
        log = batches
        log[2].parts[0].lastPosition = 4
        #expect(Self.fault(in: Self.chain(log)) == LogCheck.Fault(batch: 3, position: 5, kind: .stream("a")))
    }

    @Test("still proves what was written in format 1")
    func formatOne() async throws {
        let (batches, _) = try await Self.log()
        var hash = FormatOneHash.beforeFirst
        for event in batches[0...1].flatMap(\.events) { hash = FormatOneHash.hash(of: event, after: hash) }
        let start = ChainStart(position: 5, hash: hash)
        #expect(Self.fault(in: Self.chain(batches, after: hash), start: start) == nil)
        var log = batches
        log[1].parts[0].commands[0].events[0].payload = [1]
        let fault = LogCheck.Fault(batch: 2, position: 4, kind: .formatOne(position: 5))
        #expect(Self.fault(in: Self.chain(log, after: hash), start: start) == fault)
    }

    @Test(
        "notices a log that ends before what it says was written in format 1, and a start without events or hash",
        arguments: [12, .max, 0, -1] as [Int64])
    func chainStart(_ position: Int64) async throws {
        let (batches, heads) = try await Self.log()
        let hash = [UInt8](repeating: 7, count: 32)
        let log = Self.chain(batches, after: hash)
        var head = heads[5]
        head.hash = try #require(log.last).hash
        #expect(
            Self.fault(in: log, head: head, start: ChainStart(position: position, hash: hash))
                == LogCheck.Fault(batch: 5, position: 11, kind: .formatOne(position: position)))
        var empty = heads[0]
        empty.hash = hash
        #expect(
            Self.fault(in: [], head: empty, start: ChainStart(position: position, hash: hash))
                == LogCheck.Fault(batch: 0, position: 0, kind: .formatOne(position: position)))
        guard position != 0 else { return }
        #expect(
            Self.fault(in: [], head: heads[0], start: ChainStart(position: position, hash: ChainStart.new.hash))
                == LogCheck.Fault(batch: 0, position: 0, kind: .formatOne(position: position)))
    }
}

extension StreamAppend {
    /// Commands with so many events each.
    static func some(_ stream: String, at version: Int64, _ events: [Int]) -> StreamAppend {
        StreamAppend(
            stream: StreamID(stream), expectedVersion: version,
            commands: events.map { count in
                let id = CommandID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
                return DecidedCommand(
                    id: id, principal: "user-1", fingerprint: id.bytes + id.bytes, outcome: [1],
                    events: (0..<count).map { EncodedEvent(type: "Held", schemaVersion: 1, payload: [UInt8($0)]) })
            })
    }
}
