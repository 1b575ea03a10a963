/// What a seat is; the digit of the seat map.
public enum SeatStatus: UInt8, Equatable, Sendable {
    case available = 0
    case held = 1
    case sold = 2
    case blocked = 3
    /// Sold, and offered by its owner to whoever wants it.
    case resale = 4
}
