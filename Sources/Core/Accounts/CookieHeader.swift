/// Reads the header `Cookie` (RFC 6265, section 5.4) for the one cookie that stands for a caller.
///
/// Stricter than browsers: a cookie that comes twice counts as none. A page on a neighbouring host or path can add a second
/// one to what a browser sends, and which of two is the right one no header says.
public enum CookieHeader {
    /// Longer headers have no cookie of ours; browsers send 4,096 bytes a cookie.
    public static let bytesMax = 16_384
    /// Cookies after these are not looked at, and the header counts as one without ours.
    public static let pairsMax = 100

    public enum Finding: Equatable, Sendable {
        case none
        case one(String)
        /// It comes twice, or the header is beyond its limits.
        case ambiguous
    }

    /// What the header says of the cookie.
    public static func find(_ name: String, in header: String) -> Finding {
        let bytes = header.utf8
        guard bytes.count <= bytesMax else { return .ambiguous }
        var found: Finding = .none
        for (index, part) in bytes.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).enumerated() {
            guard index < pairsMax else { return .ambiguous }
            let pair = part.drop { $0 == 0x20 || $0 == 0x09 }
            guard pair.starts(with: name.utf8) else { continue }
            let rest = pair.dropFirst(name.utf8.count)
            guard rest.first == UInt8(ascii: "=") else { continue }
            guard found == .none else { return .ambiguous }
            var value = rest.dropFirst()
            while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
            found = .one(String(Substring(value)))
        }
        return found
    }

    /// Whether the header may have the cookie; quick, for requests that are to have none.
    public static func mayName(_ name: String, in header: String) -> Bool {
        let name = name.utf8
        var rest = header.utf8[...]
        while let start = rest.firstIndex(of: name.first ?? 0) {
            rest = rest[start...]
            if rest.starts(with: name) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
