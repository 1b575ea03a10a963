/// A span's place in its trace, as services tell each other of it: W3C Trace Context
/// (https://www.w3.org/TR/trace-context/), level 1.
public struct TraceContext: Hashable, Sendable {
    public var traceID: TraceID
    /// Of the span; never 0.
    public var spanID: UInt64
    /// Whoever made this records the trace.
    public var isSampled: Bool
    /// What tracing systems on the way noted for themselves: a `tracestate` that was checked. Nil: nothing.
    public var state: String?

    public init(traceID: TraceID, spanID: UInt64, isSampled: Bool, state: String? = nil) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.state = state
    }

    /// Reads a `traceparent`. Nil for anything else: what can't be understood is ignored, and a trace begins anew.
    ///
    /// A later version of the standard is read by what version 00 knows of it, as the standard demands.
    ///
    /// - Parameter state: the `tracestate` beside it; ignored as a whole where it is malformed.
    public init?(traceParent: String, state: String? = nil) {
        var rest = traceParent.utf8[...]
        guard let version = Self.hex(2, of: &rest), version != 0xFF,
            Self.dash(&rest), let high = Self.hex(16, of: &rest), let low = Self.hex(16, of: &rest),
            Self.dash(&rest), let span = Self.hex(16, of: &rest),
            Self.dash(&rest), let flags = Self.hex(2, of: &rest),
            rest.isEmpty || version != 0 && rest.first == UInt8(ascii: "-"),
            high | low != 0, span != 0
        else { return nil }
        self.init(
            traceID: TraceID(high: high, low: low), spanID: span, isSampled: flags & 1 == 1,
            state: state.flatMap(TraceState.checked))
    }

    /// In version 00.
    public var traceParent: String { "00-\(traceID)-\(spanID.hexDigits)-\(isSampled ? "01" : "00")" }

    private static func dash(_ rest: inout Substring.UTF8View) -> Bool { rest.popFirst() == UInt8(ascii: "-") }

    /// Takes so many digits off the front; nil: they are not all there, or not in lower case.
    private static func hex(_ digits: Int, of rest: inout Substring.UTF8View) -> UInt64? {
        var value: UInt64 = 0
        for _ in 0..<digits {
            switch rest.popFirst() {
            case .some(let byte) where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
                value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
            case .some(let byte) where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte):
                value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
