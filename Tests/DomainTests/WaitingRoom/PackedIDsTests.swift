@testable import Domain
import SeededRandom
import Testing

@Suite struct `Packed ids` {
    @Test(arguments: 1...20)
    func `are a list and a dictionary`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var packed = PackedIDs<EntryKind>()
        var list: [EntryID] = []
        for _ in 0..<600 {
            let id = EntryID(
                "e\(random.next() % 400)\(random.next() % 2 == 0 ? "" : String(repeating: "ö", count: 20))")
            #expect(packed.place(of: id) == list.firstIndex(of: id))
            if random.next() % 4 == 0, !list.isEmpty {
                packed.removeLast()
                list.removeLast()
            } else if packed.place(of: id) == nil {
                #expect(packed.append(id) == list.count)
                list.append(id)
            }
            #expect(packed.count == list.count)
        }
        #expect(list.indices.map { packed[$0] } == list)
        for (place, id) in list.enumerated() {
            #expect(packed.place(of: id) == place)
            packed.withID(place) { #expect(Array($0) == Array(id.rawValue.utf8)) }
        }
    }

    /// With a copy for each of them this would take minutes.
    @Test(.timeLimit(.minutes(1))) func `are not copied when one is added`() {
        var packed = PackedIDs<UserKind>()
        for number in 0..<200_000 { packed.append(UserID("user-\(1_000_000_000_000 + number)")) }
        #expect(packed.place(of: UserID("user-1000000199999")) == 199_999)
    }
}
