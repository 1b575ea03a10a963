import Domain
import EventLog
import Feed
import Foundation
import Testing

@testable import Brokers

@Suite struct `A message for brokers` {
    private static let epochs = EpochHistory(epochs: [.init(epoch: 1, startsAfter: 0), .init(epoch: 2, startsAfter: 2)])

    /// Somebody left a show's waiting list.
    private func event(_ position: Int64, of stream: String, type: String = "WaitlistLeft") -> RecordedEvent {
        RecordedEvent(
            position: position, stream: StreamID(stream), streamVersion: position + 40,
            event: EncodedEvent(type: type, schemaVersion: 1, payload: [0x0A, 1, 0x65, 0x12, 1, 0x75]),
            commandID: CommandID(bytes: [UInt8](repeating: 1, count: 16))!,
            recordedAt: Timestamp(microseconds: position))
    }

    private func messages(bytesMax: Int = 10_000) -> BrokerMessages {
        BrokerMessages(
            after: LogPosition(epoch: 1, position: 0), in: Self.epochs, bytesMax: bytesMax, owner: { _ in nil })
    }

    private func document(_ message: BrokerMessage) throws -> [String: String] {
        let members = try #require(try JSONSerialization.jsonObject(with: Data(message.json)) as? [String: Any])
        return members.compactMapValues { $0 as? String }
    }

    @Test func `has the show's id as its key, or else the path of what it is about`() async throws {
        var messages = messages()
        let told = try await messages.take([
            event(1, of: "hall"), event(2, of: "room:hall"), event(3, of: "organisation:harbour"),
        ])
        #expect(told.map(\.key) == ["hall", "hall", "organisations/harbour"])
        #expect(told.map(\.id) == ["1.1", "1.2", "2.3"])
    }

    @Test func `says beside its value what it is, and its place in the log and in its stream`() async throws {
        var messages = messages()
        let message = try #require(try await messages.take([event(1, of: "room:hall")]).first)
        #expect(
            message.headers.map { "\($0.name)=\($0.value)" } == [
                "content-type=application/cloudevents+json; charset=UTF-8", "ce_specversion=1.0", "ce_id=1.1",
                "ce_source=/api/v1", "ce_type=holdfast.WaitlistLeft.v1",
                "ce_sequence=0000000001.0000000000000000001", "holdfast_stream=room:hall",
                "holdfast_stream_version=41",
            ])
    }

    @Test func `follows the one before it, whatever page that was on`() async throws {
        var messages = messages()
        var last = "0000000001.0000000000000000000"
        for page in [1...2, 3...3, 4...7] as [ClosedRange<Int64>] {
            for message in try await messages.take(page.map { event($0, of: "hall") }) {
                let document = try document(message)
                #expect(document["previous"] == last)
                last = try #require(document["sequence"])
                #expect(last == message.place.feedSequence)
            }
        }
        #expect(last == "0000000002.0000000000000000007")
    }

    @Test func `that is too large says where its data is`() async throws {
        var messages = messages(bytesMax: 300)
        let told = try await messages.take((1...3).map { event($0, of: "hall") })
        for (message, token) in zip(told, ["1.0", "1.1", "1.2"]) {
            let document = try document(message)
            #expect(document["dataref"] == "/api/v1/events?after=\(token)&limit=1")
            #expect(document["datacontenttype"] == nil)
            #expect(!String(decoding: message.json, as: UTF8.self).contains("\"data\""))
            #expect(document["sequence"] == message.place.feedSequence)
        }
    }

    @Test func `is refused with its page where the program does not know the event`() async throws {
        var messages = messages()
        await #expect(throws: FeedReader.Unreadable.self) {
            try await messages.take([event(1, of: "hall"), event(2, of: "hall", type: "FromTheFuture")])
        }
        #expect(try await messages.take([event(1, of: "hall")]).count == 1)
    }
}
