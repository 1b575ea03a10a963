import Domain
import PostgresViews
import Text

/// One search, whichever page of it: its cursors are no other's.
///
/// A cursor is `s`, a hash of the search, and the fields of a ``ShowPlace`` with dots between. Nobody vouches for it: one
/// that was made up leads to some other place of the same list, and to nothing that its caller could not see anyway.
struct SearchIdentity: Equatable {
    private static let bytesMax = 256
    private let hash: String

    /// - Parameter parameters: all that the search consists of.
    init(_ parameters: [(name: String, value: String)]) {
        // FNV-1a. The lengths keep two different lists from being the same bytes.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for text in parameters.flatMap({ [$0.name, $0.value] }) {
            for byte in Array(String(text.utf8.count).utf8) + [0] + Array(text.utf8) {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        let digits = String(hash, radix: 16)
        self.hash = String(repeating: "0", count: 16 - digits.count) + digits
    }

    func cursor(_ place: ShowPlace) -> String {
        "s\(hash).\(place.number).\(place.second).\(Base64URL.encode(place.text.utf8)).\(place.show)"
    }

    /// Nil for what is no cursor of this search.
    func place(_ cursor: String) -> ShowPlace? {
        let parts = cursor.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false)
        guard cursor.utf8.count <= Self.bytesMax, parts.count == 5, parts[0] == "s\(hash)",
            let number = Int64(parts[1]), let second = Int64(parts[2]),
            let text = Base64URL.decode(parts[3].utf8).flatMap({ String(validating: $0, as: UTF8.self) }),
            !text.utf8.contains(0), let show = ShowID(checking: String(parts[4]))
        else { return nil }
        let place = ShowPlace(number: number, second: second, text: text, show: show)
        // One place has one spelling.
        return self.cursor(place) == cursor ? place : nil
    }
}
