internal import CQRencode

/// A text as a QR code (ISO/IEC 18004), by libqrencode (https://fukuchi.org/works/qrencode/).
public struct QRCode: Equatable, Sendable {
    /// Modules along one side.
    public let side: Int
    /// Row by row; true is dark.
    private let modules: [Bool]

    /// Error correction of level M: an eighth of it may be unreadable. Nil for a text that no code has room for (2,331
    /// bytes), an empty one, and one with a NUL.
    public init?(_ text: String) {
        guard !text.isEmpty, !text.utf8.contains(0) else { return nil }
        // As 8-bit data, whatever it is: a signed code is upper and lower case letters and digits.
        guard let code = unsafe QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { unsafe QRcode_free(code) }
        side = Int(unsafe code.pointee.width)
        let cells = unsafe UnsafeBufferPointer(start: code.pointee.data, count: side * side)
        // The lowest bit is the colour; the others say what the module is for.
        modules = unsafe cells.map { $0 & 1 == 1 }
    }

    public subscript(row: Int, column: Int) -> Bool { modules[row * side + column] }

    /// Light modules around it that readers need to find it (ISO/IEC 18004, 9.1).
    static let quietZone = 4

    /// As an image that scales: one path of the dark modules on white, with the quiet zone.
    public var svg: String {
        let size = side + 2 * Self.quietZone
        var path = ""
        for row in 0..<side {
            var column = 0
            while column < side {
                guard self[row, column] else {
                    column += 1
                    continue
                }
                let start = column
                while column < side, self[row, column] { column += 1 }
                path += "M\(start + Self.quietZone) \(row + Self.quietZone)h\(column - start)v1h-\(column - start)z"
            }
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size) \(size)" shape-rendering="crispEdges">\
            <path fill="#fff" d="M0 0h\(size)v\(size)h-\(size)z"/><path d="\(path)"/></svg>

            """
    }
}
