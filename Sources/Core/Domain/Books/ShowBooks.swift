/// What a show's orders and tickets came to, folded from its stream alone: for reports that say the same of the same
/// place in the log for ever, on any node.
public struct ShowBooks: Sendable {
    public struct Ticket: Equatable, Sendable {
        public var ticketID: TicketID
        public var order: OrderRecord
        /// As its order has it.
        public var record: OrderRecord.Ticket
        public var place: TicketPlace
        /// Minor units.
        public var price: Int64
        /// The channel that it was bought through; empty: none.
        public var channel: String
    }

    /// Tickets of one kind: what was sold of them, and what of that went back.
    public struct Sales: Equatable, Sendable {
        public var category: String
        public var ticketType: String
        public var channel: String
        /// Minor units.
        public var price: Int64
        public var sold = 0
        /// Refunded or revoked.
        public var returned = 0
        public var resold = 0

        public var left: Int { sold - returned - resold }
    }

    private var state = ShowState()
    private var records: [OrderID: OrderRecord] = [:]
    private var started: [OrderID] = []
    private var channels = BooksOfChannels()

    public init() {}

    /// Nil: there is no show.
    public var show: ShowCreated? { state.layout?.show }

    public mutating func apply(_ event: ShowEvent, of show: ShowID, at position: Int64) {
        channels.apply(event, on: state)
        state.evolve(event)
        if case .order(.started(let start)) = event {
            records[start.orderID] = OrderRecord(start, show: show, at: position)
            started.append(start.orderID)
            return
        }
        for id in OrderRecord.ids(in: event) { records[id]?.apply(event, at: position) }
    }

    /// In the order in which they were started.
    public var orders: some Sequence<OrderRecord> { started.lazy.compactMap { records[$0] } }

    /// By order, in the order in which those were started.
    public var tickets: some Sequence<Ticket> { started.lazy.flatMap { tickets(of: $0) } }

    private func tickets(of id: OrderID) -> [Ticket] {
        guard let order = records[id], let known = state.orders[id] else { return [] }
        return zip(order.tickets, known.tickets).enumerated().map { index, ticket in
            Ticket(
                ticketID: ticket.0.ticketID, order: order, record: ticket.0, place: state.place(of: ticket.1),
                price: ticket.1.price, channel: channels.channel(ofTicket: index + 1, of: id))
        }
    }

    /// By category, ticket type, channel and price.
    public var sales: [Sales] {
        struct Kind: Hashable {
            var category: String
            var ticketType: String
            var channel: String
            var price: Int64
        }
        var sales: [Kind: Sales] = [:]
        for ticket in tickets {
            let kind = Kind(
                category: ticket.place.category, ticketType: ticket.place.ticketType, channel: ticket.channel,
                price: ticket.price)
            var row =
                sales[kind]
                ?? Sales(
                    category: kind.category, ticketType: kind.ticketType, channel: kind.channel, price: kind.price)
            row.sold += 1
            switch ticket.record.status {
            case .returned: row.returned += 1
            case .resold: row.resold += 1
            case .valid, .listed, .scanned, .outside, .suspended: break
            }
            sales[kind] = row
        }
        return sales.values.sorted {
            ($0.category, $0.ticketType, $0.channel, $0.price) < ($1.category, $1.ticketType, $1.channel, $1.price)
        }
    }
}
