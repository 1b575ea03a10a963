import Foundation
import Text

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
        case .dataCorrupted(let context):
            if let value = context.underlyingError as? InvalidValue {
                self.init(invalid: context.codingPath, value.rule)
            } else if context.codingPath.isEmpty {
                // The text is JSON (see JSONScan), so this is a number; Foundation does not say which.
                self.init(
                    .invalidRequest, detail: "A number in the body is out of range, or must be whole and is not.")
            } else {
                self.init(invalid: context.codingPath, "is not valid")
            }
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
}

/// A value of the right type that breaks a rule, which the caller is told.
public struct InvalidValue: Error {
    /// Follows the value's name: "must be …".
    var rule: String

    /// What an initializer from a decoder throws.
    public static func error(_ rule: String, at decoder: any Decoder) -> DecodingError {
        .dataCorrupted(
            DecodingError.Context(
                codingPath: decoder.codingPath, debugDescription: rule, underlyingError: InvalidValue(rule: rule)))
    }
}
