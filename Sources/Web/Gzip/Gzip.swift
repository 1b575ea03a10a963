import CZlib
public import NIOCore

/// Compresses bodies that go over the wire (RFC 1952).
public enum Gzip {
    /// Between the fastest (1) and the smallest (9): JSON gets about a tenth of its size, at some 50 MB/s.
    private static let level: Int32 = 4
    /// The largest window, and 16 for the format of gzip; see zlib's manual.
    private static let windowBits: Int32 = 15 + 16
    private static let memoryLevel: Int32 = 8

    /// Nil: there is no memory for it.
    public static func compressed(_ body: ByteBuffer) -> ByteBuffer? {
        var stream = unsafe z_stream()
        guard
            unsafe deflateInit2_(
                &stream, level, Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { unsafe deflateEnd(&stream) }
        // As much as the input can come to: one call is enough.
        let bound = Int(unsafe deflateBound(&stream, UInt(body.readableBytes)))
        var compressed = ByteBufferAllocator().buffer(capacity: bound)
        var isWhole = false
        unsafe body.withUnsafeReadableBytes { input in
            _ = unsafe compressed.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { output in
                unsafe stream.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe stream.avail_out = UInt32(output.count)
                isWhole = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
                return unsafe output.count - Int(stream.avail_out)
            }
        }
        return isWhole ? compressed : nil
    }
}
