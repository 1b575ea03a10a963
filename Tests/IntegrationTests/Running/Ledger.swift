import Contract
import Domain
import EventLog
import PostgresEventLog
import Testing

/// What the log says, added up by a reading of its own: the numbers that every view must agree with. Reading it checks
/// that the log is whole, and that no seat ever has two owners.
struct Ledger {
    struct Show: Equatable {
        /// The hold on each seat, in plan order.
        var seats: [HoldID?] = []
        var guids: [String] = []
        var capacities: [AreaID: Int] = [:]
        var taken: [AreaID: Int] = [:]
        /// The sequence number of the show's last event.
        var version: Int64 = 0
        /// Its live holds.
        var holds: [HoldID: HoldPlaced] = [:]

        /// As `GET …/availability` has them.
        var statuses: String { String(decoding: seats.map { UInt8(ascii: $0 == nil ? "0" : "1") }, as: UTF8.self) }
        var held: Int { seats.count { $0 != nil } + taken.values.reduce(0, +) }

        func owner(of seat: String) -> UserID? {
            guids.firstIndex(of: seat).flatMap { seats[$0] }.flatMap { holds[$0]?.userID }
        }
    }

    struct Fault: Error, CustomStringConvertible {
        var position: Int64
        var description: String
    }

    private(set) var shows: [String: Show] = [:]
    /// The last sequence number.
    private(set) var head: Int64 = 0

    /// Reads the whole log. Throws a ``Fault`` at the first event that breaks a promise, or what ``LogCheck`` finds.
    init(reading log: PostgresEventLog) async throws {
        let sealed = try await log.sealedHead()
        var check = LogCheck()
        while head < sealed.position {
            for hashed in try await log.hashedEvents(after: head, limit: Int(min(5000, sealed.position - head))) {
                try check.next(hashed)
                try take(hashed.event)
                head = hashed.event.position
            }
        }
        try check.end(at: sealed)
    }

    /// Every live hold of a user, by id.
    func holds(of user: String) -> Set<String> {
        Set(shows.values.flatMap(\.holds.values).filter { $0.userID.rawValue == user }.map(\.holdID.rawValue))
    }

    private mutating func take(_ recorded: RecordedEvent) throws {
        func fault(_ what: String) -> Fault { Fault(position: recorded.position, description: what) }
        var show = shows[recorded.stream.rawValue, default: Show()]
        switch try recorded.event.decoded() {
        case .created(let created):
            guard show.version == 0 else { throw fault("a show is created twice") }
            show.guids = created.seatingPlan?.seats.map(\.guid) ?? []
            show.seats = show.guids.map { _ in nil }
            show.capacities = Dictionary(uniqueKeysWithValues: created.areas.map { ($0.areaID, $0.capacity) })
        case .holdPlaced(let hold):
            guard show.holds.updateValue(hold, forKey: hold.holdID) == nil else { throw fault("a hold is placed twice") }
            for seat in hold.seats {
                guard show.seats[seat.index] == nil else { throw fault("seat \(seat.guid) has two owners") }
                show.seats[seat.index] = hold.holdID
            }
            for area in hold.areas {
                show.taken[area.areaID, default: 0] += area.quantity
                guard show.taken[area.areaID, default: 0] <= show.capacities[area.areaID, default: 0] else {
                    throw fault("area \(area.areaID) is overbooked")
                }
            }
        case .holdReleased(let ended), .holdExpired(let ended):
            guard let hold = show.holds.removeValue(forKey: ended.holdID) else { throw fault("no such hold ends") }
            guard hold.seats.map(\.index) == ended.seatIndexes, hold.areas == ended.areas else {
                throw fault("a hold ends with other places than it had")
            }
            for index in ended.seatIndexes { show.seats[index] = nil }
            for area in ended.areas { show.taken[area.areaID, default: 0] -= area.quantity }
        }
        show.version = recorded.position
        shows[recorded.stream.rawValue] = show
    }
}

extension Cluster {
    /// The whole log, checked and added up.
    func ledger() async throws -> Ledger { try await Ledger(reading: log()) }

    /// Asks every node for the seat map of `show` as of the log's head, and compares it with what the log says.
    func expectAgreement(on show: String, of nodes: [Node], _ ledger: Ledger) async throws {
        let expected = try #require(ledger.shows[show])
        for node in nodes {
            let map = try await Caller(node: node).get(
                "/api/v1/shows/\(show)/availability", headers: ["Last-Seen-Sequence": "head", "Prefer": "wait=10"])
            #expect(map.status == 200, "\(node.name): \(map)")
            #expect(map.json["statuses"]?.text == expected.statuses, "on \(node.name)")
            #expect(map.json["held"]?.integer == Int64(expected.held), "on \(node.name)")
            #expect(try position(of: map.json["version"]?.text) == expected.version, "on \(node.name)")
        }
    }
}
