import Domain
import Testing

@testable import QueryAPI

@Suite struct `Places of tickets, in the words of their show` {
    private let indexes = PlaceIndexes()

    private func place(_ area: String, called name: String, type: String = "") throws -> TicketPlace {
        let floor = Area(areaID: AreaID(area), name: name, capacity: 9, category: "S")
        let ticket = OrderRecord.Ticket(
            ticketID: TicketID("o-1"), seat: nil, area: AreaID(area), fare: Fare(ticketType: type, price: 1),
            owner: UserID("ann"))
        return try indexes.index(of: ShowID("show"), payload: [], areas: [floor]).place(of: ticket)
    }

    @Test func `say what a ticket was sold as`() throws {
        #expect(
            try place("floor", called: "Floor", type: "child")
                == TicketPlace(area: AreaID("floor"), block: "Floor", category: "S", ticketType: "child"))
    }

    @Test func `are new when the show's areas change, though its plan stays`() throws {
        #expect(try place("floor", called: "Floor").block == "Floor")
        #expect(try place("floor", called: "Standing").block == "Standing")
    }
}
