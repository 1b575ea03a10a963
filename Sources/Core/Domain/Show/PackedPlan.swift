/// A seating plan in the form that events and views keep it in: one block of bytes, less than half the size of the tree.
public struct PackedPlan: Equatable, Sendable {
    /// In the format of the log. Equal plans have equal bytes.
    public let bytes: [UInt8]
    public let seatCount: Int
    private let unpack: @Sendable ([UInt8]) -> SeatingPlan

    /// - Parameters:
    ///   - bytes: a plan, found to be one.
    ///   - unpack: the plan that they stand for.
    public init(bytes: [UInt8], seatCount: Int, unpack: @escaping @Sendable ([UInt8]) -> SeatingPlan) {
        self.bytes = bytes
        self.seatCount = seatCount
        self.unpack = unpack
    }

    /// The plan. Costly: it is made anew every time.
    public func unpacked() -> SeatingPlan { unpack(bytes) }

    public static func == (a: Self, b: Self) -> Bool { a.bytes == b.bytes }
}

/// A show's seating plan as somebody sent it, or as the log has it.
public enum KeptPlan: Equatable, Sendable {
    case unpacked(SeatingPlan)
    case packed(PackedPlan)

    public var seatCount: Int {
        switch self {
        case .unpacked(let plan): plan.seatCount
        case .packed(let plan): plan.seatCount
        }
    }

    /// The plan. Costly if it is packed: it is made anew every time.
    public func unpacked() -> SeatingPlan {
        switch self {
        case .unpacked(let plan): plan
        case .packed(let plan): plan.unpacked()
        }
    }

    /// The same plan, packed or not.
    public static func == (a: Self, b: Self) -> Bool {
        if case (.packed(let a), .packed(let b)) = (a, b) { return a == b }
        return a.unpacked() == b.unpacked()
    }
}
