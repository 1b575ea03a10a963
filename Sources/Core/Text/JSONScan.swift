/// Checks that bytes are one JSON value by the letter of RFC 8259, in one pass and without recursion, before a decoder
/// sees them.
///
/// Foundation's decoder takes trailing commas and UTF-16, and tells a malformed text and a number that does not fit
/// apart by nothing. What passes here can only fail for its content.
public struct JSONScan {
    /// How deep arrays and objects may be nested; a seating plan needs eight. Some decoders recurse, and a thread's stack
    /// ends.
    public static let depthMax = 64

    public enum Fault: Error, Equatable {
        case tooDeep
        case notUTF8
        /// More values than may be.
        case tooMany
        /// At this byte, counted from 0.
        case malformed(at: Int)
    }

    /// The first fault in the bytes; nil for JSON.
    ///
    /// - Parameter valuesMax: how many values there may be, arrays and objects included.
    public static func fault(in json: some Collection<UInt8>, valuesMax: Int = .max) -> Fault? {
        json.withContiguousStorageIfAvailable { fault(in: $0, valuesMax) }
            ?? Array(json).withUnsafeBufferPointer { fault(in: $0, valuesMax) }
    }

    private static func fault(in json: UnsafeBufferPointer<UInt8>, _ valuesMax: Int) -> Fault? {
        var scan = JSONScan(json: json, valuesLeft: valuesMax)
        do throws(Fault) {
            try scan.run()
            return nil
        } catch {
            return error
        }
    }

    private enum Expected {
        case value, valueOrEnd, key, keyOrEnd, colon, commaOrEnd, end
    }

    private let json: UnsafeBufferPointer<UInt8>
    private var index = 0
    private var isASCII = true
    /// The open containers, the innermost lowest: 1 for an object, 0 for an array.
    private var containers: UInt64 = 0
    private var depth = 0
    private var valuesLeft: Int

    private init(json: UnsafeBufferPointer<UInt8>, valuesLeft: Int) {
        self.json = json
        self.valuesLeft = valuesLeft
    }

    private mutating func run() throws(Fault) {
        var expected = Expected.value
        while let byte = next() {
            switch (expected, byte) {
            case (_, 0x20), (_, 0x09), (_, 0x0A), (_, 0x0D): continue
            case (.value, UInt8(ascii: "{")), (.valueOrEnd, UInt8(ascii: "{")):
                try open(object: true)
                expected = .keyOrEnd
            case (.value, UInt8(ascii: "[")), (.valueOrEnd, UInt8(ascii: "[")):
                try open(object: false)
                expected = .valueOrEnd
            case (.keyOrEnd, UInt8(ascii: "}")), (.valueOrEnd, UInt8(ascii: "]")): expected = close()
            case (.commaOrEnd, UInt8(ascii: "}")) where containers & 1 == 1: expected = close()
            case (.commaOrEnd, UInt8(ascii: "]")) where containers & 1 == 0: expected = close()
            case (.commaOrEnd, UInt8(ascii: ",")): expected = containers & 1 == 1 ? .key : .value
            case (.key, UInt8(ascii: "\"")), (.keyOrEnd, UInt8(ascii: "\"")):
                try string()
                expected = .colon
            case (.colon, UInt8(ascii: ":")): expected = .value
            case (.value, _), (.valueOrEnd, _):
                try scalar(byte)
                expected = depth == 0 ? .end : .commaOrEnd
            default: throw .malformed(at: index - 1)
            }
        }
        guard expected == .end else { throw .malformed(at: index) }
        guard isASCII || String(validating: json, as: UTF8.self) != nil else { throw .notUTF8 }
    }

    private mutating func next() -> UInt8? {
        guard index < json.count else { return nil }
        index += 1
        return json[index - 1]
    }

    private mutating func countValue() throws(Fault) {
        guard valuesLeft > 0 else { throw .tooMany }
        valuesLeft -= 1
    }

    private mutating func open(object isObject: Bool) throws(Fault) {
        try countValue()
        guard depth < Self.depthMax else { throw .tooDeep }
        depth += 1
        containers = containers << 1 | (isObject ? 1 : 0)
    }

    private mutating func close() -> Expected {
        depth -= 1
        containers >>= 1
        return depth == 0 ? .end : .commaOrEnd
    }

    private mutating func scalar(_ first: UInt8) throws(Fault) {
        try countValue()
        switch first {
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("rue")
        case UInt8(ascii: "f"): try literal("alse")
        case UInt8(ascii: "n"): try literal("ull")
        default: try number(first)
        }
    }

    private mutating func literal(_ rest: StaticString) throws(Fault) {
        for offset in 0..<rest.utf8CodeUnitCount {
            guard next() == rest.withUTF8Buffer({ $0[offset] }) else { throw .malformed(at: index - 1) }
        }
    }

    private mutating func number(_ first: UInt8) throws(Fault) {
        var first = first
        if first == UInt8(ascii: "-") {
            guard let digit = next() else { throw .malformed(at: index) }
            first = digit
        }
        guard (0x30...0x39).contains(first) else { throw .malformed(at: index - 1) }
        if first != 0x30 { skipDigits() }
        if peek == UInt8(ascii: ".") {
            index += 1
            guard skipDigits() > 0 else { throw .malformed(at: index) }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            index += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
            guard skipDigits() > 0 else { throw .malformed(at: index) }
        }
    }

    private var peek: UInt8? { index < json.count ? json[index] : nil }

    @discardableResult
    private mutating func skipDigits() -> Int {
        let start = index
        while let byte = peek, (0x30...0x39).contains(byte) { index += 1 }
        return index - start
    }

    /// The rest of a string whose opening quotation mark was read.
    private mutating func string() throws(Fault) {
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw .malformed(at: index - 1)
            case 0x80...: isASCII = false
            default: break
            }
        }
        throw .malformed(at: index)
    }

    private mutating func escape() throws(Fault) {
        switch next() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        case UInt8(ascii: "u"):
            let unit = try hex4()
            if (0xDC00...0xDFFF).contains(unit) { throw .malformed(at: index - 1) }
            guard (0xD800...0xDBFF).contains(unit) else { return }
            // Half of a pair is no character; the other half has to follow.
            guard next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u"), (0xDC00...0xDFFF).contains(try hex4())
            else {
                throw .malformed(at: index - 1)
            }
        default: throw .malformed(at: index - 1)
        }
    }

    private mutating func hex4() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw .malformed(at: index - 1)
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
