import Contract
import Domain
import EventLog
import Foundation
import Testing

@testable import Feed
import Text

/// The messages of `schema/proto/events.proto`, as far as this test reads them.
private struct EventMessages {
    /// Full name → number → its declaration, such as `repeated AreaQuantity`.
    var fields: [String: [UInt64: (type: String, name: String)]] = [:]

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../schema/proto/events.proto")
        var path: [(name: String, isMessage: Bool)] = []
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let text = line.prefix { $0 != "/" }.trimmingCharacters(in: .whitespaces)
            if let match = text.wholeMatch(of: /(message|enum|oneof) (\w+) \{/) {
                path.append((String(match.2), match.1 == "message"))
                if match.1 == "message" { fields[name(path), default: [:]] = [:] }
            } else if text == "}" {
                path.removeLast()
            } else if path.contains(where: \.isMessage), let match = text.wholeMatch(of: /(.+?) (\w+) = (\d+);/) {
                fields[name(path), default: [:]][UInt64(match.3)!] = (String(match.1), String(match.2))
            }
        }
    }

    private func name(_ path: [(name: String, isMessage: Bool)]) -> String {
        path.filter(\.isMessage).map(\.name).joined(separator: ".")
    }

    /// The message that a field of `message` has.
    func name(of type: String, in message: String) -> String? {
        let bare = String(type.split(separator: " ").last!)
        let scopes = message.split(separator: ".")
        let names = scopes.indices.reversed().map { scopes[...$0].joined(separator: ".") + ".\(bare)" }
        return (names + [bare]).first { fields[$0] != nil }
    }
}

@Suite struct `The feed's catalogue` {
    private static let messages: [String: String] = [
        "HoldReleased": "HoldEnded", "HoldExpired": "HoldEnded", "TicketLeft": "TicketScanned",
    ]

    private static var types: [String] {
        ShowState.codec.rows.map(\.type) + VenueState.codec.rows.map(\.type) + WaitingRoomState.codec.rows.map(\.type)
            + OrganisationState.codec.rows.map(\.type)
    }

    @Test func `has every type of event of the log, and no other`() {
        #expect(Self.types.sorted() == FeedSelection.allTypes)
    }

    @Test(arguments: Self.types) func `tells or hides every field that the log has`(type: String) throws {
        let messages = try EventMessages()
        try check(try #require(FeedCatalogue.messages[type]), Self.messages[type] ?? type, messages)
    }

    private func check(_ message: FeedMessage, _ name: String, _ messages: EventMessages) throws {
        let declared = try #require(messages.fields[name], "\(name)")
        let told = Set(message.fields.map(\.number))
        #expect(told.count == message.fields.count, "\(name) tells a field twice")
        #expect(told.isDisjoint(with: message.hidden), "\(name)")
        #expect(told.union(message.hidden) == Set(declared.keys), "\(name)")
        for field in message.fields {
            let (type, original) = try #require(declared[field.number], "\(name) \(field.name)")
            #expect((field.presence == .list) == type.hasPrefix("repeated "), "\(name).\(original)")
            #expect(!type.hasPrefix("optional ") || field.presence == .optional, "\(name).\(original)")
            let bare = type.split(separator: " ").last!
            switch field.kind {
            case .text: #expect(bare == "string" && !original.contains("user_id"), "\(name).\(original)")
            case .user: #expect(bare == "string", "\(name).\(original)")
            case .time: #expect(bare == "int64", "\(name).\(original)")
            case .integer: #expect(["int64", "uint64", "uint32"].contains(bare), "\(name).\(original)")
            case .boolean: #expect(bare == "bool", "\(name).\(original)")
            case .number: #expect(bare == "double", "\(name).\(original)")
            case .hex: #expect(bare == "bytes", "\(name).\(original)")
            case .oneOf: #expect(["Reason", "Status", "Direction"].contains(bare), "\(name).\(original)")
            case .numbersByName: #expect(type.hasPrefix("map<string,"), "\(name).\(original)")
            case .message(let inner):
                try check(inner, try #require(messages.name(of: type, in: name)), messages)
            }
        }
    }

    /// What must never leave the log, by its name there.
    private static let secrets = [
        "payment_method", "sealed_secret", "return_url", "payment_id", "decline_code", "digest", "scanner_id",
        "supervisor_id", "swapped_by",
    ]

    @Test func `hides what is the buyer's, the provider's or the staff's`() throws {
        let messages = try EventMessages()
        for type in Self.types {
            let declared = try #require(messages.fields[Self.messages[type] ?? type])
            let message = try #require(FeedCatalogue.messages[type])
            for (number, field) in declared where Self.secrets.contains(field.name) {
                #expect(message.hidden.contains(number), "\(type).\(field.name)")
            }
        }
    }

    private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../ContractTests/Golden")

    @Test func `tells of every event that was ever written`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.golden.path).sorted()
        var count = 0
        for file in files {
            let type = String(file.prefix { $0 != "." })
            guard let message = FeedCatalogue.messages[type] else { continue }
            let payload = [UInt8](try Data(contentsOf: Self.golden.appending(path: file)))
            var json = JSONWriter()
            try json.value(message, WireMessage(payload))
            let members = try #require(
                try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any], "\(file)")
            for field in message.fields where field.presence != .optional {
                #expect(members[field.name.description] != nil, "\(file) \(field.name)")
            }
            #expect(members.count <= message.fields.count)
            count += 1
        }
        #expect(count > FeedSelection.allTypes.count)
    }

    @Test func `tells a hold in the log's words`() throws {
        let file = Self.golden.appending(path: "HoldPlaced.1.ticket-types.binpb")
        var json = JSONWriter()
        try json.value(FeedCatalogue.messages["HoldPlaced"]!, WireMessage([UInt8](try Data(contentsOf: file))))
        let text = String(decoding: json.bytes, as: UTF8.self)
        #expect(text.hasPrefix(#"{"holdId":""#))
        #expect(text.contains(#""fares":[{"ticketType":""#))
        #expect(text.contains(#""placedAt":"20"#))
    }

    @Test func `leaves out what keys are called`() throws {
        #expect(try #require(FeedCatalogue.messages["ApiKeyIssued"]).hidden.contains(2))
    }

    @Test(arguments: ["ann%40b.co.uk", "+4915112345678", "+1 555 0100"])
    func `tells as a digest what somebody can be reached at`(user: String) throws {
        var json = JSONWriter()
        try json.value(FeedMessage([.user(1)]), WireMessage([0x0A, UInt8(user.utf8.count)] + Array(user.utf8)))
        #expect(json.bytes.starts(with: #"{"userId":"~"#.utf8) && json.bytes.count == 46)
    }

    @Test func `tells an address of e-mail as a digest`() throws {
        let message = FeedMessage([.user(1), .user(2, "ownerId")])
        var json = JSONWriter()
        try json.value(message, WireMessage([0x0A, 9] + Array("a@b.co.uk".utf8) + [0x12, 3] + Array("ann".utf8)))
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"userId":"~85e92e36c9b2cfb5200e4dd86913459a","ownerId":"ann"}"#)
    }

    /// Cut anywhere, with any byte changed: no crash, and JSON or a refusal.
    @Test func `refuses what is no message, and never traps`() throws {
        let payload = [UInt8](try Data(contentsOf: Self.golden.appending(path: "SeatsSold.1.binpb")))
        let message = FeedCatalogue.messages["SeatsSold"]!
        var refused = 0
        for length in payload.indices {
            for bytes in [Array(payload[..<length]), payload.enumerated().map { $0 == length ? $1 ^ 0xFF : $1 }] {
                var json = JSONWriter()
                do throws(UnreadablePayload) {
                    try json.value(message, WireMessage(bytes))
                } catch {
                    refused += 1
                    continue
                }
                _ = try JSONSerialization.jsonObject(with: Data(json.bytes))
            }
        }
        #expect(refused > payload.count / 2)
    }
}
