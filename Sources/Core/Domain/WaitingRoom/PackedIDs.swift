/// Ids by the order in which they came, one after the other in memory, and where each is.
///
/// A room has a million of each kind. As values of their own, in a dictionary, they would take three times as much.
public struct PackedIDs<Kind>: Sendable {
    private var bytes: [UInt8] = []
    /// Where each id ends in ``bytes``.
    private var ends: [UInt32] = []
    /// Open addressing with linear probing, at most half full: 1 more than an id's place, 0 for none.
    private var slots: [UInt32] = Array(repeating: 0, count: 16)

    public init() {}

    public var count: Int { ends.count }
    public var indices: Range<Int> { 0..<count }

    /// The id at a place, from 0 to ``count`` - 1.
    public subscript(place: Int) -> Identifier<Kind> {
        Identifier(String(decoding: bytes[range(place)], as: UTF8.self))
    }

    /// Where the id is; nil: it is not.
    public func place(of id: Identifier<Kind>) -> Int? { id.withBytes(find).place }

    /// Calls `use` with the characters of the id at `place`.
    public func withID(_ place: Int, _ use: (UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { use(UnsafeRawBufferPointer(rebasing: $0[range(place)])) }
    }

    /// Puts an id at the end that is not there yet. Returns its place.
    @discardableResult
    public mutating func append(_ id: Identifier<Kind>) -> Int {
        if 2 * (count + 1) > slots.count { grow() }
        let slot = id.withBytes(find).slot
        slots[slot] = UInt32(count + 1)
        id.withBytes { bytes.append(contentsOf: $0) }
        ends.append(UInt32(bytes.count))
        return count - 1
    }

    /// Takes the last id away. Nothing stands behind it in its row of slots, since nothing was put in later.
    mutating func removeLast() {
        let last = count - 1
        let slot = bytes.withUnsafeBytes { find(UnsafeRawBufferPointer(rebasing: $0[range(last)])) }.slot
        slots[slot] = 0
        bytes.removeLast(range(last).count)
        ends.removeLast()
    }

    private func range(_ place: Int) -> Range<Int> { (place == 0 ? 0 : Int(ends[place - 1]))..<Int(ends[place]) }

    /// Where an id is, and the slot that says so or would.
    private func find(_ id: UnsafeRawBufferPointer) -> (slot: Int, place: Int?) {
        var slot = hash(id) & (slots.count - 1)
        return bytes.withUnsafeBytes { bytes in
            while slots[slot] != 0 {
                let place = Int(slots[slot]) - 1
                if bytes[range(place)].elementsEqual(id) { return (slot, place) }
                slot = (slot + 1) & (slots.count - 1)
            }
            return (slot, nil)
        }
    }

    private mutating func grow() {
        let mask = 2 * slots.count - 1
        var grown: [UInt32] = Array(repeating: 0, count: mask + 1)
        bytes.withUnsafeBytes { bytes in
            for place in ends.indices {
                var slot = hash(UnsafeRawBufferPointer(rebasing: bytes[range(place)])) & mask
                while grown[slot] != 0 { slot = (slot + 1) & mask }
                grown[slot] = UInt32(place + 1)
            }
        }
        slots = grown
    }

    /// Seeded by the process, so nobody can choose ids that collide.
    private func hash(_ id: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: id)
        return hasher.finalize()
    }
}

extension Identifier {
    /// No method of the packed ids: they would be copied where `use` appends to them.
    fileprivate func withBytes<R>(_ use: (UnsafeRawBufferPointer) -> R) -> R {
        var text = rawValue
        return text.withUTF8 { use(UnsafeRawBufferPointer($0)) }
    }
}
