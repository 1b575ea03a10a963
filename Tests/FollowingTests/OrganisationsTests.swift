import Domain
import EventLog
import Organisations
import Projection
import Testing

@Suite struct `The view of organisations` {
    private let at = Timestamp(microseconds: 5)
    private let acme = OrganisationID("acme")
    private let ann = UserID("ann")

    private func fold(_ events: [(OrganisationID, OrganisationEvent)], into view: inout Organisations) throws {
        for (index, (id, event)) in events.enumerated() {
            let stream = try #require(id.stream)
            try view.apply(
                event,
                in: EventContext(position: Int64(index + 1), stream: stream, recordedAt: at))
        }
    }

    private func key(_ name: String, _ digest: UInt8, until end: Timestamp? = nil) -> OrganisationEvent {
        .issued(
            APIKeyIssued(
                keyID: APIKeyID(name), name: name, digest: [digest], roles: [.user], expiresAt: end, at: at))
    }

    private var history: [(OrganisationID, OrganisationEvent)] {
        [
            (acme, .created(OrganisationCreated(organisationID: acme, name: "Acme", createdAt: at))),
            (acme, .assigned(RoleAssigned(userID: ann, role: .scanner, shows: [ShowID("s")], at: at))),
            (.instance, .assigned(RoleAssigned(userID: ann, role: .operator, at: at))),
            (acme, key("one", 1)), (acme, key("two", 2)),
        ]
    }

    @Test func `knows whose role it is, and whose key`() throws {
        var view = Organisations()
        try fold(history, into: &view)
        #expect(view.roles(of: ann).map(\.assigned.role) == [.scanner, .operator])
        #expect(view.roles(of: UserID("bob")).isEmpty)
        #expect(view.key(digest: [2])?.key.name == "two" && view.key(digest: [2])?.organisation == acme)
        #expect(view.key(digest: [3]) == nil)
        try fold(
            [
                (acme, .removed(MemberRemoved(userID: ann, at: at))),
                (acme, .revoked(APIKeyRevoked(keyID: APIKeyID("two"), at: at))),
            ], into: &view)
        #expect(view.roles(of: ann).map(\.organisation) == [.instance])
        #expect(view.key(digest: [2]) == nil && view.key(digest: [1]) != nil)
    }

    @Test func `forgets keys whose time is over when another is issued`() throws {
        var view = Organisations()
        try fold([history[0], (acme, key("old", 1, until: at)), (acme, key("new", 2))], into: &view)
        #expect(view.key(digest: [1]) == nil && view.key(digest: [2]) != nil)
        #expect(view.organisations[acme]?.keys.count == 1)
    }

    @Test func `is the same when it is written and read back`() throws {
        var view = Organisations()
        try fold(history, into: &view)
        var copy = try Organisations(encoded: view.encoded)
        #expect(copy.encoded == view.encoded && copy.lines == view.lines && copy.organisations == view.organisations)
        #expect(copy.roles(of: ann).map(\.organisation) == view.roles(of: ann).map(\.organisation))
        #expect(copy.key(digest: [1])?.organisation == acme)
        try fold([(acme, .removed(MemberRemoved(userID: ann, at: at)))], into: &copy)
        #expect(copy.roles(of: ann).map(\.organisation) == [.instance])
        #expect(throws: ProjectionFault.self) { try Organisations(encoded: [0xFF, 1]) }
    }

    @Test func `stops at an organisation that is created twice, or in another's stream`() throws {
        var view = Organisations()
        try fold([history[0]], into: &view)
        #expect(throws: ProjectionFault.self) { try fold([history[0]], into: &view) }
        let other = OrganisationCreated(organisationID: OrganisationID("bolt"), name: "Bolt", createdAt: at)
        #expect(throws: ProjectionFault.self) { try fold([(acme, .created(other))], into: &view) }
    }
}
