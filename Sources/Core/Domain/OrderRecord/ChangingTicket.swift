/// What becomes of a ticket, the same for whoever keeps it: decisions and views.
protocol ChangingTicket {
    var owner: UserID { get set }
    var generation: Int { get set }
    var status: TicketStatus { get set }
    var scannedAt: Timestamp? { get set }
    var offeredTo: UserID? { get set }
}

extension ChangingTicket {
    mutating func apply(_ change: TicketChanged.Change) {
        switch change {
        case .offered(let user): offeredTo = user
        case .offerWithdrawn: offeredTo = nil
        case .accepted(let user, let generation):
            owner = user
            self.generation = generation
            offeredTo = nil
        case .listed: status = .listed
        case .unlisted: status = .valid
        }
    }

    mutating func scan(at time: Timestamp) {
        status = .scanned
        scannedAt = time
        offeredTo = nil
    }

    /// It is refunded or revoked, and on offer to nobody.
    mutating func goBack() {
        status = .returned
        offeredTo = nil
    }
}
