public import HTTPTypes

/// The caller's place in its own trace: W3C Trace Context, version 00 (https://www.w3.org/TR/trace-context/).
public enum TraceParent {
    /// Reads the `traceparent` header. Nil where there is none, or anything else: as the standard has it, a header that
    /// can't be understood is ignored. Nothing else may go on to those who follow the log.
    public static func text(_ headers: HTTPFields) -> String? {
        guard let text = headers[.traceParent], text.utf8.count == 55 else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [2, 32, 16, 2], parts[0].elementsEqual("00".utf8),
            parts.dropFirst().allSatisfy({ $0.allSatisfy(isLowerHex) }),
            // All zeros stand for "not valid".
            parts[1].contains(where: { $0 != UInt8(ascii: "0") }), parts[2].contains(where: { $0 != UInt8(ascii: "0") })
        else { return nil }
        return text
    }

    /// The id of the trace that the `traceparent` header names, if the caller records it (the flag *sampled*).
    public static func sampledTraceID(_ headers: HTTPFields) -> String? {
        guard let text = text(headers), let flags = UInt8(text.suffix(2), radix: 16), flags & 1 == 1 else { return nil }
        return String(text.dropFirst(3).prefix(32))
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
