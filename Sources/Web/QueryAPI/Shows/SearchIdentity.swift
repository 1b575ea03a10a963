import Domain
import PostgresViews
import Text

/// One search, whichever page of it: its cursors are no other's.
///
/// A cursor is `s`, a hash of the search and the place, and the fields of a ``ShowPlace`` with dots between. The hash finds
/// mistakes, not intent: a cursor that somebody made up leads to some other place of the same list, and to nothing that its
/// caller could not see anyway.
struct SearchIdentity: Equatable {
    private static let bytesMax = 256
    private let hash: UInt64

    /// - Parameter parameters: all that the search consists of.
    init(_ parameters: [(name: String, value: String)]) {
        // FNV-1a. The lengths keep two different lists from being the same bytes.
        hash = parameters.flatMap { [$0.name, $0.value] }.reduce(0xcbf2_9ce4_8422_2325) { Self.hash($1, after: $0) }
    }

    private static func hash(_ text: String, after hash: UInt64) -> UInt64 {
        (Array(String(text.utf8.count).utf8) + [0] + Array(text.utf8)).reduce(hash) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
    }

    func cursor(_ place: ShowPlace) -> String {
        let fields = "\(place.number).\(place.second).\(Base64URL.encode(place.text.utf8)).\(place.show)"
        let digits = String(Self.hash(fields, after: hash), radix: 16)
        return "s\(String(repeating: "0", count: 16 - digits.count))\(digits).\(fields)"
    }

    /// Nil for what is no cursor of this search.
    func place(_ cursor: String) -> ShowPlace? {
        let parts = cursor.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false)
        guard cursor.utf8.count <= Self.bytesMax, parts.count == 5,
            let number = Int64(parts[1]), let second = Int64(parts[2]),
            let text = Base64URL.decode(parts[3].utf8).flatMap({ String(validating: $0, as: UTF8.self) }),
            !text.utf8.contains(0), let show = ShowID(checking: String(parts[4]))
        else { return nil }
        let place = ShowPlace(number: number, second: second, text: text, show: show)
        // One place has one spelling, and one hash.
        return self.cursor(place) == cursor ? place : nil
    }
}
