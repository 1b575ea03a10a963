public import Domain
import Foundation
public import Hummingbird
import HummingbirdCore

/// The parameters of a URL's query, bounded.
public struct QueryParameters: Sendable {
    /// Cursors are ours, and short.
    static let cursorBytesMax = 256

    private let values: FlatDictionary<Substring, Substring>

    public init(_ request: Request) { values = request.uri.queryParameters }

    /// A whole number; `standard` where it is not given.
    ///
    /// - Throws: ``Problem/Code/invalidRequest`` where it is not one, or not in `range`.
    public func integer(_ name: String, in range: ClosedRange<Int>, standard: Int) throws(Problem) -> Int {
        guard let text = try single(name) else { return standard }
        guard text.utf8.count <= 20, let number = Int(text), range.contains(number) else {
            throw Problem(
                .invalidRequest, detail: "\(name) must be a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// How many elements a page of a list may have: 1 to 100, 50 where it is not given.
    ///
    /// - Throws: ``Problem/Code/invalidRequest`` where it is not such a number.
    public func pageLimit() throws(Problem) -> Int { try integer("limit", in: 1...100, standard: 50) }

    /// Where a list goes on: what the last page gave, verbatim; nil for the first page.
    ///
    /// - Throws: ``Problem/Code/invalidRequest`` where it can't be one.
    public func cursor(_ name: String = "cursor") throws(Problem) -> String? {
        guard let text = try single(name) else { return nil }
        guard (1...Self.cursorBytesMax).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw Problem(.invalidRequest, detail: "\(name) must be one that a list gave.") }
        return text
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

extension APIContext {
    /// An id from the path, such as `{id}`.
    ///
    /// - Parameter code: what to say where the text can't be an id: that there is no such thing.
    public func pathID<Kind>(
        _ name: String, as type: Identifier<Kind>.Type, orElse code: Problem.Code
    ) throws(Problem) -> Identifier<Kind> {
        // The router leaves the path as it came.
        guard let text = parameters[name[...]].map(String.init),
            let decoded = text.utf8.contains(UInt8(ascii: "%")) ? text.removingPercentEncoding : text,
            let id = Identifier<Kind>(checking: decoded)
        else { throw Problem(code) }
        return id
    }
}
