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
