import Testing

/// Users who hold a seat and then look at My Holds at once, on every node: with the token they were given, as header or as
/// cookie, or at the log's head. They must never miss a hold, nor see one that they gave back.
struct Shoppers {
    private let cluster: Cluster
    private let sellers: [Node]
    private let readers: [Node]
    private static let path = "/api/v1/me/holds"
    /// More, and the oldest is given back.
    private static let holdsMax = 4

    init(_ cluster: Cluster, buyingAt sellers: [Node], readingAt readers: [Node]) {
        self.cluster = cluster
        self.sellers = sellers
        self.readers = readers
    }

    /// Every shopper does so many rounds, one after the other, in a row of a show of their own. Returns the show.
    @discardableResult
    func shop(shoppers: Int, rounds: Int) async throws -> String {
        let show = try await cluster.create(SampleShow(rows: shoppers, seatsPerRow: rounds), at: sellers[0])
        try await withThrowingTaskGroup { tasks in
            for row in 1...shoppers { tasks.addTask { try await shop(in: show, row: row, rounds: rounds) } }
            try await tasks.waitForAll()
        }
        return show
    }

    private func shop(in show: String, row: Int, rounds: Int) async throws {
        let user = try await cluster.user(at: sellers[row % sellers.count])
        var holds: [String] = []
        for round in 1...rounds {
            let placed = try await user.post("/api/v1/shows/\(show)/holds", Hold.seats("\(row)-\(round)"))
            try #require(placed.status == 201, "\(placed)")
            holds.append(try #require(placed.json["holdId"]?.text))
            try await refresh(user, after: placed, expecting: holds, round: row + round)
            guard holds.count > Self.holdsMax else { continue }
            let released = try await user.at(sellers[round % sellers.count]).delete(
                "/api/v1/holds/\(holds.removeFirst())")
            try #require(released.status == 204, "\(released)")
            if round.isMultiple(of: 5) {
                try await refresh(user, after: released, expecting: holds, round: row + round)
            }
        }
    }

    /// Looks at the user's holds on every node.
    ///
    /// - Parameters:
    ///   - answer: what told the user, or somebody else, of the last change.
    ///   - round: which node is asked in which way.
    func refresh(_ user: Caller, after answer: Answer, expecting holds: [String], round: Int) async throws {
        let token = try #require(answer.sequence)
        let cookie = try #require(answer.cookie)
        let ways = [["Last-Seen-Sequence": token], ["Cookie": "theme=dark; \(cookie)"], ["Last-Seen-Sequence": "head"]]
        for (index, node) in readers.enumerated() {
            let headers = ways[(round + index) % ways.count]
            let mine = try await user.at(node).get(Self.path, headers: headers)
            try #require(mine.status == 200, "on \(node.name): \(mine)")
            let listed = mine.json["holds"]?.list?.compactMap { $0["holdId"]?.text } ?? []
            try #require(Set(listed) == Set(holds), "on \(node.name), by \(headers): \(mine)")
            #expect(try position(of: mine.sequence) >= position(of: token))
        }
    }
}
