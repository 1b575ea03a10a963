import SeededRandom
import Testing
import Text

@Suite("Bytes as text")
struct EncodingTests {
    @Test("Base 64 is read strictly")
    func base64() throws {
        var random = SeededGenerator(seed: 1)
        for length in 0..<100 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(text.utf8) == bytes)
            #expect(text.count == (length * 4 + 2) / 3)
        }
        for text in ["A", "AB", "AAB", "AA==", "A+", "A/", "A A", "é"] { #expect(Base64URL.decode(text.utf8) == nil) }
    }

    @Test("Hexadecimal has two lower-case digits a byte")
    func hex() {
        #expect([UInt8]().hex == "")
        #expect(([0x00, 0x09, 0x0A, 0x9F, 0xFF] as [UInt8]).hex == "00090a9fff")
        #expect([UInt8](hex: "00090a9FfF") == [0x00, 0x09, 0x0A, 0x9F, 0xFF])
        #expect([UInt8](hex: "") == [])
        for text in ["0", "0g", " 1", "é", "１１", "00 "] { #expect([UInt8](hex: text) == nil) }
    }
}
