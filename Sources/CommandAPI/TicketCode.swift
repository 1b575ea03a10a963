public import Domain

/// What a ticket's code says, once its signature was found to be good.
public struct TicketCode: Equatable, Sendable {
    public var ticketID: TicketID
    /// Raised whenever the ticket changes hands, so that a code of the last owner is no good any more.
    public var generation: Int

    /// Longer codes are not looked at; ours have about 300 bytes.
    static let bytesMax = 2048

    public init(ticketID: TicketID, generation: Int) {
        self.ticketID = ticketID
        self.generation = generation
    }
}

/// Checks a code's signature and reads it; nil: it is none of ours.
public typealias TicketCodeReader = @Sendable (_ code: String) async -> TicketCode?
