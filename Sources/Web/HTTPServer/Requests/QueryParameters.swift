public import Hummingbird
import HummingbirdCore

/// The parameters of a URL's query, bounded.
public struct QueryParameters: Sendable {
    private let values: FlatDictionary<Substring, Substring>

    public init(_ request: Request) { values = request.uri.queryParameters }

    /// A whole number; `default` where it is not given.
    ///
    /// - Throws: ``Problem/Code/invalidRequest`` where it is not one, or not in `range`.
    public func integer(_ name: String, in range: ClosedRange<Int>, default: Int) throws(Problem) -> Int {
        guard let text = try single(name) else { return `default` }
        guard text.utf8.count <= 20, let number = Int(text), range.contains(number) else {
            throw Problem(
                .invalidRequest, detail: "\(name) must be a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// How many elements a page of a list may have: 1 to 100, 50 where it is not given.
    ///
    /// - Throws: ``Problem/Code/invalidRequest`` where it is not such a number.
    public func pageLimit() throws(Problem) -> Int { try integer("limit", in: 1...100, default: 50) }

    /// Where a list goes on: the place that the `nextCursor` of the page before stands for; nil for the first page.
    ///
    /// - Parameter place: reads a cursor of this list; nil where the list can't have given it.
    /// - Throws: ``Problem/Code/invalidRequest`` where it is no cursor of the list.
    public func cursor<Place>(_ place: (PageCursor) -> Place?) throws(Problem) -> Place? {
        guard let text = try single("cursor") else { return nil }
        guard let cursor = PageCursor(text), let place = place(cursor) else { throw .invalidCursor }
        return place
    }

    /// The value as it is, decoded; nil where it is not given.
    ///
    /// - Throws: ``Problem/Code/invalidRequest`` where it is given twice.
    public func single(_ name: String) throws(Problem) -> String? {
        let all = values[values: name[...]]
        guard all.count <= 1 else { throw Problem(.invalidRequest, detail: "\(name) is given more than once.") }
        return all.first.map(String.init)
    }
}

/// Where a list goes on after a page: `position`, or `position.element`.
public struct PageCursor: Equatable, Sendable, CustomStringConvertible {
    /// Cursors are the lists' own, and short.
    private static let bytesMax = 256

    /// Of the page's last element, in the order of the list; not negative.
    public var position: Int64
    /// Tells apart elements of one position.
    public var element: String?

    public init(_ position: Int64, element: String? = nil) {
        self.position = position
        self.element = element
    }

    /// Reads what ``description`` writes; nil for anything else.
    init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let position = parts.first.flatMap({ Int64($0) }), position >= 0 else { return nil }
        self.init(position, element: parts.count > 1 ? String(parts[1]) : nil)
    }

    public var description: String { "\(position)" + (element.map { ".\($0)" } ?? "") }
}

extension Problem {
    /// A cursor that the list can't have given.
    public static let invalidCursor = Problem(.invalidRequest, detail: "cursor must be one that a list gave.")
}
