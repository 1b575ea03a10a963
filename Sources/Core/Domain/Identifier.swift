/// An opaque id as it appears in URLs, events and the log: 1 to 64 visible ASCII characters.
///
/// `Kind` only keeps ids of different things apart; it has no values.
public struct Identifier<Kind>: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Most characters an id may have.
    public static var lengthMax: Int { 64 }

    public let rawValue: String

    /// For ids that this system made or already checked. Ids from outside go through ``init(checking:)``.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// Nil unless `text` is 1 to ``lengthMax`` visible ASCII characters (0x21 to 0x7E). A show's id also has no colon:
    /// it is the name of the show's stream, and a colon there separates a category (see ``StreamID``).
    public init?(checking text: String) {
        let bytes = text.utf8
        guard (1...Self.lengthMax).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }),
            Kind.self != ShowKind.self || !bytes.contains(UInt8(ascii: ":"))
        else { return nil }
        rawValue = text
    }

    public var description: String { rawValue }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What somebody places on a show.
public protocol PlacedOnShow {}

public enum ShowKind {}
public enum HoldKind: PlacedOnShow {}
public enum UserKind {}
public enum AreaKind {}
public enum OrderKind: PlacedOnShow {}
public enum WaitlistEntryKind: PlacedOnShow {}
public enum TicketKind {}
public enum RefundKind {}
/// A person's place in the waiting room of a show.
public enum EntryKind: PlacedOnShow {}

public typealias ShowID = Identifier<ShowKind>
public typealias HoldID = Identifier<HoldKind>
public typealias UserID = Identifier<UserKind>
public typealias AreaID = Identifier<AreaKind>
public typealias OrderID = Identifier<OrderKind>
public typealias WaitlistEntryID = Identifier<WaitlistEntryKind>
public typealias TicketID = Identifier<TicketKind>
public typealias RefundID = Identifier<RefundKind>
public typealias EntryID = Identifier<EntryKind>

extension Identifier<ShowKind> {
    /// The id of the show that `command` creates: the first ten bytes of its id in base 32, so that a retried command
    /// creates the same show.
    public init(createdBy command: CommandID) { self.init(Base32.encode(command.bytes.prefix(10))) }
}

extension Identifier where Kind: PlacedOnShow {
    /// The id of what `command` places: it starts with its show's id, so a hold or an order finds its stream without a
    /// look-up, and repeats when the command is retried.
    public init(on show: ShowID, placedBy command: CommandID) {
        self.init("\(show.rawValue)-\(Base32.encode(command.bytes))")
    }

    /// The show this belongs to; nil when the id was not made by ``init(on:placedBy:)``.
    public var show: ShowID? { beforeLastDash.flatMap(ShowID.init(checking:)) }

    /// The command that placed this; nil when the id was not made by ``init(on:placedBy:)``.
    public var command: CommandID? {
        guard let dash = rawValue.lastIndex(of: "-"), let bytes = Base32.decode(rawValue[dash...].dropFirst()),
            bytes.count == 16
        else { return nil }
        return CommandID(bytes: bytes)
    }
}

extension Identifier<TicketKind> {
    /// The ticket with this number, from 1, of an order.
    public init(_ number: Int, of order: OrderID) { self.init("\(order.rawValue)-\(number)") }

    /// The order that brought the ticket into being; nil when the id was not made by ``init(_:of:)``.
    public var order: OrderID? { beforeLastDash.flatMap(OrderID.init(checking:)) }

    /// The ticket's number in its order, from 1.
    public var number: Int? {
        guard let dash = rawValue.lastIndex(of: "-"), let number = Int(rawValue[dash...].dropFirst()), number > 0,
            rawValue.hasSuffix("-\(number)")
        else { return nil }
        return number
    }
}

extension Identifier<RefundKind> {
    /// The refund with this number, from 1, of an order.
    init(_ number: Int, of order: OrderID) { self.init("\(order.rawValue)-r\(number)") }

    /// The refund's number in its order; nil when the id was not made by ``init(_:of:)``, or nobody gives that many back.
    var number: Int? {
        guard let dash = rawValue.lastIndex(of: "-"), rawValue[dash...].hasPrefix("-r"),
            let number = Int32(rawValue[dash...].dropFirst(2)), number > 0
        else { return nil }
        return Int(number)
    }

    /// The refund of what was charged for an order without a sale.
    public init(ofStrayCharge order: OrderID) { self.init(0, of: order) }
}

extension Identifier {
    fileprivate var beforeLastDash: String? {
        rawValue.utf8.lastIndex(of: UInt8(ascii: "-")).map { String(rawValue[..<$0]) }
    }
}
