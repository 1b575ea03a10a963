/// Sequence numbers of changes, one a seat: in four bytes each, as the distance from the first. The first that is 2³² or
/// more away, or comes before it, makes them eight each.
public struct ChangePositions: RandomAccessCollection, Sendable {
    private let first: Int64
    private var near: [UInt32]
    /// Instead of `near`, since one was too far from `first`.
    private var far: [Int64] = []

    /// - Parameter position: every seat's.
    init(count: Int, at position: Int64) {
        first = position
        near = Array(repeating: 0, count: count)
    }

    /// - Parameter first: what most are not much larger than.
    init(_ positions: [Int64], from first: Int64) {
        self.init(count: positions.count, at: first)
        for (index, position) in positions.enumerated() { self[index] = position }
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { Swift.max(near.count, far.count) }

    public internal(set) subscript(index: Int) -> Int64 {
        get { far.isEmpty ? first + Int64(near[index]) : far[index] }
        set {
            if far.isEmpty {
                let (offset, overflow) = newValue.subtractingReportingOverflow(first)
                if !overflow, let offset = UInt32(exactly: offset) {
                    near[index] = offset
                    return
                }
                (far, near) = (Array(self), [])
            }
            far[index] = newValue
        }
    }

    /// The seats that have changed after `position`.
    public func indices(after position: Int64) -> [Int] { indices.filter { self[$0] > position } }
}
