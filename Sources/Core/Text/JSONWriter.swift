/// Writes one JSON value (RFC 8259) front to back; what the hot responses are made with.
///
/// Appends to one array and keeps no tree. It writes commas, quotes and escapes; that a key has a value, and that there
/// is one value in all, is up to the caller.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// - Parameter capacity: how many bytes the result will have, about.
    public init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    // MARK: Containers

    public mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
        try container(open: 0x7B, close: 0x7D, members)
    }

    public mutating func array(_ elements: (inout JSONWriter) throws -> Void) rethrows {
        try container(open: 0x5B, close: 0x5D, elements)
    }

    public mutating func object(_ key: StaticString, _ members: (inout JSONWriter) throws -> Void) rethrows {
        self.key(key)
        try object(members)
    }

    public mutating func array(_ key: StaticString, _ elements: (inout JSONWriter) throws -> Void) rethrows {
        self.key(key)
        try array(elements)
    }

    // MARK: Members of an object

    /// A key known at compile time; it must not need escaping.
    public mutating func key(_ key: StaticString) {
        separate()
        bytes.append(0x22)
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(0x22)
        bytes.append(0x3A)
        needsComma = false
    }

    public mutating func key(_ key: String) {
        value(key)
        bytes.append(0x3A)
        needsComma = false
    }

    public mutating func member(_ key: StaticString, _ value: String) { self.key(key); self.value(value) }
    public mutating func member(_ key: StaticString, _ value: some FixedWidthInteger) {
        self.key(key); self.value(value)
    }
    public mutating func member(_ key: StaticString, _ value: Bool) { self.key(key); self.value(value) }
    public mutating func member(_ key: StaticString, orNull value: String?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }
    public mutating func member<Number: FixedWidthInteger>(_ key: StaticString, orNull value: Number?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }
    /// A list of texts.
    public mutating func array(_ key: StaticString, of texts: some Sequence<String>) {
        array(key) { json in for text in texts { json.value(text) } }
    }

    /// Members that are written already, without braces: valid JSON, or nothing at all.
    public mutating func members(encoded members: String) {
        guard !members.isEmpty else { return }
        separate()
        bytes.append(contentsOf: members.utf8)
    }

    // MARK: Values

    public mutating func value(_ string: String) {
        separate()
        bytes.append(0x22)
        if string.utf8.withContiguousStorageIfAvailable({ appendEscaped($0) }) == nil {
            Array(string.utf8).withUnsafeBufferPointer { appendEscaped($0) }
        }
        bytes.append(0x22)
    }

    /// A string of ASCII characters that need no escaping, such as digits.
    public mutating func value(plain ascii: some Collection<UInt8>) {
        assert(ascii.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C })
        separate()
        bytes.append(0x22)
        bytes.append(contentsOf: ascii)
        bytes.append(0x22)
    }

    public mutating func value(_ integer: some FixedWidthInteger) {
        separate()
        if integer < 0 { bytes.append(0x2D) }
        let first = bytes.count
        var rest = integer.magnitude
        repeat {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        var (low, high) = (first, bytes.count - 1)
        while low < high {
            bytes.swapAt(low, high)
            low += 1
            high -= 1
        }
    }

    /// The shortest decimal that reads back the same; `null` for what JSON can't say.
    public mutating func value(_ number: Double) {
        guard number.isFinite else { return null() }
        if let integer = Int64(exactly: number) { return value(integer) }
        separate()
        bytes.append(contentsOf: number.description.utf8)
    }

    public mutating func value(_ boolean: Bool) {
        separate()
        bytes.append(contentsOf: boolean ? [0x74, 0x72, 0x75, 0x65] : [0x66, 0x61, 0x6C, 0x73, 0x65])
    }

    /// A time as ``RFC3339`` writes it.
    ///
    /// - Parameter microseconds: since 1970.
    public mutating func value(timeAt microseconds: Int64) {
        separate()
        bytes.append(0x22)
        RFC3339.append(microseconds, to: &bytes)
        bytes.append(0x22)
    }

    public mutating func null() {
        separate()
        bytes.append(contentsOf: [0x6E, 0x75, 0x6C, 0x6C])
    }

    // MARK: Inside

    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
        needsComma = true
    }

    private mutating func container(
        open: UInt8, close: UInt8, _ content: (inout JSONWriter) throws -> Void
    ) rethrows {
        separate()
        bytes.append(open)
        needsComma = false
        try content(&self)
        bytes.append(close)
        needsComma = true
    }

    /// Copies the longest runs that need no escape; RFC 8259, section 7, escapes `"`, `\` and the control characters.
    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for index in text.indices where text[index] < 0x20 || text[index] == 0x22 || text[index] == 0x5C {
            bytes.append(contentsOf: text[start..<index])
            start = index + 1
            switch text[index] {
            case 0x22, 0x5C: bytes.append(contentsOf: [0x5C, text[index]])
            case 0x0A: bytes.append(contentsOf: [0x5C, 0x6E])
            case 0x0D: bytes.append(contentsOf: [0x5C, 0x72])
            case 0x09: bytes.append(contentsOf: [0x5C, 0x74])
            case let control:
                bytes.append(contentsOf: [0x5C, 0x75, 0x30, 0x30])
                bytes.append(contentsOf: Hex.digits(control))
            }
        }
        bytes.append(contentsOf: text[start...])
    }
}
