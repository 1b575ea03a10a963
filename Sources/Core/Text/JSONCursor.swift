/// Reads JSON front to back, in one pass and without a tree: for bytes that ``JSONScan`` found to be JSON.
///
/// Each method reads the next value, and returns nil without moving where the value is of another kind. It traps for
/// bytes that are no JSON.
public struct JSONCursor: Sendable {
    public enum Kind: Equatable, Sendable {
        case object, array, string, number, boolean, null
    }

    public let json: [UInt8]
    /// Where the next value begins, or the space before it.
    public private(set) var index: Int

    /// - Parameter index: of a value, or of the space before it.
    public init(_ json: [UInt8], at index: Int = 0) {
        self.json = json
        self.index = index
    }

    /// Of the next value.
    public var kind: Kind {
        mutating get {
            skipSpace()
            switch json[index] {
            case UInt8(ascii: "{"): return .object
            case UInt8(ascii: "["): return .array
            case UInt8(ascii: "\""): return .string
            case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
            case UInt8(ascii: "n"): return .null
            default: return .number
            }
        }
    }

    // MARK: Containers

    /// Reads an object.
    ///
    /// - Parameter member: is called with the name of each member, before its value; a value that it leaves is passed over.
    /// - Returns: false for anything else.
    public mutating func members(
        _ member: (_ name: String, inout JSONCursor) throws -> Void
    ) rethrows -> Bool {
        guard kind == .object else { return false }
        index += 1
        while !take(UInt8(ascii: "}")) {
            _ = take(UInt8(ascii: ","))
            skipSpace()
            let name = text(in: rawString())
            _ = take(UInt8(ascii: ":"))
            skipSpace()
            let start = index
            try member(name, &self)
            if index == start { skip() }
        }
        return true
    }

    /// Reads an array.
    ///
    /// - Parameter element: is called before each element; one that it leaves is passed over.
    /// - Returns: false for anything else.
    public mutating func elements(_ element: (inout JSONCursor) throws -> Void) rethrows -> Bool {
        guard kind == .array else { return false }
        index += 1
        while !take(UInt8(ascii: "]")) {
            _ = take(UInt8(ascii: ","))
            skipSpace()
            let start = index
            try element(&self)
            if index == start { skip() }
        }
        return true
    }

    // MARK: Values

    public mutating func string() -> String? {
        guard kind == .string else { return nil }
        return text(in: rawString())
    }

    public mutating func boolean() -> Bool? {
        guard kind == .boolean else { return nil }
        return json[skip().lowerBound] == UInt8(ascii: "t")
    }

    /// Reads `null`; false for anything else.
    public mutating func null() -> Bool {
        guard kind == .null else { return false }
        skip()
        return true
    }

    /// Reads a number, as it is written.
    public mutating func number() -> ArraySlice<UInt8>? {
        guard kind == .number else { return nil }
        return json[skip()]
    }

    /// Passes over a value, and returns where it is.
    @discardableResult
    public mutating func skip() -> Range<Int> {
        skipSpace()
        let start = index
        var depth = 0
        repeat {
            skipSpace()
            switch json[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                index += 1
            case UInt8(ascii: "\""): _ = rawString()
            case UInt8(ascii: ","), UInt8(ascii: ":"): index += 1
            default: skipScalar()
            }
        } while depth > 0
        return start..<index
    }

    /// A value as it is written, without the white space around its parts.
    public func compact(_ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        var cursor = self
        cursor.index = range.lowerBound
        while true {
            cursor.skipSpace()
            guard cursor.index < range.upperBound else { return String(decoding: bytes, as: UTF8.self) }
            let start = cursor.index
            switch json[start] {
            case UInt8(ascii: "\""): _ = cursor.rawString()
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
                UInt8(ascii: ":"):
                cursor.index += 1
            default: cursor.skipScalar()
            }
            bytes.append(contentsOf: json[start..<cursor.index])
        }
    }

    // MARK: Parts

    /// A literal or a number: goes on to what can't be part of one.
    private mutating func skipScalar() {
        while index < json.count {
            switch json[index] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x09, 0x0A, 0x0D: return
            default: index += 1
            }
        }
    }

    private mutating func skipSpace() {
        while index < json.count {
            switch json[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard json[index] == byte else { return false }
        index += 1
        return true
    }

    /// Passes over a string, and returns what is between its quotation marks.
    private mutating func rawString() -> Range<Int> {
        index += 1
        let start = index
        while json[index] != UInt8(ascii: "\"") { index += json[index] == UInt8(ascii: "\\") ? 2 : 1 }
        index += 1
        return start..<(index - 1)
    }

    private func text(in range: Range<Int>) -> String {
        let raw = json[range]
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        var text = String.UnicodeScalarView()
        var rest = raw
        while let escape = rest.firstIndex(of: UInt8(ascii: "\\")) {
            text.append(contentsOf: String(decoding: rest[..<escape], as: UTF8.self).unicodeScalars)
            rest = rest[(escape + 1)...]
            text.append(Self.unescape(&rest))
        }
        text.append(contentsOf: String(decoding: rest, as: UTF8.self).unicodeScalars)
        return String(text)
    }

    /// The scalar of an escape whose backslash was taken.
    private static func unescape(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar {
        switch rest.removeFirst() {
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var value = hex4(&rest)
            if (0xD800...0xDBFF).contains(value) {
                rest.removeFirst(2)
                value = 0x10000 + (value - 0xD800) << 10 + (hex4(&rest) - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { preconditionFailure("JSONScan refuses lone surrogates") }
            return scalar
        case let itself: return Unicode.Scalar(itself)
        }
    }

    private static func hex4(_ rest: inout ArraySlice<UInt8>) -> UInt32 {
        defer { rest.removeFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 4 | UInt32(Character(Unicode.Scalar($1)).hexDigitValue ?? 0) }
    }
}

/// What a JSON number, as it is written, comes to.
extension ArraySlice<UInt8> {
    /// The number; nil where it is too large for a `Double`.
    public var jsonDouble: Double? {
        if let integer = plainInteger { return Double(integer) }
        guard let number = Double(String(decoding: self, as: UTF8.self)), number.isFinite else { return nil }
        return number
    }

    /// The number where it is a whole one: `2`, `2.0` and `2e0` are the same. Nil for any other, and for one that does not
    /// fit.
    public func jsonInteger<T: FixedWidthInteger>(_ type: T.Type) -> T? {
        if let integer = plainInteger { return T(exactly: integer) }
        let text = String(decoding: self, as: UTF8.self)
        if let integer = T(text) { return integer }
        // Beyond this a Double may stand for another number than the one that was written.
        guard let number = Double(text), number.magnitude <= 0x1p53 else { return nil }
        return T(exactly: number)
    }

    /// Digits alone, few enough for any `Double` to have them.
    private var plainInteger: Int? {
        let digits = first == UInt8(ascii: "-") ? dropFirst() : self
        guard (1...15).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let magnitude = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return digits.count == count ? magnitude : -magnitude
    }
}
