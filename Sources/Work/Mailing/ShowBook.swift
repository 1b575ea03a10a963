import Contract
import Domain
import EventLog
import Notices

/// What notices say of shows and organisations, as the log has it now.
actor ShowBook {
    private static let showsMax = 256
    /// Of all shows that are remembered; each takes some hundred bytes.
    private static let seatsMax = 200_000
    private static let organisationsMax = 1_000
    private static let pageEvents = 1_000

    private let log: any EventReader
    private var shows: [ShowID: (facts: ShowFacts, version: Int64)] = [:]
    /// Those of `shows`, the longest unused first.
    private var order: [ShowID] = []
    private var organisations: [OrganisationID: String] = [:]
    /// Raised with every change that is heard of.
    private var changes = 0

    init(log: any EventReader) { self.log = log }

    /// Takes in an event of the log, each in turn: what is remembered stays what the log has.
    func note(_ recorded: RecordedEvent) throws {
        guard let show = ShowID(recorded.stream), ShowFacts.eventTypes.contains(recorded.event.type) else { return }
        changes += 1
        guard let known = shows[show], known.version < recorded.streamVersion else { return }
        var facts = known.facts
        facts.apply(try ShowState.codec.decode(recorded.event))
        shows[show] = (facts, recorded.streamVersion)
    }

    /// A show as it is now; nil: there is none.
    func show(_ id: ShowID) async throws -> ShowFacts? {
        if let known = shows[id] {
            order.removeAll { $0 == id }
            order.append(id)
            return known.facts
        }
        let changes = changes
        guard let (facts, version) = try await read(id, until: .max) else { return nil }
        // A change meanwhile may be missing.
        if changes == self.changes { remember(facts, version) }
        return facts
    }

    /// A show as it was before an event of its own; nil: there was none.
    func show(_ id: ShowID, before version: Int64) async throws -> ShowFacts? {
        try await read(id, until: version - 1)?.facts
    }

    /// What an organisation is called; nil: there is none.
    func name(of organisation: OrganisationID) async throws -> String? {
        if let name = organisations[organisation] { return name }
        let stream = StreamID(OrganisationState.category, organisation.rawValue)
        guard let first = try await log.events(of: stream, after: 0, limit: 1).first,
            case .created(let created) = try OrganisationState.codec.decode(first.event)
        else { return nil }
        if organisations.count >= Self.organisationsMax { organisations = [:] }
        organisations[organisation] = created.name
        return created.name
    }

    private func remember(_ facts: ShowFacts, _ version: Int64) {
        shows[facts.showID] = (facts, version)
        order.removeAll { $0 == facts.showID }
        order.append(facts.showID)
        var seats = shows.values.reduce(0) { $0 + $1.facts.seats.count }
        while order.count > Self.showsMax || (seats > Self.seatsMax && order.count > 1) {
            seats -= shows.removeValue(forKey: order.removeFirst())?.facts.seats.count ?? 0
        }
    }

    /// Folds a show's stream. Most of its events say nothing of this, and are not decoded.
    private func read(_ id: ShowID, until last: Int64) async throws -> (facts: ShowFacts, version: Int64)? {
        var facts: ShowFacts?
        var version: Int64 = 0
        while version < last {
            let page = try await log.events(of: StreamID(id), after: version, limit: Self.pageEvents)
            for recorded in page where recorded.streamVersion <= last {
                version = recorded.streamVersion
                guard ShowFacts.eventTypes.contains(recorded.event.type) else { continue }
                let event = try ShowState.codec.decode(recorded.event)
                if case .created(let created) = event { facts = ShowFacts(created) } else { facts?.apply(event) }
            }
            guard page.count == Self.pageEvents else { break }
        }
        return facts.map { ($0, version) }
    }
}
