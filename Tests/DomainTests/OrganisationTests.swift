import Domain
import SeededRandom
import Testing

@Suite struct `An organisation` {
    private let now = Timestamp(microseconds: 5_000_000)
    private let id = OrganisationID("acme")

    private func founded() throws -> OrganisationState {
        var state = OrganisationState()
        try run(.create(OrganisationCreated(organisationID: id, name: "Acme", createdAt: .distantPast)), on: &state)
        return state
    }

    @discardableResult
    private func run(
        _ command: OrganisationCommand, on state: inout OrganisationState, at time: Timestamp? = nil
    ) throws -> [OrganisationEvent] {
        let events = try state.decide(command, now: time ?? now)
        for event in events { state.evolve(event) }
        return events
    }

    private func key(_ number: Int, _ name: String = "shop", until end: Timestamp? = nil) -> APIKeyIssued {
        APIKeyIssued(
            keyID: APIKeyID("k\(number)"), name: name, digest: [UInt8(number % 256), UInt8(number / 256)],
            roles: [.user], expiresAt: end, at: .distantPast)
    }

    @Test func `is created once, and nothing can be done with it before`() throws {
        var state = OrganisationState()
        let assignment = RoleAssigned(userID: UserID("ann"), role: .organiser, at: .distantPast)
        for command in [
            OrganisationCommand.assign(assignment, in: id), .remove(UserID("ann"), from: id), .issue(key(1), in: id),
            .revoke(APIKeyID("k"), in: id),
        ] {
            #expect(throws: Rejection(.organisationNotFound)) { try run(command, on: &state) }
        }
        state = try founded()
        #expect(throws: Rejection(.organisationExists)) {
            try run(.create(OrganisationCreated(organisationID: id, name: "B", createdAt: now)), on: &state)
        }
    }

    @Test func `needs no creation where it is the instance`() throws {
        var state = OrganisationState()
        let assignment = RoleAssigned(userID: UserID("ann"), role: .admin, at: .distantPast)
        #expect(try run(.assign(assignment, in: .instance), on: &state).count == 1)
        #expect(OrganisationID.instance.roles.contains(.admin) && !id.roles.contains(.admin))
        #expect(!id.roles.contains(.operator) && !OrganisationID.instance.roles.contains(.scanner))
    }

    @Test func `gives somebody one role, and changes nothing where it is so already`() throws {
        var state = try founded()
        var assignment = RoleAssigned(userID: UserID("ann"), role: .support, at: .distantPast)
        #expect(try run(.assign(assignment, in: id), on: &state).count == 1)
        #expect(try run(.assign(assignment, in: id), on: &state, at: now.adding(seconds: 5)).isEmpty)
        assignment.shows = [ShowID("s")]
        #expect(try run(.assign(assignment, in: id), on: &state, at: now.adding(seconds: 5)).count == 1)
        #expect(state.members[UserID("ann")]?.shows == [ShowID("s")])
        #expect(state.members[UserID("ann")]?.at == now.adding(seconds: 5))
        #expect(try run(.remove(UserID("ann"), from: id), on: &state).count == 1)
        #expect(try run(.remove(UserID("ann"), from: id), on: &state).isEmpty)
        #expect(state.members.isEmpty)
    }

    @Test func `has two good keys of a name at most, and those whose time is over don't count`() throws {
        var state = try founded()
        try run(.issue(key(1, until: now.adding(seconds: 10)), in: id), on: &state)
        try run(.issue(key(2), in: id), on: &state)
        #expect(throws: Rejection(.tooManyKeys, subject: "shop", limit: 2)) {
            try run(.issue(key(3), in: id), on: &state)
        }
        try run(.issue(key(3, "kiosk"), in: id), on: &state)
        try run(.issue(key(4), in: id), on: &state, at: now.adding(seconds: 10))
        #expect(Set(state.keys.keys) == [APIKeyID("k2"), APIKeyID("k3"), APIKeyID("k4")])
        try run(.revoke(APIKeyID("k2"), in: id), on: &state)
        #expect(try run(.revoke(APIKeyID("k2"), in: id), on: &state).isEmpty)
        for number in 10..<108 { try run(.issue(key(number, "n\(number)"), in: id), on: &state) }
        #expect(throws: Rejection(.tooManyKeys, limit: 100)) { try run(.issue(key(999, "more"), in: id), on: &state) }
    }

    @Test func `takes back exactly what was not recorded`() throws {
        var random = SeededGenerator(seed: 7)
        var state = try founded()
        var done: [(event: OrganisationEvent, undo: OrganisationState)] = []
        for step in 0..<400 {
            let before = state
            let user = UserID("u\(Int.random(in: 0..<5, using: &random))")
            let command: OrganisationCommand =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: .assign(RoleAssigned(userID: user, role: id.roles[step % 4], at: .distantPast), in: id)
                case 1: .remove(user, from: id)
                case 2: .issue(key(step, "n\(step % 3)"), in: id)
                default: .revoke(APIKeyID("k\(Int.random(in: 0...step, using: &random))"), in: id)
                }
            do {
                _ = try state.perform(command, now: now, recording: &done)
            } catch {
                #expect(state == before)
            }
            for taken in done.reversed() where step % 2 == 0 { state.revert(taken.undo) }
            if step % 2 == 0 { #expect(state == before) }
            done.removeAll()
        }
    }

    @Test(arguments: Role.allCases) func `role covers what it is for, and never more`(role: Role) {
        let expected: [Role: Set<Role>] = [
            .user: [.user], .scanner: [.user, .scanner], .supervisor: [.user, .scanner, .supervisor],
            .support: [.user, .support], .organiser: [.user, .scanner, .supervisor, .support, .organiser],
            .operator: [.user, .operator], .admin: Set(Role.allCases),
        ]
        #expect(Set(Role.allCases.filter { role.covers($0) }) == expected[role])
    }
}
