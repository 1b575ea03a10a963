internal import CZlib

extension QRCode {
    /// As a PNG image (RFC 2083) of one bit a pixel, with the quiet zone: mail programs show no SVG.
    ///
    /// - Parameter scale: pixels along a side of a module; 1 to 16.
    public func png(scale: Int = 4) -> [UInt8] {
        precondition((1...16).contains(scale), "a module has 1 to 16 pixels")
        let width = (side + 2 * Self.quietZone) * scale
        var rows: [UInt8] = []
        for y in 0..<width {
            // Each row begins with its filter: none.
            rows.append(0)
            var byte: UInt8 = 0
            for x in 0..<((width + 7) / 8 * 8) {
                // 1 is white.
                byte = byte << 1 | (isDark(x / scale - Self.quietZone, y / scale - Self.quietZone) ? 0 : 1)
                if x % 8 == 7 { rows.append(byte) }
            }
        }
        // Width, height, one bit of grey, and no choice of method anywhere.
        let head = Self.word(UInt32(width)) + Self.word(UInt32(width)) + [1, 0, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Self.chunk("IHDR", head)
            + Self.chunk("IDAT", Self.deflated(rows)) + Self.chunk("IEND", [])
    }

    private func isDark(_ column: Int, _ row: Int) -> Bool {
        (0..<side).contains(column) && (0..<side).contains(row) && self[row, column]
    }

    private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let checked = Array(type.utf8) + content
        let sum = unsafe crc32(0, checked, UInt32(checked.count))
        return word(UInt32(content.count)) + checked + word(UInt32(truncatingIfNeeded: sum))
    }

    private static func word(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var length = compressBound(UInt(bytes.count))
        var content = [UInt8](repeating: 0, count: Int(length))
        let code = unsafe compress2(&content, &length, bytes, UInt(bytes.count), Z_BEST_COMPRESSION)
        precondition(code == Z_OK, "zlib compresses what it has room for")
        return Array(content.prefix(Int(length)))
    }
}
