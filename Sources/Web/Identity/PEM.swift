import Foundation

/// Keys in PEM (RFC 7468): a text with one block and nothing else.
enum PEM {
    /// The bytes of the block; nil: the text is anything but one block of this kind.
    ///
    /// - Parameter label: the kind, such as `PRIVATE KEY`.
    static func decode(_ text: String, label: String) -> Data? {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        guard lines.count > 2, lines.first == start(label), lines.last == end(label) else { return nil }
        return Data(base64Encoded: lines.dropFirst().dropLast().joined())
    }

    /// A text with one block, on lines of its own.
    static func encode(_ bytes: Data, label: String) -> String {
        "\(start(label))\n\(bytes.base64EncodedString())\n\(end(label))\n"
    }

    /// The text in a file.
    ///
    /// - Throws: ``KeyError`` where the file can't be read.
    static func read(_ path: String) throws(KeyError) -> String {
        do {
            return try String(contentsOf: URL(filePath: path), encoding: .utf8)
        } catch {
            throw KeyError("\(path) can't be read: \(error)")
        }
    }

    private static func start(_ label: String) -> String { "-----BEGIN \(label)-----" }
    private static func end(_ label: String) -> String { "-----END \(label)-----" }
}
