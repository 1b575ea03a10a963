import Domain
import EventLog
import Foundation
import HTTPServer
import HTTPTypes
import Hummingbird
import Following
import Projection
import Testing
import WebAPI
@testable import QueryAPI

@Suite("A seat map, and what changed", .timeLimit(.minutes(2)))
struct SeatMapTests {
    struct Whole: Decodable {
        struct Area: Decodable { var areaId: String, available: Int, held: Int }
        var version: String
        var since: String?
        var statuses: String?
        var changes: [[Int]]?
        var areas: [Area]
        var held: Int?
        var available: Int?
    }

    static func decode(_ text: String) throws -> Whole { try JSONDecoder().decode(Whole.self, from: Data(text.utf8)) }

    @Test("The version is the show's last change: its ETag") func entityTag() async throws {
        let node = QueryNode(log: try await .sample())
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        let response = try await node.get("/shows/show/availability")
        #expect(response.headers[.eTag] == "\"1.5\"")
        for tags in ["\"1.5\"", "W/\"1.5\"", "\"1.4\", \"1.5\"", "*"] {
            let again = try await node.get("/shows/show/availability", [.ifNoneMatch: tags])
            #expect(again.status == .notModified, "\(tags)")
            #expect(try await again.text().isEmpty)
        }
        #expect(try await node.get("/shows/show/availability", [.ifNoneMatch: "\"1.4\""]).status == .ok)
        await node.apply(upTo: 6)
        #expect(try await node.get("/shows/show/availability", [.ifNoneMatch: "\"1.5\""]).status == .ok)
    }

    @Test("A show's ETag is that of what it says: it changes with the show, and with its hour") func showTag()
        async throws
    {
        let node = QueryNode(log: try await .sample())
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        let first = try await node.get("/shows/show")
        let tag = try #require(first.headers[.eTag])
        #expect(first.headers[.cacheControl] == "no-cache")
        let again = try await node.get("/shows/show", [.ifNoneMatch: tag])
        #expect(again.status == .notModified)
        #expect(again.headers[.eTag] == tag && again.headers[.cacheControl] == "no-cache")
        #expect(again.headers[.contentType] == nil && again.token == first.token)
        #expect(try await again.text().isEmpty)
        await node.apply(upTo: 6)
        let changed = try await node.get("/shows/show", [.ifNoneMatch: tag])
        #expect(changed.status == .ok && changed.headers[.eTag] != tag)
        node.clock.set(Timestamp(microseconds: 4_000_000_000_000_000))
        let later = try await node.get("/shows/show", [.ifNoneMatch: try #require(changed.headers[.eTag])])
        #expect(later.status == .ok)
        #expect(try await node.get("/shows").headers[.cacheControl] == "no-cache")
        #expect(try await node.get("/me/holds").headers[.cacheControl] == "private, no-store")
    }

    @Test("Whoever applies the changes has the whole, from any version to any later one", arguments: 1..<12)
    func changes(since: Int64) async throws {
        let node = QueryNode(log: try await .sample(seats: 200))
        node.enter(epoch: 1)
        await node.apply(upTo: since)
        let before = try Self.decode(try await node.get("/shows/show/availability").text())
        var statuses = Array(before.statuses ?? "")
        for position in since..<14 {
            await node.apply(upTo: position)
            let whole = try Self.decode(try await node.get("/shows/show/availability").text())
            let part = try Self.decode(try await node.get("/shows/show/availability?since=\(before.version)").text())
            #expect(part.since == before.version)
            #expect(part.version == whole.version)
            for change in part.changes ?? [] { statuses[change[0]] = Character("\(change[1])") }
            #expect(String(statuses) == whole.statuses)
            statuses = Array(before.statuses ?? "")
        }
    }

    @Test("Where the changes are more than the map, the map is sent") func tooMany() async throws {
        let node = QueryNode(log: try await .sample(seats: 40))
        node.enter(epoch: 1)
        await node.apply(upTo: 20)
        let few = try Self.decode(try await node.get("/shows/show/availability?since=1.18").text())
        #expect(few.changes == [[11, 0], [12, 1]])
        let many = try Self.decode(try await node.get("/shows/show/availability?since=1.1").text())
        #expect(many.changes == nil)
        #expect(many.statuses?.count == 40)
    }

    @Test("A change of an area alone") func areas() async throws {
        let log = try await InMemoryEventLog.sample(seats: 40, holds: 0)
        try await log.append([.placed(3, areas: 2)])
        let node = QueryNode(log: log)
        node.enter(epoch: 1)
        await node.apply(upTo: 2)
        let part = try Self.decode(try await node.get("/shows/show/availability?since=1.1").text())
        #expect(part.changes == [[3, 1]])
        #expect(part.areas.map(\.held) == [2])
        #expect(part.areas.map(\.available) == [7])
        let nothing = try Self.decode(try await node.get("/shows/show/availability?since=1.2").text())
        #expect(nothing.changes == [])
        #expect(nothing.areas.isEmpty)
    }

    @Test("Since a version that this replica has not come to: it waits, and never answers with less") func sinceLater()
        async throws
    {
        let node = QueryNode(log: try await .sample(seats: 200))
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        #expect(try await node.get("/shows/show/availability?since=1.8", .now).code() == "replica-behind")
        async let waiting = node.get("/shows/show/availability?since=1.8", [.prefer: "wait=10"])
        await node.apply(upTo: 9)
        let part = try Self.decode(try await waiting.text())
        #expect(part.version == "1.9")
        #expect(part.changes?.count == 1)
        #expect(try await node.get("/shows/show/availability?since=1.999", .now).code() == "sequence-ahead-of-log")
    }

    @Test("Since a version of another epoch, lost or not: the whole") func sinceOtherEpoch() async throws {
        let log = try await InMemoryEventLog.sample(seats: 200).failedOver(keeping: 10)
        let node = QueryNode(log: log)
        node.enter(epoch: 2)
        await node.apply(upTo: 10)
        for since in ["1.10", "1.9", "1.15"] {
            let whole = try Self.decode(try await node.get("/shows/show/availability?since=\(since)", .now).text())
            #expect(whole.statuses?.count == 200, "\(since)")
            #expect(whole.version == "2.10")
        }
    }

    @Test("Malformed versions and ids are refused") func malformed() async throws {
        let node = QueryNode(log: try await .sample())
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        for since in ["", "1", "1.", "-1.2", "1.2.3", "0.1", "1.99999999999999999999", "head"] {
            #expect(
                try await node.get("/shows/show/availability?since=\(since)").code() == "invalid-sequence", "\(since)")
        }
        #expect(try await node.get("/shows/show/availability?since=1.1&since=1.2").status == .badRequest)
        #expect(try await node.get("/shows/nowhere/availability").code() == "show-not-found")
        for cursor in ["-1", "2", "99999999999999999999", "x"] {
            #expect(try await node.get("/shows?cursor=\(cursor)").status == .badRequest, "\(cursor)")
        }
        #expect(try await node.get("/shows?cursor=1").status == .ok)
    }
}

@Suite("The stream of a seat map's changes", .timeLimit(.minutes(2)))
struct StreamTests {
    /// Takes a stream's messages as a browser would, and can hang up.
    private final class Reader: Sendable {
        struct Message {
            var id: String
            var map: SeatMapTests.Whole
        }

        let messages: AsyncStream<Message>
        private let messagesIn: AsyncStream<Message>.Continuation

        init() { (messages, messagesIn) = AsyncStream.makeStream() }

        func read(_ response: Response, failsAfter count: Int = .max) async throws {
            defer { messagesIn.finish() }
            try await response.body.write(Writer(reader: self, left: count))
        }

        struct HungUp: Error {}

        private struct Writer: ResponseBodyWriter {
            let reader: Reader
            var left: Int

            mutating func write(_ buffer: ByteBuffer) async throws {
                let lines = String(buffer: buffer).split(separator: "\n", omittingEmptySubsequences: false)
                guard lines.count == 5, lines[1] == "event: availability" else {
                    Issue.record("\(lines)")
                    return
                }
                let map = try SeatMapTests.decode(String(lines[2].dropFirst("data: ".count)))
                reader.messagesIn.yield(Message(id: String(lines[0].dropFirst("id: ".count)), map: map))
                left -= 1
                if left == 0 { throw HungUp() }
            }

            consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
        }
    }

    private func node(seats: Int = 200, streamsMax: Int = 10) async throws -> QueryNode {
        let node = QueryNode(log: try await .sample(seats: seats), streamsMax: streamsMax)
        node.enter(epoch: 1)
        await node.apply(upTo: 5)
        return node
    }

    @Test("First the whole, then every change; it ends with the epoch") func follows() async throws {
        let node = try await node()
        let response = try await node.get("/shows/show/availability/stream")
        #expect(response.headers[.contentType] == "text/event-stream")
        let reader = Reader()
        async let reading: Void = reader.read(response)
        var statuses: [Character] = []
        var last = ""
        for await message in reader.messages {
            #expect(message.id == message.map.version)
            if let whole = message.map.statuses {
                #expect(statuses.isEmpty)
                statuses = Array(whole)
            }
            #expect(message.map.since == (last.isEmpty ? nil : last))
            for change in message.map.changes ?? [] { statuses[change[0]] = Character("\(change[1])") }
            last = message.id
            if last == "1.9" {
                node.enter(epoch: 2)
                node.signals.entered(epoch: 2)
            } else {
                // Two changes at once: one message, or two.
                let position = (LogPosition(last)?.position ?? 0) + 2
                await node.apply(upTo: min(position, 9))
            }
        }
        try await reading
        let whole = try SeatMapTests.decode(try await node.get("/shows/show/availability").text())
        #expect(String(statuses) == whole.statuses)
    }

    @Test("It goes on after Last-Event-ID: only what changed, or nothing, and never back") func resumes() async throws {
        let node = try await node()
        await node.apply(upTo: 8)
        let reader = Reader()
        let reading = Task {
            try await reader.read(
                try await node.get("/shows/show/availability/stream", [.init("Last-Event-ID")!: "1.5"]), failsAfter: 1)
        }
        var messages: [Reader.Message] = []
        for await message in reader.messages { messages.append(message) }
        await #expect(throws: Reader.HungUp.self) { try await reading.value }
        #expect(messages.map(\.id) == ["1.8"])
        #expect(messages.first?.map.since == "1.5")

        // Nothing new: the first message is of the next change.
        let second = Reader()
        let readingToo = Task {
            try await second.read(try await node.get("/shows/show/availability/stream?since=1.8"), failsAfter: 1)
        }
        await node.apply(upTo: 9)
        for await message in second.messages { #expect(message.id == "1.9") }
        await #expect(throws: Reader.HungUp.self) { try await readingToo.value }

        // On a replica that is not so far: not from there.
        let other = try await self.node()
        #expect(
            try await other.get("/shows/show/availability/stream", [.init("Last-Event-ID")!: "1.8", .prefer: "wait=0"])
                .code() == "replica-behind")
    }

    @Test("After an epoch that lost nothing, it goes on where it was: nothing that was sent is sent again")
    func resumesInNewEpoch() async throws {
        let node = try await node()
        await node.log.raiseEpoch()
        node.enter(epoch: 2)
        // The last change is 1.5, as is the reader's id: nothing, then the next change.
        let reader = Reader()
        let reading = Task {
            try await reader.read(
                try await node.get("/shows/show/availability/stream", [.init("Last-Event-ID")!: "1.5"]), failsAfter: 1)
        }
        try await Task.sleep(for: .milliseconds(20))
        await node.apply(upTo: 6)
        var messages: [Reader.Message] = []
        for await message in reader.messages { messages.append(message) }
        await #expect(throws: Reader.HungUp.self) { try await reading.value }
        #expect(messages.map(\.id) == ["2.6"])
        #expect(messages.first?.map.since == "1.5")
        #expect(messages.first?.map.statuses == nil, "only what changed")

        // A reader that missed a change of the old epoch gets that one, under the new epoch.
        let second = Reader()
        let readingToo = Task {
            try await second.read(
                try await node.get("/shows/show/availability/stream", [.init("Last-Event-ID")!: "1.4"]), failsAfter: 1)
        }
        for await message in second.messages {
            #expect(message.id == "2.6")
            #expect(message.map.since == "1.4" && message.map.changes?.isEmpty == false)
        }
        await #expect(throws: Reader.HungUp.self) { try await readingToo.value }
    }

    @Test("What a reader has seen of a lost tail is as good as nothing: it gets the whole, under an id of its own")
    func resumesAfterLoss() async throws {
        let log = try await InMemoryEventLog.sample(seats: 200).failedOver(keeping: 4)
        let node = QueryNode(log: log)
        node.enter(epoch: 2)
        await node.apply(upTo: 4)
        let reader = Reader()
        let reading = Task {
            try await reader.read(
                try await node.get("/shows/show/availability/stream", [.init("Last-Event-ID")!: "1.5"]), failsAfter: 1)
        }
        for await message in reader.messages {
            #expect(message.id == "2.4")
            #expect(message.map.statuses != nil && message.map.since == nil)
        }
        await #expect(throws: Reader.HungUp.self) { try await reading.value }
    }

    @Test("A change between the answer's start and its first message is in that message or the next") func noGap()
        async throws
    {
        for _ in 0..<20 {
            let node = try await node()
            let response = try await node.get("/shows/show/availability/stream")
            await node.apply(upTo: 6)
            let reader = Reader()
            async let reading: Void = reader.read(response)
            await node.apply(upTo: 7)
            for await message in reader.messages where message.id == "1.7" {
                node.enter(epoch: 2)
                node.signals.entered(epoch: 2)
            }
            try await reading
        }
    }

    @Test("No more are open than may; one that its reader left, or that nobody read, makes room") func bound()
        async throws
    {
        let node = try await node(streamsMax: 1)
        func open() async throws -> Response { try await node.get("/shows/show/availability/stream") }
        do {
            let response = try await open()
            #expect(try await open().code() == "overloaded")
            let reader = Reader()
            await #expect(throws: Reader.HungUp.self) { try await reader.read(response, failsAfter: 1) }
        }
        do {
            let unread = try await open()
            #expect(unread.status == .ok)
        }
        #expect(try await open().status == .ok)
    }

    @Test("A show that is not there has no stream") func noShow() async throws {
        let node = try await node()
        #expect(try await node.get("/shows/nowhere/availability/stream").code() == "show-not-found")
        #expect(
            try await node.get("/shows/show/availability/stream", [.init("Last-Event-ID")!: "nonsense"]).code()
                == "invalid-sequence")
    }
}
