import Text

extension Problem {
    /// The rule that a body breaks, and the place: `seats[3] must be a string`.
    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(invalid: context.codingPath + [key], "is missing")
        case .valueNotFound(_, let context):
            self.init(invalid: context.codingPath, "must not be null")
        case .typeMismatch(let type, let context):
            self.init(invalid: context.codingPath, "must be \(Self.name(of: type))")
        case .dataCorrupted(let context):
            let rule = (context.underlyingError as? InvalidValue)?.rule
            self.init(invalid: context.codingPath, rule ?? "is not valid")
        @unknown default:
            self.init(.invalidRequest)
        }
    }

    private init(invalid path: [any CodingKey], _ rule: String) {
        self.init(
            .invalidRequest, detail: path.isEmpty ? "The body \(rule)." : "\(BodyPlace.text(path)) \(rule).")
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any FixedWidthInteger.Type: "an integer"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [Any].Type, is any RandomAccessCollection.Type: "an array"
        default: "an object"
        }
    }
}

/// A value of the right type that breaks a rule, which the caller is told.
public struct InvalidValue: Error {
    /// Follows the value's name: "must be …".
    var rule: String

    /// The error for an initializer from a decoder to throw.
    public static func error(_ rule: String, at decoder: any Decoder) -> DecodingError {
        error(rule, at: decoder.codingPath)
    }

    static func error(_ rule: String, at path: [any CodingKey]) -> DecodingError {
        .dataCorrupted(
            DecodingError.Context(
                codingPath: path, debugDescription: rule, underlyingError: InvalidValue(rule: rule)))
    }
}
