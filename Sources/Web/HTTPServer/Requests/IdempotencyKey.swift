public import HTTPTypes

/// What makes a command the same command when it is sent again: 1 to 255 visible ASCII characters, chosen by the caller.
public struct IdempotencyKey: Hashable, Sendable {
    public static let lengthMax = 255

    public let text: String

    /// Reads the `Idempotency-Key` header, bare or as a quoted string (RFC 8941, section 3.3.3); the two spell the same
    /// key.
    ///
    /// - Throws: ``Problem/Code/idempotencyKeyRequired``, ``Problem/Code/invalidIdempotencyKey``
    public init(_ headers: HTTPFields) throws(Problem) {
        let values = headers[values: .idempotencyKey]
        guard let value = values.first else {
            throw Problem(
                .idempotencyKeyRequired,
                detail: "Send an Idempotency-Key header with a new random value for each new command.",
                outcome: Outcome.none)
        }
        guard values.count == 1, let text = Self.text(value), (1...Self.lengthMax).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(
                .invalidIdempotencyKey,
                detail: "One Idempotency-Key of 1 to \(Self.lengthMax) visible ASCII characters is needed.",
                outcome: Outcome.none)
        }
        self.text = text
    }

    private typealias Outcome = Problem.Outcome

    /// Without quotation marks and their escapes; nil where they don't match up.
    private static func text(_ value: String) -> String? {
        guard value.utf8.first == UInt8(ascii: "\"") else { return value.contains("\"") ? nil : value }
        guard value.utf8.count >= 2, value.utf8.last == UInt8(ascii: "\"") else { return nil }
        var text = ""
        var isEscaped = false
        for character in value.dropFirst().dropLast().unicodeScalars {
            switch (isEscaped, character) {
            case (true, "\""), (true, "\\"):
                text.unicodeScalars.append(character)
                isEscaped = false
            case (true, _), (false, "\""): return nil
            case (false, "\\"): isEscaped = true
            case (false, _): text.unicodeScalars.append(character)
            }
        }
        return isEscaped ? nil : text
    }
}
