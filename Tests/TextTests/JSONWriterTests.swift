import Foundation
import SeededRandom
import Testing
import Text

@Suite("The JSON writer")
struct JSONWriterTests {
    @Test("Objects, arrays and values come out as JSON")
    func shape() {
        var json = JSONWriter()
        json.object { json in
            json.member("a", 1)
            json.member("b", "two")
            json.array("c") { json in
                json.value(-3)
                json.object { _ in }
                json.array { $0.null() }
            }
            json.object("d") { $0.member("e", true) }
            json.key("f\n")
            json.value(plain: "0123".utf8)
            json.key("g")
            json.value(timeAt: 0)
        }
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"a":1,"b":"two","c":[-3,{},[null]],"d":{"e":true},"f\n":"0123","g":"1970-01-01T00:00:00.000Z"}"#
        )
    }

    @Test("Integers of every width come out whole")
    func integers() {
        for value in [Int64.min, -10, -1, 0, 9, 10, 999, 1000, Int64.max] {
            var json = JSONWriter()
            json.value(value)
            #expect(String(decoding: json.bytes, as: UTF8.self) == String(value))
        }
        var json = JSONWriter()
        json.value(UInt64.max)
        #expect(String(decoding: json.bytes, as: UTF8.self) == String(UInt64.max))
    }

    @Test("Any string comes back from Foundation's decoder as it was")
    func strings() throws {
        var random = SeededGenerator(seed: 4711)
        let alphabet: [Unicode.Scalar] =
            (0..<0x30).compactMap { Unicode.Scalar($0) } + [
                "\"", "\\", "/", "a", "é", "€", "🎫", "\u{7F}", "\u{200F}", "\u{2028}",
            ]
        for _ in 0..<3000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                text.unicodeScalars.append(alphabet.randomElement(using: &random)!)
            }
            var json = JSONWriter()
            json.array { json in
                json.value(text)
                json.object { json in
                    json.key(text)
                    json.value(text.count)
                }
            }
            let data = Data(json.bytes)
            let decoded = try #require(try JSONSerialization.jsonObject(with: data) as? [Any])
            #expect((decoded[0] as? String).map { Array($0.utf8) } == Array(text.utf8))
            let object = try #require(decoded[1] as? [String: Int])
            #expect(object.values.first == text.count)
        }
    }

    @Test("Strings that Foundation bridged are written as well")
    func bridged() {
        var json = JSONWriter()
        json.value(NSString(string: "naïve \"quote\"") as String)
        #expect(String(decoding: json.bytes, as: UTF8.self) == #""naïve \"quote\"""#)
    }
}
