/// Bytes as hexadecimal text, two digits each.
enum Hex {
    /// The two digits of a byte, in lower case.
    static func digits(_ byte: UInt8) -> [UInt8] { [digit(byte >> 4), digit(byte & 15)] }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}

extension Sequence<UInt8> {
    /// The bytes in hexadecimal, in lower case: `0a1b`.
    public var hex: String { String(decoding: flatMap(Hex.digits), as: UTF8.self) }
}

extension [UInt8] {
    /// The bytes that hexadecimal `text` stands for, in either case; nil for anything else.
    public init?(hex text: some StringProtocol) {
        guard text.utf8.count.isMultiple(of: 2) else { return nil }
        self = []
        reserveCapacity(text.utf8.count / 2)
        var high: UInt8?
        for character in text.utf8 {
            guard let digit = Character(Unicode.Scalar(character)).hexDigitValue.flatMap({ UInt8(exactly: $0) }) else {
                return nil
            }
            if let first = high {
                append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
    }
}
