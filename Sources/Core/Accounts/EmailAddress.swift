/// An e-mail address that an account can have: a dot-atom (RFC 5322, section 3.2.3), an at sign, and a host name of at least
/// two labels, all in ASCII.
///
/// Quoted local parts, comments and address literals are refused: hardly anybody has one, and each is a way to spell another
/// address. A domain of another script comes in its ASCII form (`xn--…`).
public struct EmailAddress: Hashable, Sendable {
    /// Bytes of an address (RFC 5321, section 4.5.3.1.3, less the angle brackets).
    public static let bytesMax = 254
    static let localBytesMax = 64
    static let labelBytesMax = 63

    /// As its owner wrote it: where mail goes.
    public let text: String
    /// The same for all spellings of one mailbox that every provider takes for one: the address in lower case. Unique among
    /// accounts. Dots and `+tags` stay, since providers differ about them.
    public let normalized: String

    /// Nil for what can't be an address.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.bytesMax, let at = bytes.lastIndex(of: UInt8(ascii: "@")),
            Self.isLocalPart(bytes[..<at]), Self.isDomain(bytes[(at + 1)...])
        else { return nil }
        self.text = text
        normalized = text.lowercased()
    }

    /// What stands before the at sign, in lower case.
    var localPart: Substring { normalized.prefix { $0 != "@" } }

    private static func isLocalPart(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard (1...localBytesMax).contains(bytes.count) else { return false }
        return bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy { isLetterOrDigit($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
        }
    }

    private static func isDomain(_ bytes: ArraySlice<UInt8>) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let last = labels.last, !last.allSatisfy(isDigit) else { return false }
        return labels.allSatisfy { label in
            (1...labelBytesMax).contains(label.count)
                && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
                && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
