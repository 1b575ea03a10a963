/// A look over JSON before it is decoded, in one pass and without recursion: what a decoder should not be given.
enum JSONScan {
    /// How deep arrays and objects may be nested; a seating plan needs eight. A decoder that recurses would run out of
    /// stack some tens of thousands deeper.
    static let depthMax = 64

    enum Fault: Equatable {
        case tooDeep
        /// Not UTF-8, or UTF-16 or UTF-32, which decoders detect by their NULs although RFC 8259 rules them out.
        case notUTF8
    }

    static func fault(in json: some Collection<UInt8>) -> Fault? {
        json.withContiguousStorageIfAvailable { fault(in: $0) } ?? fault(in: Array(json))
    }

    private static func fault(in json: UnsafeBufferPointer<UInt8>) -> Fault? {
        var depth = 0
        var isInString = false
        var isEscaped = false
        var isASCII = true
        for byte in json {
            if byte >= 0x80 { isASCII = false }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                } else if byte == 0 {
                    return .notUTF8
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > depthMax { return .tooDeep }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case 0: return .notUTF8
            default: break
            }
        }
        return isASCII || String(validating: json, as: UTF8.self) != nil ? nil : .notUTF8
    }
}
