/// Writes comma-separated values (RFC 4180): UTF-8, lines that end in CR and LF, and quotes where a cell needs them.
///
/// A text that a spreadsheet would take for a formula gets an apostrophe in front, so that it shows instead of being
/// computed: whoever names something must not be able to run something on the machine of whoever opens the file
/// (https://owasp.org/www-community/attacks/CSV_Injection). So does what follows a semicolon, where many spreadsheets begin a
/// cell.
public struct CSVWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var isLineEmpty = true

    public init() {}

    /// Appends a text.
    public mutating func cell(_ text: String) {
        separate()
        let text = Self.defused(text)
        guard text.utf8.contains(where: Self.needsQuotes) else {
            bytes.append(contentsOf: text.utf8)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a number, which is no formula even if it is negative.
    public mutating func cell(_ number: some FixedWidthInteger) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
    }

    public mutating func endLine() {
        bytes.append(contentsOf: [0x0D, 0x0A])
        isLineEmpty = true
    }

    /// Returns what was written since it was last taken, if that is as much as `bytesMin`.
    public mutating func take(bytesMin: Int = 0) -> [UInt8]? {
        guard !bytes.isEmpty, bytes.count >= bytesMin else { return nil }
        defer { bytes = [] }
        return bytes
    }

    private mutating func separate() {
        if !isLineEmpty { bytes.append(UInt8(ascii: ",")) }
        isLineEmpty = false
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 0x0D || byte == 0x0A
            || byte == UInt8(ascii: " ") || byte == 0x09
    }

    /// The text with an apostrophe before each formula.
    private static func defused(_ text: String) -> String {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        guard parts.contains(where: startsFormula) else { return text }
        return parts.map { startsFormula($0) ? "'\($0)" : String($0) }.joined(separator: ";")
    }

    /// Spreadsheets skip spaces in front, and take the wide forms of East Asian keyboards as well.
    private static func startsFormula(_ text: Substring) -> Bool {
        guard let first = text.unicodeScalars.first(where: { $0 != " " && $0 != "\u{3000}" && $0 != "\u{A0}" }) else {
            return false
        }
        switch first {
        case "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": return true
        default: return false
        }
    }
}
