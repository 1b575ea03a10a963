public import NIOCore

/// Reads the plainest JSON: objects of texts without escapes in visible ASCII and of whole numbers up to nine digits.
/// Whatever it does not understand, it returns nil for, and a real decoder decides.
public struct PlainJSON {
    private var bytes: ByteBufferView.SubSequence

    /// Reads the one object that the text is.
    ///
    /// - Parameter member: reads the value of the member with this name; false: it does not understand it.
    /// - Returns: whether all of it was understood.
    public static func object(in text: ByteBuffer, member: (String, inout PlainJSON) -> Bool) -> Bool {
        var json = PlainJSON(bytes: text.readableBytesView[...])
        guard json.object(member) else { return false }
        json.skipSpace()
        return json.bytes.isEmpty
    }

    /// Reads an object.
    ///
    /// - Parameter member: reads the value of the member with this name; false: it does not understand it.
    public mutating func object(_ member: (String, inout PlainJSON) -> Bool) -> Bool {
        guard take("{") else { return false }
        if take("}") { return true }
        var names: [String] = []
        repeat {
            guard let name = text(), !names.contains(name), take(":"), member(name, &self) else { return false }
            names.append(name)
        } while take(",")
        return take("}")
    }

    /// Reads a text.
    public mutating func text() -> String? {
        guard take("\"") else { return nil }
        guard let end = bytes.firstIndex(where: { !(0x20...0x7E).contains($0) || $0 == 0x22 || $0 == 0x5C }),
            bytes[end] == UInt8(ascii: "\"")
        else { return nil }
        defer { bytes = bytes[(end + 1)...] }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// Reads an array of texts.
    public mutating func texts() -> [String]? {
        guard take("[") else { return nil }
        if take("]") { return [] }
        var texts: [String] = []
        repeat {
            guard let next = text() else { return nil }
            texts.append(next)
        } while take(",")
        return take("]") ? texts : nil
    }

    /// Reads an array of objects.
    ///
    /// - Parameter element: reads the object that comes next; false: it does not understand it.
    public mutating func objects(_ element: (inout PlainJSON) -> Bool) -> Bool {
        guard take("[") else { return false }
        if take("]") { return true }
        repeat {
            guard element(&self) else { return false }
        } while take(",")
        return take("]")
    }

    /// Reads a number.
    public mutating func number() -> Int? {
        skipSpace()
        let digits = bytes.prefix { (0x30...0x39).contains($0) }
        guard (1...9).contains(digits.count), digits.count == 1 || digits.first != 0x30 else { return nil }
        bytes = bytes[digits.endIndex...]
        // A fraction or an exponent may follow: then no `,` or `}` does, and the whole is not understood.
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard bytes.first == UInt8(ascii: character) else { return false }
        bytes = bytes.dropFirst()
        return true
    }

    private mutating func skipSpace() {
        while let byte = bytes.first, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            bytes = bytes.dropFirst()
        }
    }
}
