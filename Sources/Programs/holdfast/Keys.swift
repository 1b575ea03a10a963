import ArgumentParser
import Domain
import Fanout
import Foundation
import Identity
import ProgramOutput

struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Creates the local instance's keys in DIR/keys, if missing, among them jwks.json and ticket-key.pem.")

    @Option(help: "The instance's data folder.")
    var data: String

    @OptionGroup var json: JSONFlag

    func run() throws {
        let path = try LocalKeys(dataFolder: data).jwksPath
        try json.print(["jwks": path], orText: path)
    }
}

struct Token: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints an access token for the local instance, signed with its key.")

    @Argument(help: "The user id: 1 to 64 visible ASCII characters.")
    var subject: String

    @Option(help: "user, scanner, supervisor, support, organiser, operator or admin.")
    var role: String = "user"

    @Option(help: "The organisation, by id, that the role counts for. Default: all.")
    var organisation: String?

    @Option(help: "A sales channel whose places the user may hold. May be repeated.")
    var channel: [String] = []
    @Option(name: .customLong("show"), help: "A show whose tickets a scanner scans. Repeat it for several.")
    var shows: [String] = []

    @Option(help: "The gate that a scanner stands at.")
    var gate: String?

    @Option(
        name: .customLong("area"),
        help:
            "An area, by id, or a zone, by name, that a scanner lets people into. Repeat it for several. Default: all.")
    var areas: [String] = []

    @Option(help: "The instance's data folder.")
    var data: String

    @Option(
        help:
            "The token's lifetime in hours (1 to 8760). A node refuses what is valid for longer than its --jwt-lifetime-hours."
    )
    var hours: Int64 = 24

    @OptionGroup var json: JSONFlag

    func run() throws {
        guard let subject = UserID(checking: subject) else {
            throw ValidationError("The subject must be 1 to 64 visible ASCII characters.")
        }
        guard let role = Principal.Role(rawValue: role) else {
            throw ValidationError("The role is one of \(Principal.Role.list).")
        }
        guard (1...8760).contains(hours) else { throw ValidationError("--hours must be 1 to 8760.") }
        let organisation = try organisation.map { text in
            guard let id = OrganisationID(checking: text), id.roles.contains(role) else {
                throw ValidationError("--organisation is the id of an organisation, and goes with one of its roles.")
            }
            return id
        }
        let door = try door()
        let token = try LocalKeys(dataFolder: data).sign(
            subject: subject, role: role, organisation: organisation, channels: channel, door: door,
            lifetimeSeconds: hours * 3600)
        try json.print(["token": token, "subject": subject.rawValue, "role": role.rawValue], orText: token)
    }

    private func door() throws -> DoorScope? {
        guard !shows.isEmpty else {
            guard gate == nil, areas.isEmpty else { throw ValidationError("--gate and --area need a --show.") }
            return nil
        }
        let ids = shows.compactMap(ShowID.init(checking:))
        guard ids.count == shows.count, ids.count <= DoorScope.namesMax else {
            throw ValidationError("--show is the id of a show, and at most \(DoorScope.namesMax) may be given.")
        }
        guard ([gate].compactMap(\.self) + areas).allSatisfy(DoorScope.isName), areas.count <= DoorScope.namesMax else {
            throw ValidationError(
                "--gate and --area are names of one line, and at most \(DoorScope.namesMax) areas may be given.")
        }
        return DoorScope(shows: Set(ids), gate: gate, areas: areas.isEmpty ? nil : Set(areas))
    }
}

struct CurveKeys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Creates a CURVE key pair for fan-out between machines, and prints its public key.",
        discussion: "Writes the secret key to FILE, which only its owner can read. Add the public key to the other "
            + "processes' --curve-allowed-clients or --curve-servers files.")

    @Argument(help: "The file for the secret key. It must not exist yet.")
    var file: String

    @OptionGroup var json: JSONFlag

    func run() throws {
        let pair = try CurveKeyPair.generate()
        try CurveKeyFile.create(pair, at: file)
        try json.print(["publicKey": "\(pair.publicKey)"], orText: "\(pair.publicKey)")
    }
}
