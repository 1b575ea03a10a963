import Foundation

/// A part of a mail's body (RFC 2045).
struct MailPart {
    /// Its own headers.
    var head: [String]
    /// With lines that end in CRLF.
    var content: [UInt8]

    /// Lines of ASCII go as they are up to this length: links in them stay whole.
    private static let plainLineBytesMax = 200

    /// A text. It goes as it is where every mail program takes it, and otherwise as quoted-printable.
    init(_ text: String, type: String) {
        let bytes = Self.withPlainEnds(text.utf8)
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let isPlain = lines.allSatisfy { line in
            line.count <= Self.plainLineBytesMax && line.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
        }
        head = [
            "Content-Type: \(type); charset=\(isPlain ? "us-ascii" : "utf-8")",
            "Content-Transfer-Encoding: \(isPlain ? "7bit" : "quoted-printable")",
        ]
        content = []
        for line in lines.last == [] ? lines.dropLast() : lines[...] {
            if isPlain { content += line } else { QuotedPrintable.append(line, to: &content) }
            content += [0x0D, 0x0A]
        }
    }

    init(_ image: MailMessage.Image) {
        head = [
            "Content-Type: image/png; name=\"\(image.fileName)\"", "Content-Transfer-Encoding: base64",
            "Content-ID: <\(image.id)>", "Content-Disposition: inline; filename=\"\(image.fileName)\"",
        ]
        let text = Array(Data(image.bytes).base64EncodedString().utf8)
        content = []
        for start in stride(from: 0, to: text.count, by: 76) {
            content += text[start..<min(start + 76, text.count)]
            content += [0x0D, 0x0A]
        }
    }

    /// Several parts. What divides them begins with characters that neither a quoted-printable text nor one in base 64 has.
    init(_ kind: String, _ parts: [MailPart]) {
        var line = "=_\(kind)"
        // Texts that go as they are might have the same line.
        while parts.contains(where: { $0.content.firstRange(of: Array("--\(line)".utf8)) != nil }) { line += "_" }
        let type = kind == "related" ? "; type=\"text/html\"" : ""
        head = ["Content-Type: multipart/\(kind)\(type); boundary=\"\(line)\""]
        content = []
        for part in parts {
            content += "--\(line)\r\n\(part.head.joined(separator: "\r\n"))\r\n\r\n".utf8
            content += part.content
            content += [0x0D, 0x0A]
        }
        content += "--\(line)--\r\n".utf8
    }

    /// The text with every end of a line as one LF.
    private static func withPlainEnds(_ text: String.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        var isAfterCR = false
        for byte in text {
            if byte == 0x0D || (byte == 0x0A && !isAfterCR) {
                bytes.append(0x0A)
            } else if byte != 0x0A, byte != 0 {
                bytes.append(byte)
            }
            isAfterCR = byte == 0x0D
        }
        return bytes
    }
}

/// Quoted-printable (RFC 2045, section 6.7).
enum QuotedPrintable {
    private static let lineLength = 76

    /// Appends a line, without its end.
    static func append(_ line: some Collection<UInt8>, to content: inout [UInt8]) {
        var length = 0
        var index = line.startIndex
        while index != line.endIndex {
            let byte = line[index]
            index = line.index(after: index)
            let isLast = index == line.endIndex
            let isPlain =
                (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") && !(byte == UInt8(ascii: ".") && length == 0)
                || (byte == 0x20 || byte == 0x09) && !isLast
            let width = isPlain ? 1 : 3
            // One is left for the sign that the line goes on.
            if length + width > lineLength - (isLast ? 0 : 1) {
                content += [UInt8(ascii: "="), 0x0D, 0x0A]
                length = 0
            }
            if isPlain, !(byte == UInt8(ascii: ".") && length == 0) {
                content.append(byte)
                length += 1
            } else {
                content += [UInt8(ascii: "="), digit(byte >> 4), digit(byte & 15)]
                length += 3
            }
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }
}
