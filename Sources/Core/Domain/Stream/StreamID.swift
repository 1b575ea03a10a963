/// The name of one stream of the log: at most 64 visible ASCII characters.
///
/// A show's stream has the bare id of the show. The stream of any other aggregate is called `category:id`. The id of a
/// show never contains a colon, so two categories never share a stream.
public struct StreamID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as the log stores it.
    public let rawValue: String

    /// A name that this system made, or that the log already holds.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// The longest name, in characters.
    public static let lengthMax = 64

    /// A name from outside; nil unless it is 1 to ``lengthMax`` visible ASCII characters (0x21 to 0x7E).
    public init?(checking text: String) {
        let bytes = text.utf8
        guard (1...Self.lengthMax).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        rawValue = text
    }

    /// The stream of the aggregate with this id.
    public init(_ category: StreamCategory, _ id: String) {
        rawValue = category == .show ? id : "\(category.name):\(id)"
    }

    /// The stream of a show.
    public init(_ show: ShowID) { rawValue = show.rawValue }

    /// It is the stream of a show: its name has no category.
    public var isOfShow: Bool { !rawValue.utf8.contains(UInt8(ascii: ":")) }

    /// Which kind of aggregate the stream belongs to.
    public var category: StreamCategory {
        guard let colon = rawValue.utf8.firstIndex(of: UInt8(ascii: ":")) else { return .show }
        return StreamCategory(String(rawValue[..<colon]))
    }

    /// The aggregate's id: the name without its category.
    public var id: String {
        guard let colon = rawValue.utf8.firstIndex(of: UInt8(ascii: ":")) else { return rawValue }
        return String(rawValue[rawValue.utf8.index(after: colon)...])
    }

    public var description: String { rawValue }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A kind of aggregate, as it stands in front of a stream's name.
public struct StreamCategory: Hashable, Sendable, CustomStringConvertible {
    /// Lower-case letters and hyphens; never a colon.
    public let name: String

    public init(_ name: String) { self.name = name }

    /// Shows. Their streams carry no category in their name.
    public static let show = StreamCategory("show")

    public var description: String { name }
}

extension Identifier<ShowKind> {
    /// The show whose stream this is; nil for a stream of another category.
    public init?(_ stream: StreamID) {
        guard stream.isOfShow else { return nil }
        self.init(stream.rawValue)
    }
}
