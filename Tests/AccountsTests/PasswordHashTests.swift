import Testing

@testable import Accounts

@Suite("PHC strings")
struct PasswordHashTests {
    private static let good =
        "$scrypt$ln=17,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$++++////AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk"

    @Test("What is written reads back")
    func roundTrip() throws {
        let hash = try #require(PasswordHash(Self.good))
        #expect(hash.cost == ScryptCost(logN: 17, blockSize: 8, parallelism: 1))
        #expect(hash.salt == Array(0...15))
        #expect(hash.digest.count == 32 && hash.digest.prefix(3) == [0xFB, 0xEF, 0xBE])
        #expect(hash.text == Self.good)
    }

    @Test(
        "What is not ours, or nobody should compute, is refused",
        arguments: [
            "", "$", "scrypt", good + "$", String(good.dropFirst()), "$argon2id" + good.dropFirst(7),
            good.replacing("ln=17", with: "ln=0"), good.replacing("ln=17", with: "ln=25"),
            good.replacing("ln=17", with: "ln=017"), good.replacing("ln=17", with: "ln=+17"),
            good.replacing("ln=17", with: "ln=99999999999999999999"), good.replacing("r=8", with: "r=33"),
            good.replacing("r=8", with: "r=0"), good.replacing("p=1", with: "p=17"), good.replacing(",p=1", with: ""),
            good.replacing("ln=17,r=8", with: "ln=24,r=32"), good.replacing("ln=17,r=8", with: "r=8,ln=17"),
            good.replacing("p=1", with: "p=1,x=1"), good.replacing("AAECAwQFBgcICQoLDA0ODw", with: "AAEC"),
            good.replacing("AAECAwQFBgcICQoLDA0ODw", with: "AAECAwQFBgcICQoLDA0ODx"),
            good.replacing("ODw$", with: "ODw==$"), good.replacing("+", with: "-"), good.replacing("/", with: "_"),
            good.replacing("++++", with: "+ ++"), good + String(repeating: "A", count: 256), "\u{FEFF}" + good,
        ])
    func refused(text: String) { #expect(PasswordHash(text) == nil) }

    @Test("Whatever parses is written as it was, and costs no more than is allowed")
    func mutations() throws {
        var random = Seeded(state: 7)
        let alphabet = Array("$,=lnrp0123456789AZaz+/-_ \u{E9}".utf8)
        var parsed = 0
        for _ in 0..<20_000 {
            var bytes = Array(Self.good.utf8)
            for _ in 0...random.next() % 2 {
                let place = Int(random.next() % UInt64(bytes.count))
                let letter = alphabet[Int(random.next() % UInt64(alphabet.count))]
                switch random.next() % 3 {
                case 0: bytes[place] = letter
                case 1: bytes.insert(letter, at: place)
                default: bytes.remove(at: place)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let hash = PasswordHash(text) else { continue }
            parsed += 1
            #expect(hash.text == text)
            #expect(hash.cost.memoryBytes <= ScryptCost.memoryBytesMax)
        }
        #expect(parsed > 500)
    }

    @Test("Weaker parameters are told from stronger ones")
    func raising() throws {
        let now = try #require(ScryptCost(logN: 15))
        let (smaller, longer) = (ScryptCost(logN: 14), ScryptCost(logN: 14, parallelism: 4))
        #expect(smaller?.isWeaker(than: now) == true)
        #expect(longer?.isWeaker(than: now) == true)
        #expect(!now.isWeaker(than: now))
        #expect(ScryptCost(logN: 16)?.isWeaker(than: now) == false)
        #expect(now.memoryBytes == 32 << 20)
    }

    @Test("A digest matches itself alone")
    func matching() throws {
        let hash = try #require(PasswordHash(Self.good))
        #expect(hash.matches(digest: hash.digest))
        var other = hash.digest
        other[31] ^= 1
        #expect(!hash.matches(digest: other))
        #expect(!hash.matches(digest: Array(hash.digest.dropLast())))
    }
}

/// SplitMix64.
private struct Seeded {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
