import Domain
import HTTPServer
import HTTPTypes
import Identity
import Testing
import WebAPI

/// Roles that count for some organisations or shows, and API keys.
@Suite struct `A caller` {
    private let acme = OrganisationID("acme")
    private let bolt = OrganisationID("bolt")
    private let show = ShowID("s")

    @Test func `has a role where it counts, and nowhere else`() {
        var caller = Principal(userID: UserID("ann"), role: .user)
        caller.grants = [
            Grant(.organiser, of: acme), Grant(.scanner, of: bolt, shows: [show]), Grant(.operator),
        ]
        #expect(caller.isBound)
        #expect(caller.mayAct(as: .organiser, for: acme) && caller.mayAct(as: .support, for: acme, show))
        #expect(!caller.mayAct(as: .organiser, for: bolt) && !caller.mayAct(as: .organiser, for: nil))
        #expect(caller.mayAct(as: .scanner, for: bolt, show))
        #expect(!caller.mayAct(as: .scanner, for: bolt, ShowID("t")) && !caller.mayAct(as: .scanner, for: bolt))
        #expect(caller.mayAct(as: .operator, for: bolt) && caller.mayAct(as: .operator, for: nil, show))
        #expect(caller.narrowed(to: bolt, show).grants.map(\.role) == [.scanner, .operator])
        #expect(caller.narrowed(to: nil, show).grants.map(\.role) == [.operator])
        #expect(!Principal(userID: UserID("a"), role: .admin).isBound)
    }

    @Test func `who is a customer of two organisations is two users`() throws {
        let one = try #require(UserID(customer: "c-1", of: acme))
        #expect(one != UserID(customer: "c-1", of: bolt))
        #expect(one == UserID(customer: "c-1", of: acme))
        #expect(one.rawValue.hasPrefix("~"))
        #expect(UserID(customer: "", of: acme) == nil && UserID(customer: "a b", of: acme) == nil)
        #expect(UserID(customer: String(repeating: "a", count: 256), of: acme) == nil)
    }

    /// Two keys: one to sell, one for the back office.
    private struct Keys: RoleRegister {
        var selling = APIKeyText()
        var reading = APIKeyText()
        var isCurrent = true

        func grants(of user: UserID) -> [Grant] {
            user == UserID("ann") ? [Grant(.support, of: OrganisationID("acme"))] : []
        }

        func holder(ofKey text: String) -> Principal? {
            let acme = OrganisationID("acme")
            if text == selling.text {
                return Principal(key: KeyHolder(id: APIKeyID("k1"), organisation: acme, sells: true), grants: [])
            }
            guard text == reading.text else { return nil }
            return Principal(
                key: KeyHolder(id: APIKeyID("k2"), organisation: acme, sells: false),
                grants: [Grant(.support, of: acme)])
        }
    }

    private func caller(_ keys: Keys, _ token: String?, for customers: [String] = []) throws(Problem) -> Principal? {
        var headers: HTTPFields = [:]
        if let token { headers[.authorization] = "Bearer \(token)" }
        for customer in customers { headers.append(HTTPField(name: .onBehalfOf, value: customer)) }
        return try Authenticator(issuers: [TokenIssuer()], register: keys).principal(headers)
    }

    @Test func `acts for a customer with a key that sells, and with nothing else`() throws {
        let keys = Keys()
        let acting = try #require(try caller(keys, keys.selling.text, for: ["c-1"]))
        #expect(acting.userID == UserID(customer: "c-1", of: acme))
        #expect(acting.grants.isEmpty && acting.key?.isOnBehalf == true && acting.isBound)
        let bare = try #require(try caller(keys, keys.selling.text))
        #expect(bare.key?.isOnBehalf == false && bare.userID == UserID("~key.k1"))
        for refused in [
            { try caller(keys, keys.reading.text, for: ["c-1"]) }, { try caller(keys, nil, for: ["c-1"]) },
        ] as [() throws -> Principal?] {
            #expect { try refused() } throws: { ($0 as? Problem)?.code == .forbidden }
        }
        for customers in [["c-1", "c-2"], [""], ["a b"], ["ü"]] {
            #expect { try caller(keys, keys.selling.text, for: customers) } throws: {
                ($0 as? Problem)?.code == .invalidRequest
            }
        }
        for wrong in [APIKeyText().text, "hf_live_", "hf_live_" + String(repeating: "a", count: 9_000)] {
            #expect { try caller(keys, wrong) } throws: { ($0 as? Problem)?.code == .unauthenticated }
        }
    }

    @Test func `who has a key or a role on record is told to wait while the records are not known`() throws {
        var keys = Keys()
        keys.isCurrent = false
        for text in [keys.selling.text, APIKeyText().text] {
            #expect { try caller(keys, text, for: ["c-1"]) } throws: { ($0 as? Problem)?.code == .notReady }
        }
        let ann = Authenticator(issuers: [TokenIssuer()], register: keys).principal(account: UserID("ann"))
        #expect(ann.grants.isEmpty && ann.hasUnknownRoles)
        #expect(throws: Problem.self) { try ann.isKnown(as: .support) }
        #expect(try ann.isKnown(as: .user))
        var other = ann
        other.hasUnknownRoles = false
        #expect(try !other.isKnown(as: .support))
    }

    @Test func `shares turns at costly work with all other keys of the organisation`() {
        func key(_ id: String, of organisation: OrganisationID) -> Principal {
            Principal(key: KeyHolder(id: APIKeyID(id), organisation: organisation, sells: true), grants: [])
        }
        let limit = InFlightLimit(countMax: 3, ofCallerMax: 1)
        let first = limit.begin(of: key("k1", of: acme))
        #expect(first != nil && limit.begin(of: key("k2", of: acme)) == nil)
        let other = limit.begin(of: key("k1", of: bolt))
        let person = limit.begin(of: Principal(userID: UserID("ann"), role: .user))
        #expect(other != nil && person != nil && limit.begin() == nil)
        first?.end()
        #expect(limit.begin(of: key("k2", of: acme)) != nil)
    }

    @Test func `is called by the foremost role, whatever the order`() {
        let key = KeyHolder(id: APIKeyID("k"), organisation: acme, sells: true)
        #expect(
            Principal(key: key, grants: [Grant(.scanner, of: acme), Grant(.organiser, of: acme)]).role == .organiser)
        #expect(Principal(key: key, grants: []).role == .user)
    }

    @Test func `keeps a key's digest alone, and no two keys are the same`() {
        let (one, other) = (APIKeyText(), APIKeyText())
        #expect(one.text != other.text && one.text.hasPrefix("hf_live_") && one.text.utf8.count == 51)
        #expect(one.digest == APIKeyText.digest(of: one.text) && one.digest.count == 32)
    }
}
