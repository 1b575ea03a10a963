import Text

/// How problems name a place in a body: `areas.floor`, `seats[3]`.
enum BodyPlace {
    private static let nameBytesMax = 64

    /// Names are the caller's own: only plain ones are repeated, and not at any length.
    static func text(_ path: [any CodingKey]) -> String {
        path.prefix(JSONScan.depthMax).reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                let name = key.stringValue
                let isPlain = (1...nameBytesMax).contains(name.utf8.count) && name.unicodeScalars.allSatisfy(isPlain)
                text += (text.isEmpty ? "" : ".") + (isPlain ? name : "…")
            }
        }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
