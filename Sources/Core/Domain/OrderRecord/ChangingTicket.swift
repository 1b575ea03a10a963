/// What becomes of a ticket, the same for whoever keeps it: decisions and views.
protocol ChangingTicket {
    var owner: UserID { get set }
    var generation: Int { get set }
    var status: TicketStatus { get set }
    /// The ways through the door that stand, the oldest first.
    var passes: [DoorPass] { get set }
    var offeredTo: UserID? { get set }
}

extension ChangingTicket {
    /// The last entry that stands; nil: nobody was let in with the ticket.
    var lastEntry: DoorPass? { passes.last { $0.direction == .entry } }

    /// Its place is somebody's, whether or not the ticket may be used now.
    var isSomebodys: Bool { [.valid, .listed, .scanned, .outside, .suspended].contains(status) }

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

    mutating func pass(_ scan: TicketScanned) {
        passes.append(scan.pass)
        status = scan.pass.direction == .entry ? .scanned : .outside
        offeredTo = nil
    }

    /// Takes the last way through the door back. An offer that the scan ended stays ended.
    mutating func undoPass() {
        guard status == .scanned || status == .outside, !passes.isEmpty else { return }
        passes.removeLast()
        status = statusByPasses
    }

    mutating func suspend() {
        status = .suspended
        offeredTo = nil
    }

    /// It is what it was before it was suspended.
    mutating func restore() { status = statusByPasses }

    /// What the ways through the door make of it.
    private var statusByPasses: TicketStatus {
        switch passes.last?.direction {
        case .entry: .scanned
        case .exit: .outside
        case nil: .valid
        }
    }

    /// It is refunded or revoked, and on offer to nobody.
    mutating func goBack() {
        status = .returned
        offeredTo = nil
    }
}
