import ArgumentParser
import Domain
import Fanout
import Foundation
import Identity

struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes the local instance's key pair, once: DIR/keys/signing-key.pem and DIR/keys/jwks.json.")

    @Option(help: "The instance's data folder.")
    var data: String

    func run() throws { print(try LocalKeys(dataFolder: data).jwksPath) }
}

struct Token: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints a token for the local instance, signed with its own key.")

    @Argument(help: "The user id: 1 to 64 visible ASCII characters.")
    var subject: String

    @Option(help: "user, scanner or admin.")
    var role: String = "user"

    @Option(help: "The instance's data folder.")
    var data: String

    @Option(help: "How long the token is good, in hours (1 to 8760).")
    var hours: Int64 = 24

    func run() throws {
        guard let subject = UserID(checking: subject) else {
            throw ValidationError("The subject must be 1 to 64 visible ASCII characters.")
        }
        guard let role = Principal.Role(rawValue: role) else {
            throw ValidationError("The role is user, scanner or admin.")
        }
        guard (1...8760).contains(hours) else { throw ValidationError("--hours must be 1 to 8760.") }
        print(try LocalKeys(dataFolder: data).sign(subject: subject, role: role, lifetimeSeconds: hours * 3600))
    }
}

struct CurveKeys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a CURVE key pair for a process whose fan-out leaves the machine, and prints its public key.",
        discussion: "The secret key goes to FILE (for its owner only). The public key belongs in the others' "
            + "--curve-allowed-clients or --curve-servers files.")

    @Argument(help: "The secret key's file; must not exist.")
    var file: String

    func run() throws {
        let pair = try CurveKeyPair.generate()
        try CurveKeyFile.create(pair, at: file)
        print(pair.publicKey)
    }
}
