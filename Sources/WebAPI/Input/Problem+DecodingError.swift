import Foundation

extension Problem {
    /// What is wrong with a body, and where: `seats[3] must be a string`.
    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(invalid: context.codingPath + [key], "is missing")
        case .valueNotFound(_, let context):
            self.init(invalid: context.codingPath, "must not be null")
        case .typeMismatch(let type, let context):
            self.init(invalid: context.codingPath, "must be \(Self.name(of: type))")
        case .dataCorrupted(let context) where context.codingPath.isEmpty && context.underlyingError != nil:
            // The decoder's own words say where, and may quote what it found there; the place is enough.
            self.init(.invalidJSON, detail: "The body is not valid JSON\(Self.place(in: context)).")
        case .dataCorrupted(let context):
            self.init(invalid: context.codingPath, (context.underlyingError as? InvalidValue)?.rule ?? "is out of range")
        @unknown default:
            self.init(.invalidRequest)
        }
    }

    private init(invalid path: [any CodingKey], _ rule: String) {
        self.init(.invalidRequest, detail: path.isEmpty ? "The body \(rule)." : "\(Self.text(path)) \(rule).")
    }

    /// `areas.floor`, `seats[3]`. Keys are the caller's; only plain ones are repeated, and not at any length.
    private static func text(_ path: [any CodingKey]) -> String {
        path.prefix(JSONScan.depthMax).reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                let name = key.stringValue
                let isPlain = name.utf8.count <= 64 && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                text += (text.isEmpty ? "" : ".") + (isPlain ? name : "…")
            }
        }
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

    /// ` (line 1, column 12)`, from the decoder's underlying error where it says so.
    private static func place(in context: DecodingError.Context) -> String {
        guard let error = context.underlyingError as? CocoaError,
            let text = error.userInfo["NSDebugDescription"] as? String,
            let around = text.range(of: "around "),
            let end = text[around.upperBound...].firstIndex(of: ".")
        else { return "" }
        return " (\(text[around.upperBound..<end].prefix(40)))"
    }
}

/// A value of the right type that breaks a rule, which the caller is told.
struct InvalidValue: Error {
    /// Follows the value's name: "must be …".
    var rule: String

    static func error(_ rule: String, at decoder: any Decoder) -> DecodingError {
        .dataCorrupted(
            DecodingError.Context(
                codingPath: decoder.codingPath, debugDescription: rule, underlyingError: InvalidValue(rule: rule)))
    }
}
