public import HTTPTypes

/// What finds a request in the logs of everybody who had to do with it.
public enum CorrelationID {
    static let lengthMax = 64

    /// What the caller calls its request, by `X-Correlation-Id` or else `X-Request-Id`: 1 to 64 visible ASCII characters. Nil
    /// where it says nothing, or anything else.
    public static func given(_ headers: HTTPFields) -> String? {
        checked(headers[.correlationID]) ?? checked(headers[.requestID])
    }

    /// The text if it can be one.
    public static func checked(_ text: String?) -> String? {
        guard let text, (1...lengthMax).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return text
    }
}
