/// The grammar of `tracestate` (W3C Trace Context, section 3.3).
enum TraceState {
    /// The standard asks for that many characters, and that many members, to be passed on at least; here it is the most.
    static let lengthMax = 512
    static let membersMax = 32

    /// The text as it was given. Nil: it is empty, malformed or too long, names a key twice, or has too many members.
    static func checked(_ text: String) -> String? {
        guard text.utf8.count <= lengthMax else { return nil }
        var keys: Set<Substring> = []
        for member in text.split(separator: ",") {
            let member = member.trimmed
            guard !member.isEmpty else { continue }
            guard let end = member.firstIndex(of: "=") else { return nil }
            let value = member[member.index(after: end)...]
            guard isKey(member[..<end].utf8), isValue(value.utf8), keys.insert(member[..<end]).inserted,
                keys.count <= membersMax
            else { return nil }
        }
        return keys.isEmpty ? nil : text
    }

    /// `vendor` or `tenant@vendor`.
    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        let parts = key.split(separator: UInt8(ascii: "@"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let last = parts.last, let first = last.first, isLetter(first), last.allSatisfy(isKeyByte) else {
            return false
        }
        guard parts.count == 2 else { return last.count <= 256 }
        guard let start = parts[0].first, isLetter(start) || isDigit(start) else { return false }
        return parts[0].count <= 241 && last.count <= 14 && parts[0].allSatisfy(isKeyByte)
    }

    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        (1...256).contains(value.count) && value.last != UInt8(ascii: " ")
            && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || "_-*/".utf8.contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension Substring {
    /// Without spaces and tabs around it.
    fileprivate var trimmed: Substring {
        var rest = self
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
