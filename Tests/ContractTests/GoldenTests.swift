import Contract
import Domain
import EventLog
import Foundation
import Testing

/// What was once written stays readable for ever. A golden file holds the bytes of one event in one schema version; it is
/// written when it is missing, and never again: a test that fails here says that old logs would be misread.
@Suite struct `A golden file` {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    private func bytes(_ name: String, orWrite fresh: [UInt8]) throws -> [UInt8] {
        let file = Self.folder.appending(path: "\(name).binpb")
        if !FileManager.default.fileExists(atPath: file.path) {
            try Data(fresh).write(to: file, options: .withoutOverwriting)
            Issue.record("\(name) was missing and is written now; commit it")
        }
        return [UInt8](try Data(contentsOf: file))
    }

    @Test(arguments: Sample.events.indices)
    func `of an event still says what it said`(index: Int) throws {
        let (name, event) = Sample.events[index]
        let today = EncodedEvent(event)
        let golden = try bytes(name, orWrite: today.payload)
        let parts = name.split(separator: ".")
        let recorded = EncodedEvent(type: String(parts[0]), schemaVersion: Int(parts[1]) ?? 0, payload: golden)
        #expect(try recorded.decoded() == event)
        // What is written today means the same, under the same name.
        #expect(today.type == recorded.type)
        #expect(try today.decoded() == event)
    }

    @Test(arguments: Sample.venueEvents.indices)
    func `of a venue's event still says what it said`(index: Int) throws {
        let (name, event) = Sample.venueEvents[index]
        let today = EncodedEvent(event)
        let golden = try bytes(name, orWrite: today.payload)
        let recorded = EncodedEvent(type: "VenueCreated", schemaVersion: 1, payload: golden)
        #expect(try VenueState.codec.decode(recorded) == event)
        #expect(today == recorded)
        #expect(try VenueState.codec.json(today).hasPrefix("{"))
    }

    @Test(arguments: Sample.organisationEvents.indices)
    func `of an organisation's event still says what it said`(index: Int) throws {
        let (name, event) = Sample.organisationEvents[index]
        let today = EncodedEvent(event)
        let golden = try bytes(name, orWrite: today.payload)
        let type = String(name.prefix { $0 != "." })
        let recorded = EncodedEvent(type: type, schemaVersion: 1, payload: golden)
        #expect(try OrganisationState.codec.decode(recorded) == event)
        #expect(today == recorded)
        #expect(try OrganisationState.codec.json(today).hasPrefix("{"))
    }

    @Test(arguments: Sample.roomEvents.indices)
    func `of a waiting room's event still says what it said`(index: Int) throws {
        let (name, event) = Sample.roomEvents[index]
        let today = EncodedEvent(event)
        let golden = try bytes(name, orWrite: today.payload)
        let type = String(name.prefix { $0 != "." })
        let recorded = EncodedEvent(type: type, schemaVersion: 1, payload: golden)
        #expect(try WaitingRoomState.codec.decode(recorded) == event)
        #expect(today.type == type)
        #expect(try WaitingRoomState.codec.decode(today) == event)
    }

    @Test(arguments: Sample.outcomes.indices)
    func `of an outcome still says what it said`(index: Int) throws {
        let (name, outcome) = Sample.outcomes[index]
        let golden = try bytes(name, orWrite: outcome.encoded)
        #expect(try Outcome(encoded: golden) == outcome)
        #expect(try Outcome(encoded: outcome.encoded) == outcome)
    }

    @Test func `of every event type and every rejection is there`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            $0.hasSuffix(".binpb")
        }
        let goldens =
            Sample.events.map(\.golden) + Sample.venueEvents.map(\.golden) + Sample.roomEvents.map(\.golden)
            + Sample.organisationEvents.map(\.golden) + Sample.outcomes.map(\.golden)
        let known = goldens.map { "\($0).binpb" }
        #expect(Set(names) == Set(known))
        for event in Sample.events.map(\.event) {
            #expect(known.contains { $0.hasPrefix(EncodedEvent(event).type + ".") })
        }
    }
}
