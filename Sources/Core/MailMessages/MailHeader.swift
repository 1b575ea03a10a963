import Foundation

/// Lines of a mail's head, of texts that may be anything (RFC 5322 and RFC 2047).
enum MailHeader {
    /// A line should not be longer (RFC 5322, section 2.1.1).
    private static let lineLength = 76
    /// Bytes of a name that goes as a quoted string, which can't be folded: a line has 998 bytes at most.
    private static let quotedBytesMax = 200
    /// Bytes of a text in one encoded word, which has 75 characters at most.
    private static let wordBytes = 42

    /// A header of free text, such as `Subject`.
    static func text(_ name: String, _ value: String) -> String { fold("\(name):", words(oneLine(value))) }

    /// A header of one address, with what its owner is called.
    static func address(_ header: String, _ address: String, name: String) -> String {
        let name = oneLine(name)
        guard !name.isEmpty else { return "\(header): \(address)" }
        let isShort = name.utf8.count <= quotedBytesMax
        let spelled = isPlain(name) && isShort ? [quoted(name)] : encodedWords(name)
        return fold("\(header):", spelled + ["<\(address)>"])
    }

    /// The text in one line: whatever breaks or controls one is a space.
    static func oneLine(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        return String(scalars).split(separator: " ").joined(separator: " ")
    }

    /// ASCII that needs no encoding, and is taken for none.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.firstRange(of: "=?") == nil
            // A single word that is longer than a line can't be folded.
            && text.utf8.split(separator: 0x20).allSatisfy { $0.count <= lineLength - 20 }
    }

    private static func words(_ text: String) -> [String] {
        isPlain(text) ? text.split(separator: " ").map(String.init) : encodedWords(text)
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// In base 64, cut between scalars, since each word has to be text by itself.
    private static func encodedWords(_ text: String) -> [String] {
        var words: [String] = []
        var bytes: [UInt8] = []
        func flush() {
            if !bytes.isEmpty { words.append("=?UTF-8?B?\(Data(bytes).base64EncodedString())?=") }
            bytes = []
        }
        for scalar in text.unicodeScalars {
            let next = Array(String(scalar).utf8)
            if bytes.count + next.count > wordBytes { flush() }
            bytes += next
        }
        flush()
        return words
    }

    private static func fold(_ start: String, _ words: [String]) -> String {
        var lines: [String] = []
        var line = start
        for word in words {
            if line.utf8.count + 1 + word.utf8.count > lineLength, line != start {
                lines.append(line)
                line = ""
            }
            line += " " + word
        }
        lines.append(line)
        return lines.joined(separator: "\r\n")
    }
}
