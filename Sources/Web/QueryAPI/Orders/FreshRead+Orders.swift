import Domain
import EventLog
import HTTPServer
import Hummingbird
import Identity
import PostgresViews
import WebAPI

/// What somebody reads of an order or a ticket: their own, and the back office anybody's. For everybody else there is none.
extension FreshRead {
    /// The order in the path.
    ///
    /// - Throws: ``Problem/Code/orderNotFound``, and what a read throws.
    func order(
        _ reader: OrdersReader, _ request: Request, _ context: APIContext
    ) async throws -> (order: OrderRecord, isForStaff: Bool, token: LogPosition) {
        let caller = try context.requirePrincipal()
        let id = try context.pathID("id", as: OrderID.self, orElse: .orderNotFound)
        let isStaff = caller.mayAct(as: .support)
        let (order, token) = try await read(reader, for: request) { reader async throws(StoredViewError) in
            isStaff ? try await reader.order(id) : try await reader.order(id, of: caller.userID)
        }
        guard let order else { throw Problem(.orderNotFound, sequence: token) }
        return (order, isStaff, token)
    }

    /// The ticket in the path.
    ///
    /// - Parameter ownOnly: the back office, too, gets its own alone.
    /// - Throws: ``Problem/Code/ticketNotFound``, and what a read throws.
    func ticket(
        _ reader: OrdersReader, _ request: Request, _ context: APIContext, ownOnly: Bool = false
    ) async throws -> (ticket: OrdersReader.Ticket, isOwn: Bool, token: LogPosition) {
        let caller = try context.requirePrincipal()
        let id = try context.pathID("id", as: TicketID.self, orElse: .ticketNotFound)
        let seesAll = !ownOnly && caller.mayAct(as: .support)
        let ((ticket, isOwn), token) = try await read(reader, for: request) {
            reader async throws(StoredViewError) -> ((OrdersReader.Ticket?, Bool), LogPosition) in
            let (own, place) = try await reader.ticket(id, of: caller.userID)
            guard own == nil, seesAll else { return ((own, true), place) }
            let (anybodys, laterPlace) = try await reader.ticket(id)
            return ((anybodys, false), laterPlace)
        }
        guard let ticket else { throw Problem(.ticketNotFound, sequence: token) }
        return (ticket, isOwn, token)
    }
}
