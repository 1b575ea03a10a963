import Availability
import Catalogue
import Following
import Projection
import Deadlines
import MyHolds
import OpenPayments
import Orders
import ShowSearch
import Testing

@Suite struct `The catalogue of projections` {
    @Test func `names each once, and says where it lives`() {
        #expect(Set(Catalogue.all.map(\.name)).count == Catalogue.all.count)
        #expect(Catalogue.inMemory.count + Catalogue.stored.count == Catalogue.all.count)
        #expect(Catalogue.stored.map(\.name) == [OrdersFold.name, ShowSearchFold.name])
        for projection in Catalogue.inMemory {
            let view = projection.makeView()
            #expect(view?.name == projection.name)
            #expect(view?.formatVersion == projection.formatVersion)
            #expect(view?.checkpoint == 0)
        }
    }

    @Test func `gives a process the views of its roles, and no others`() {
        let queries = Views(for: [.query])
        #expect(queries.all.map(\.name) == ["availability", "my-holds", "venues", "waiting-lines", "waitlists", "sales", "organisations"])
        #expect(queries[Availability.self] != nil && queries[MyHolds.self] != nil)
        #expect(queries[OpenPayments.self] == nil && queries[Deadlines.self] == nil)
        #expect(Views(for: [.command, .query]).all.map(\.name) == Catalogue.inMemory.map(\.name))
        #expect(Views(for: []).all.isEmpty)
    }
}
