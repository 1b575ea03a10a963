import SeededRandom

/// Makes inputs of inputs. A few changes one on the other: of bytes and words, and of what the form's structure has.
struct Mutator {
    /// What inputs look like; decides which changes leave them almost right, so that they get past the first check.
    enum Form {
        case text
        case json
        case protobuf
        /// A line of text, then Protocol Buffers.
        case headedProtobuf
        /// A ``Snapshot`` file.
        case snapshot
        case http
    }

    var form: Form
    var words: [[UInt8]]
    var random: SeededGenerator

    init(form: Form, words: [String], random: SeededGenerator) {
        self.form = form
        self.words = words.map { Array($0.utf8) } + (form.isBinary ? [] : Self.textWords)
        self.random = random
    }

    mutating func mutated(from pool: [[UInt8]]) -> [UInt8] {
        var input = pool[number(pool.count)]
        for _ in 0...number(4) {
            switch form {
            case .text: changeBytes(&input, pool)
            case .json: if chance(3) { changeBytes(&input, pool) } else { changeJSON(&input) }
            case .protobuf: if chance(4) { changeBytes(&input, pool) } else { changeProtobuf(&input) }
            case .headedProtobuf: changeHeaded(&input, pool)
            case .snapshot: if chance(10) { changeBytes(&input, pool) } else { changeSnapshot(&input) }
            case .http: changeHTTP(&input, pool)
            }
        }
        return input
    }

    // MARK: Chance

    mutating func number(_ limit: Int) -> Int { limit > 0 ? Int(random.next() % UInt64(limit)) : 0 }

    /// One in so many.
    mutating func chance(_ of: Int) -> Bool { number(of) == 0 }

    mutating func range(in count: Int, longest: Int = 64) -> Range<Int> {
        guard count > 0 else { return 0..<0 }
        let start = number(count)
        return start..<min(count, start + 1 + number(longest))
    }

    mutating func word() -> [UInt8] { words.isEmpty ? [0] : words[number(words.count)] }

    mutating func interesting() -> Int64 { Self.numbers[number(Self.numbers.count)] }

    // MARK: Bytes

    mutating func changeBytes(_ input: inout [UInt8], _ pool: [[UInt8]]) {
        switch number(12) {
        case 0 where !input.isEmpty: input[number(input.count)] ^= 1 << UInt8(number(8))
        case 1 where !input.isEmpty: input[number(input.count)] = UInt8(number(256))
        case 2: input.insert(UInt8(number(256)), at: number(input.count + 1))
        case 3: input.removeSubrange(range(in: input.count))
        case 4:
            let copied = range(in: input.count)
            input.insert(contentsOf: Array(input[copied]), at: number(input.count + 1))
        case 5: input.removeLast(number(input.count + 1))
        case 6:
            let other = pool[number(pool.count)]
            input = Array(input.prefix(number(input.count + 1))) + other.suffix(number(other.count + 1))
        case 7:
            let other = pool[number(pool.count)]
            input.insert(contentsOf: other[range(in: other.count)], at: number(input.count + 1))
        case 8:
            let repeated = Array(input[range(in: input.count, longest: 8)])
            input.insert(
                contentsOf: Array(repeatElement(repeated, count: 1 << number(10)).joined()), at: number(input.count + 1)
            )
        case 9: changeNumber(&input)
        case 10: input.replaceSubrange(range(in: input.count, longest: 12), with: word())
        default: input.insert(contentsOf: word(), at: number(input.count + 1))
        }
    }

    /// A decimal number becomes another.
    private mutating func changeNumber(_ input: inout [UInt8]) {
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        let starts = input.indices.filter { isDigit(input[$0]) && ($0 == 0 || !isDigit(input[$0 - 1])) }
        guard !starts.isEmpty else { return }
        let start = starts[number(starts.count)]
        let end = input[start...].firstIndex { !isDigit($0) } ?? input.endIndex
        input.replaceSubrange(start..<end, with: Array("\(interesting())".utf8))
    }

    private mutating func changeHeaded(_ input: inout [UInt8], _ pool: [[UInt8]]) {
        let end = input.firstIndex(of: 0x0A) ?? input.endIndex
        var head = Array(input[..<end])
        var body = Array(input[end...].dropFirst())
        switch number(12) {
        case 0: changeBytes(&head, pool)
        case 1, 2: changeBytes(&body, pool)
        default: changeProtobuf(&body)
        }
        input = head + [0x0A] + body
    }

    static let numbers: [Int64] = [
        0, 1, -1, 2, 3, 5, 6, 7, 9, 10, 16, 64, 65, 99, 100, 101, 127, 128, 200, 255, 256, 300, 1000, 4096, 9_999,
        32_767, 32_768,
        65_535, 65_536, 86_400, 86_401, 1_000_000, 1_000_001, 1_000_000_000, Int64(Int32.max), Int64(Int32.max) + 1,
        Int64(Int32.min), Int64(UInt32.max), Int64(UInt32.max) + 1, 1 << 53, 253_402_300_799_999_999, .max, .max - 1,
        .min,
        .min + 1,
    ]

    /// Text that has broken parsers elsewhere.
    private static let textWords: [[UInt8]] =
        [
            "", " ", "\t", "\r\n", "\n", "\0", "\"", "'", "\\", "/", ",", ";", ":", "=", ".", "..", "-", "+", "%",
            "%00", "%2F", "%2e%2e",
            "%ff", "%C3%28", "&", "#", "?", "*", "{", "}", "[", "]", "{}", "[]", "null", "true", "false", "NaN",
            "Infinity", "1e999",
            "-0", "-0.0", "0.1", "1e-400", "1E5", "00", "01", "0x10", "９", "9223372036854775807", "9223372036854775808",
            "-9223372036854775809", "18446744073709551616", "99999999999999999999999999999999", "é", "e\u{301}",
            "\u{301}", "字",
            "👩‍👩‍👧", "\u{FEFF}", "\u{202E}", "\u{200D}", "\u{2028}", "\u{85}", "\\u0000", "\\ud800", "\\udc00\\ud800",
            "\\ud83d\\ude00",
            "\\u202e", "head", "\"\"", "W/", "bytes",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3]]
}

extension Mutator.Form {
    fileprivate var isBinary: Bool {
        switch self {
        case .protobuf, .snapshot: true
        case .text, .json, .headedProtobuf, .http: false
        }
    }
}
