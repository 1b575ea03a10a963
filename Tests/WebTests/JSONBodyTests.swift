import Domain
import Foundation
import HTTPTypes
import NIOCore
import SeededRandom
import Testing

@testable import HTTPServer
@testable import Text
@testable import WebAPI

@Suite("JSON bodies")
struct JSONBodyTests {
    private func decode(_ json: String) throws -> TestServer.Order {
        try JSONBody(bytes: ByteBuffer(string: json)).decode()
    }

    private func refusal(_ bytes: [UInt8]) throws -> Problem {
        try #require(throws: Problem.self) {
            _ = try JSONBody(bytes: ByteBuffer(bytes: bytes)).decode(TestServer.Order.self)
        }
    }

    @Test("Members in any order are taken, in any script, after a byte order mark")
    func lenient() throws {
        let order = try decode(#" {"quantity":1,"seats":["a","b"],"areas":null} "#)
        #expect(order.seats == ["a", "b"])
        #expect(
            try decode(#"{"seats":["\ud83c\udfab é"],"name":"Beyoncé 🎫","startsAt":"2026-07-01T19:30:00+02:00"}"#).name?
                .text == "Beyoncé 🎫")
        #expect(try decode("\u{FEFF} {\"seats\":[]}").seats.isEmpty)
        #expect(try decode(#"{"seats":["\u0041\"\\\/\b\f\n\r\t"]}"#).seats == ["A\"\\/\u{8}\u{C}\n\r\t"])
        for whole in ["2", "2.0", "2e0", "20e-1", "-0.2e1"] {
            let quantity = try decode(#"{"seats":[],"quantity":\#(whole)}"#).quantity
            #expect(quantity == (whole.hasPrefix("-") ? -2 : 2))
        }
        #expect(try decode(#"{"seats":[],"quantity":9223372036854775807}"#).quantity == .max)
    }

    @Test("More values than a body of its size may have are refused while they are counted")
    func values() throws {
        func count(_ json: String, bytesMax: Int) throws -> Int {
            try JSONBody(bytes: ByteBuffer(string: json), bytesMax: bytesMax).decode([Int].self).count
        }
        // The array is a value itself.
        #expect(try count("[1,2,3]", bytesMax: 32) == 3)
        let problem = try #require(throws: Problem.self) { try count("[1,2,3,4]", bytesMax: 39) }
        #expect(problem.code == .bodyTooLarge && problem.members == [.init("limit", .integer(4))])
        // Before anything is known to be wrong further on.
        #expect(throws: problem) { try count("[{},[],null,\"x\",", bytesMax: 39) }
    }

    @Test(
        "A member that is not known is named, with its place",
        arguments: [
            (#"{"seats":[],"accessible":true}"#, ["accessible"]),
            (#"{"seats":[],"x":{"y":1},"z":[{"a":1}]}"#, ["x", "z"]),
            // Its name may be the reason why another is missing.
            (#"{"seat":["a"]}"#, ["seat"]),
            (#"{"seats":"a","größe":1,"":2,"a\u202eb":3}"#, ["größe", "…", "…"]),
        ])
    func unknownMembers(_ json: String, _ places: [String]) throws {
        let problem = try refusal(Array(json.utf8))
        #expect(problem.code == .unknownMember)
        #expect(problem.detail?.hasPrefix("Not known here: \(places.joined(separator: ", ")).") == true)
        #expect(problem.members == [.init("unknown", .array(places.map { .string($0) }))])
    }

    @Test("Unknown members are told however deep they are, and at most twenty of them")
    func manyUnknownMembers() throws {
        struct Show: Decodable {
            struct Area: Decodable { var name: String }
            var areas: [Area]
        }
        let areas = (0..<30).map { _ in #"{"name":"a","colour":"red"}"# }.joined(separator: ",")
        let problem = try #require(throws: Problem.self) {
            _ = try JSONBody(bytes: ByteBuffer(string: #"{"areas":[\#(areas)]}"#)).decode(Show.self)
        }
        #expect(problem.code == .unknownMember)
        #expect(problem.detail?.contains("areas[0].colour, areas[1].colour") == true)
        #expect(problem.detail?.hasSuffix("areas[19].colour and 10 more.") == true)
    }

    @Test(
        "What is no JSON is invalid-json",
        arguments: [
            "", " ", "{", "}", "[", "nul", "nullx", "tru", "{]", "[}", "[1 2]", "{1:2}", "{\"a\" 1}", "{,}", "[,]", "-",
            "1.", ".5", "1e", "+1", "0x10", "NaN", "[]]",
            "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\u12g4\"", "\u{FEFF}", "\u{FEFF}\u{FEFF}{}",
            "{}\u{FEFF}", #"{"seats":[}"#,
            #"{"seats":["a"]"#, #"{"seats":["a"]}}"#, #"{'seats':[]}"#,
            #"{"seats":["a",]}"#, "{\"seats\":[\"\u{1}\"]}", #"{"seats":["\x"]}"#, #"{"seats":[01]}"#, "\u{0}",
            "{\u{0}}",
        ])
    func notJSON(_ json: String) throws {
        #expect(try refusal(Array(json.utf8)).code == .invalidJSON)
    }

    @Test("UTF-16, broken UTF-8 and half of a surrogate pair are invalid-json")
    func notUTF8() throws {
        let utf16 = try #require(#"{"seats":[]}"#.data(using: .utf16))
        #expect(try refusal(Array(utf16)).code == .invalidJSON)
        let utf16le = try #require(#"{"seats":[]}"#.data(using: .utf16LittleEndian))
        #expect(try refusal(Array(utf16le)).code == .invalidJSON)
        for broken: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] {
            #expect(try refusal(Array(#"{"seats":[""#.utf8) + broken + Array(#""]}"#.utf8)).code == .invalidJSON)
        }
        #expect(try refusal(Array(#"{"seats":["\ud800"]}"#.utf8)).code == .invalidJSON)
    }

    @Test("However deep it is nested, the answer comes back")
    func deep() throws {
        for opening in ["[", "{\"a\":", "[{\"a\":"] {
            let problem = try refusal(Array(String(repeating: opening, count: 200_000).utf8))
            #expect(problem.detail == "The body is nested more than 64 deep.")
        }
        // Brackets in strings don't count, and 64 is allowed.
        #expect(try decode("{\"seats\":[\"\(String(repeating: "[{\\\"", count: 100))\"]}").seats.count == 1)
        let sixtyFour =
            "{\"seats\":[],\"x\":" + String(repeating: "[", count: 63) + String(repeating: "]", count: 63) + "}"
        #expect(try refusal(Array(sixtyFour.utf8)).code == .unknownMember)
    }

    @Test(
        "What has another shape is invalid-request, and names the place",
        arguments: [
            ("[]", "The body must be an object."), ("null", "The body must not be null."), ("{}", "seats is missing."),
            (#"{"seats":null}"#, "seats must not be null."), (#"{"seats":"a"}"#, "seats must be an array."),
            (#"{"seats":["a","b","c",4]}"#, "seats[3] must be a string."),
            (#"{"seats":{"a":1}}"#, "seats must be an array."),
            (#"{"seats":[],"quantity":"2"}"#, "quantity must be an integer."),
            (#"{"seats":[],"quantity":2.5}"#, "quantity must be an integer."),
            (#"{"seats":[],"quantity":true}"#, "quantity must be an integer."),
            (#"{"seats":[],"quantity":9223372036854775808}"#, "quantity is out of range."),
            (#"{"seats":[],"quantity":1e400}"#, "quantity is out of range."),
            (#"{"seats":[],"areas":{"floor":1e19}}"#, "areas.floor is out of range."),
            (#"{"seats":[],"quantity":1,"quantity":1}"#, "quantity is there twice."),
            (#"{"seats":[],"areas":{"a\u202eb":true}}"#, "areas.… must be an integer."),
            (#"{"seats":[],"showID":""}"#, "showID must be 1 to 64 visible ASCII characters."),
            (#"{"seats":[],"showID":"a\u0000b"}"#, "showID must be 1 to 64 visible ASCII characters."),
            (#"{"seats":[],"showID":"a\u200fb"}"#, "showID must be 1 to 64 visible ASCII characters."),
            (
                "{\"seats\":[],\"showID\":\"\(String(repeating: "a", count: 65))\"}",
                "showID must be 1 to 64 visible ASCII characters."
            ),
            (#"{"seats":[],"startsAt":"tomorrow"}"#, "startsAt must be an RFC 3339 time such as 2026-07-01T19:30:00Z."),
            (#"{"seats":[],"name":"  "}"#, "name \(DisplayText.rule)."),
        ])
    func otherShape(_ json: String, _ detail: String) throws {
        let problem = try refusal(Array(json.utf8))
        #expect(problem.detail == detail)
        #expect(problem.code == .invalidRequest)
    }

    @Test("Text for people may be in any script, and changes nothing around it")
    func displayText() {
        for good in [
            "Les Misérables", "مرحبا", "नमस्ते", "👩‍👩‍👧 Family", String(repeating: "字", count: 200), "🏴󠁧󠁢󠁥󠁮󠁧󠁿 live", "שלום\u{200F}!",
            "\u{200E}abc", "Donau\u{AD}dampfschiff", "\u{2067}שלום\u{2069} live",
            "a \u{202B}\u{2066}b\u{2069}\u{202C} c",
            "\u{202E}cba\u{202C}", "\u{61C}a", "สวัสดี\u{200B}ครับ", "\u{600}١٢", "a\u{2060}b", "\u{1FAFF}",
        ] {
            #expect(DisplayText(good) != nil, "\(good)")
        }
        for bad in [
            "", " ", "a\u{0}b", "a\nb", "a\tb", "a\u{85}b", "a\u{FEFF}b", "a\u{2028}b", "a\u{2029}b", "\u{200F}",
            "\u{2067}\u{2069}", "\u{E000}a", "a\u{378}", "a\u{FFFF}", "a\u{FFF9}b", "a\u{E0001}",
            // What is opened stays open, or another's is closed.
            "a\u{202E}b", "a\u{2066}b", "a\u{2069}b", "a\u{202C}b", "\u{202B}\u{2066}b\u{202C}\u{2069}",
            String(repeating: "a", count: 201),
            "e" + String(repeating: "\u{301}", count: 1000),
        ] {
            #expect(DisplayText(bad) == nil, "\(bad.debugDescription)")
        }
    }

    @Test("Random damage to a good body never gets past an answer")
    func fuzz() throws {
        var random = SeededGenerator(seed: 99)
        let good = Array(
            #"{"seats":["a","b\n"],"quantity":-1.5e3,"areas":{"x":null},"name":"é","deep":[[{"a":[]}]]}"#.utf8)
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes[index...].prefix(8), at: index)
                }
            }
            do {
                _ = try JSONBody(bytes: ByteBuffer(bytes: bytes)).decode(TestServer.Order.self)
            } catch {
                #expect(error.code.status.code == 400)
            }
        }
    }
}
