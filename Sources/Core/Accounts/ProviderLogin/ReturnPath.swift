/// Where on this origin a browser goes on after a log-in: a path, with or without a query and a fragment.
///
/// Whoever sends a browser to the log-in chooses it, so it must not lead anywhere else (CWE-601). The grammar is narrower than
/// that of RFC 3986: what any reader of URLs, however lenient, might take for another host, for a second header or for another
/// path is refused.
public struct ReturnPath: Hashable, Sendable {
    /// Bytes of a path.
    public static let bytesMax = 1024
    /// Where browsers go on that name no path.
    public static let account = ReturnPath(verbatim: "/account")

    /// As the caller wrote it.
    public let text: String

    private init(verbatim text: String) { self.text = text }

    /// Nil for anything but `/`, segments, and a query and a fragment, where these are wanted, in visible ASCII. No segment is
    /// empty but the last, and none is `.` or `..`. Nothing invisible and no backslash is escaped, and in the path no slash and
    /// no percent sign either. A path under `/api` is refused, too: with that of a log-in, a browser would never arrive.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= Self.bytesMax else { return nil }
        let end = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.endIndex
        guard let path = Self.unescaped(bytes[..<end], isPath: true),
            Self.unescaped(bytes[end...], isPath: false) != nil
        else { return nil }
        let segments = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard !segments.dropLast().contains(""), !segments.contains("."), !segments.contains(".."),
            segments.first?.lowercased() != "api"
        else { return nil }
        self.text = text
    }

    /// pchar of RFC 3986, section 3.3, without escapes, and what parts segments.
    private static let plain = Set("-._~!$&'()*+,;=:@/".utf8)

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }

    /// The bytes that a part of a URL stands for; nil where it has what it must not have.
    ///
    /// - Parameter isPath: it is the path, and not what comes after it.
    private static func unescaped(_ part: ArraySlice<UInt8>, isPath: Bool) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = part
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy(isAlphanumeric),
                    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16),
                    value >= 0x20, value != 0x7F, value != UInt8(ascii: "\\"),
                    !isPath || (value != UInt8(ascii: "/") && value != UInt8(ascii: "%"))
                else { return nil }
                rest = rest.dropFirst(2)
                bytes.append(value)
            } else {
                guard
                    isAlphanumeric(byte) || plain.contains(byte)
                        || (!isPath && (byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")))
                else { return nil }
                bytes.append(byte)
            }
        }
        return bytes
    }
}
