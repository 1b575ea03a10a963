import Domain

/// An id as the key of a large dictionary: the dictionary grows without going through the text of all ids again.
struct HashedID<Kind>: Hashable {
    let id: Identifier<Kind>
    private let hash: Int

    init(_ id: Identifier<Kind>) {
        self.id = id
        hash = id.hashValue
    }

    static func == (a: Self, b: Self) -> Bool { a.hash == b.hash && a.id == b.id }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
