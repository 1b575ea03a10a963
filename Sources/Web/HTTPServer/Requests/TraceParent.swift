public import HTTPTypes
import Traces

/// The caller's place in its own trace.
public enum TraceParent {
    /// The id of the trace that the `traceparent` header names, if the caller records it (the flag *sampled*).
    public static func sampledTraceID(_ headers: HTTPFields) -> String? {
        guard let text = headers[.traceParent], let caller = TraceContext(traceParent: text), caller.isSampled else {
            return nil
        }
        return caller.traceID.description
    }
}
