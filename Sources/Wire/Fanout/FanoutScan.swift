/// Walks the top level of a message without building anything.
/// Source of the encoding: https://protobuf.dev/programming-guides/encoding
enum FanoutScan {
    /// How many of each a message holds.
    struct Counts: Equatable {
        var events = 0
        var parts = 0
        var traces = 0
    }

    /// Fields of `FanoutMessage` in `schema/proto/fanout.proto`.
    private static let (eventsField, partsField, tracesField): (UInt64, UInt64, UInt64) = (3, 10, 11)

    /// What the message holds, before memory is spent on it; nil when its fields don't add up to its length.
    static func counts(in bytes: [UInt8]) -> Counts? {
        var index = 0
        var counts = Counts()
        while index < bytes.count {
            guard let tag = varint(bytes, &index) else { return nil }
            switch tag & 7 {
            case 0:
                guard varint(bytes, &index) != nil else { return nil }
            case 1:
                guard skip(8, in: bytes, &index) else { return nil }
            case 2:
                guard let length = varint(bytes, &index), skip(length, in: bytes, &index) else { return nil }
                switch tag >> 3 {
                case eventsField: counts.events += 1
                case partsField: counts.parts += 1
                case tracesField: counts.traces += 1
                default: break
                }
            case 5:
                guard skip(4, in: bytes, &index) else { return nil }
            default:
                return nil  // groups, which the schema has none of, and types that don't exist
            }
        }
        return counts
    }

    private static func skip(_ length: UInt64, in bytes: [UInt8], _ index: inout Int) -> Bool {
        guard length <= UInt64(bytes.count - index) else { return false }
        index += Int(length)
        return true
    }

    private static func varint(_ bytes: [UInt8], _ index: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count, shift < 64 {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
