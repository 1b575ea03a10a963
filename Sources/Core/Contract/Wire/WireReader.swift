/// Bytes that are not as this program writes them. They may still be a message: SwiftProtobuf says so.
struct UnusualForm: Error {}

/// Reads the one form of a Protocol Buffers message that this program writes, field by field
/// (https://protobuf.dev/programming-guides/encoding): fields in the order of their numbers; numbers and lengths in as few bytes as they take; nothing that stands for itself when it is left out; packed lists;
/// valid UTF-8; nothing unknown. Everything else is an ``UnusualForm``, so what was read has no other bytes.
///
/// Each method reads the next field if it has the number given, and answers with the field's default if not.
struct WireReader {
    private let bytes: [UInt8]
    private var index: Int
    private var end: Int

    init(_ bytes: [UInt8]) { self.init(bytes, bytes.indices) }

    /// Reads a part of the bytes.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        index = range.lowerBound
        end = range.upperBound
    }

    /// Nothing may be left.
    func finish() throws(UnusualForm) { guard index == end else { throw UnusualForm() } }

    mutating func text(_ field: UInt8) throws(UnusualForm) -> String {
        guard nextIs(field, .lengthDelimited) else { return "" }
        let range = try length()
        guard !range.isEmpty else { throw UnusualForm() }
        return try text(range)
    }

    /// A repeated field.
    mutating func texts(_ field: UInt8, _ body: (String) throws(UnusualForm) -> Void) throws(UnusualForm) {
        while nextIs(field, .lengthDelimited) { try body(try text(try length())) }
    }

    mutating func int64(_ field: UInt8) throws(UnusualForm) -> Int64 {
        guard nextIs(field, .varint) else { return 0 }
        let value = try varint()
        guard value != 0 else { throw UnusualForm() }
        return Int64(bitPattern: value)
    }

    /// An `optional bool`.
    mutating func optionalBool(_ field: UInt8) throws(UnusualForm) -> Bool? {
        guard nextIs(field, .varint) else { return nil }
        let value = try varint()
        guard value <= 1 else { throw UnusualForm() }
        return value == 1
    }

    mutating func uint32(_ field: UInt8) throws(UnusualForm) -> Int {
        let value = try int64(field)
        guard (0...Int64(UInt32.max)).contains(value) else { throw UnusualForm() }
        return Int(value)
    }

    /// A repeated field, packed.
    mutating func uint32s<Element>(
        _ field: UInt8, _ element: (Int) -> Element
    ) throws(UnusualForm) -> [Element] {
        guard nextIs(field, .lengthDelimited) else { return [] }
        let range = try length()
        guard !range.isEmpty else { throw UnusualForm() }
        var elements: [Element] = []
        elements.reserveCapacity(range.count { bytes[$0] < 0x80 })
        var packed = WireReader(bytes, range)
        while packed.index < packed.end {
            let value = try packed.varint()
            guard value <= UInt64(UInt32.max) else { throw UnusualForm() }
            elements.append(element(Int(value)))
        }
        return elements
    }

    /// Passes over a number; zero is one that is left out.
    mutating func skipDouble(_ field: UInt8) throws(UnusualForm) {
        guard nextIs(field, .fixed64) else { return }
        guard try fixed64() != 0 else { throw UnusualForm() }
    }

    /// Passes over a text.
    mutating func skipText(_ field: UInt8) throws(UnusualForm) {
        guard nextIs(field, .lengthDelimited) else { return }
        let range = try length()
        guard !range.isEmpty else { throw UnusualForm() }
        var all: UInt8 = 0
        for place in range { all |= bytes[place] }
        if all >= 0x80 { _ = try text(range) }
    }

    /// A message that may be left out. Says whether it was there.
    @discardableResult
    mutating func message(
        _ field: UInt8, _ body: (inout WireReader) throws(UnusualForm) -> Void
    ) throws(UnusualForm) -> Bool {
        guard nextIs(field, .lengthDelimited) else { return false }
        let range = try length()
        let outer = end
        (index, end) = (range.lowerBound, range.upperBound)
        try body(&self)
        try finish()
        end = outer
        return true
    }

    mutating func messages(
        _ field: UInt8, _ body: (inout WireReader) throws(UnusualForm) -> Void
    ) throws(UnusualForm) {
        while try message(field, body) {}
    }

    /// A member of a `oneof`, which is there whatever its value. Says whether it was.
    mutating func skipDoubleOfOneOf(_ field: UInt8) throws(UnusualForm) -> Bool {
        guard nextIs(field, .fixed64) else { return false }
        _ = try fixed64()
        return true
    }

    /// A `bool`, which is there where it is true. Says whether it was.
    mutating func skipTrue(_ field: UInt8) throws(UnusualForm) -> Bool {
        guard nextIs(field, .varint) else { return false }
        guard try varint() == 1 else { throw UnusualForm() }
        return true
    }

    /// Of a message in whatever order and form: where the content of the one field with this number is, and the whole
    /// field. Nil: there is none. Another of them, or a group, is unusual.
    mutating func onlyMessage(
        _ field: UInt64
    ) throws(UnusualForm) -> (content: Range<Int>, field: Range<Int>)? {
        var found: (content: Range<Int>, field: Range<Int>)?
        while index < end {
            let start = index
            let tag = try varint()
            switch (tag >> 3, tag & 7) {
            case (field, 2):
                guard found == nil else { throw UnusualForm() }
                let content = try length()
                found = (content, start..<index)
            case (field, _): throw UnusualForm()
            case (_, 0): _ = try varint()
            case (_, 1): _ = try fixed64()
            case (_, 2): _ = try length()
            default: throw UnusualForm()
            }
        }
        return found
    }

    // MARK: Parts

    private enum WireType: UInt8 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
    }

    private mutating func nextIs(_ field: UInt8, _ type: WireType) -> Bool {
        guard field >= 16 else {
            guard index < end, bytes[index] == field << 3 | type.rawValue else { return false }
            index += 1
            return true
        }
        let tag = UInt16(field) << 3 | UInt16(type.rawValue)
        guard end - index >= 2, bytes[index] == UInt8(tag & 0x7F) | 0x80, bytes[index + 1] == UInt8(tag >> 7) else {
            return false
        }
        index += 2
        return true
    }

    private mutating func varint() throws(UnusualForm) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard index < end else { throw UnusualForm() }
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            guard byte < 0x80 else { continue }
            // A last byte of zero adds nothing; the tenth has one bit.
            guard byte != 0 || shift == 0, shift < 63 || byte == 1 else { throw UnusualForm() }
            return value
        }
        throw UnusualForm()
    }

    private mutating func length() throws(UnusualForm) -> Range<Int> {
        let count = try varint()
        guard count <= UInt64(end - index) else { throw UnusualForm() }
        let start = index
        index += Int(count)
        return start..<index
    }

    private mutating func fixed64() throws(UnusualForm) -> UInt64 {
        guard end - index >= 8 else { throw UnusualForm() }
        var value: UInt64 = 0
        for shift in 0..<8 { value |= UInt64(bytes[index + shift]) << UInt64(shift * 8) }
        index += 8
        return value
    }

    private func text(_ range: Range<Int>) throws(UnusualForm) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw UnusualForm() }
        return text
    }
}
