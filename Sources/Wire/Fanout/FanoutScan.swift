/// Walks the top level of a message without building anything.
/// Source of the encoding: https://protobuf.dev/programming-guides/encoding
enum FanoutScan {
    /// `FanoutMessage.events` in `schema/proto/fanout.proto`.
    private static let eventsField: UInt64 = 3

    /// How many events the message holds; nil when its fields don't add up to its length.
    static func eventCount(in bytes: [UInt8]) -> Int? {
        var index = 0
        var count = 0
        while index < bytes.count {
            guard let tag = varint(bytes, &index) else { return nil }
            switch tag & 7 {
            case 0:
                guard varint(bytes, &index) != nil else { return nil }
            case 1:
                guard skip(8, in: bytes, &index) else { return nil }
            case 2:
                guard let length = varint(bytes, &index), skip(length, in: bytes, &index) else { return nil }
                if tag >> 3 == eventsField { count += 1 }
            case 5:
                guard skip(4, in: bytes, &index) else { return nil }
            default:
                return nil  // groups, which the schema has none of, and types that don't exist
            }
        }
        return count
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
