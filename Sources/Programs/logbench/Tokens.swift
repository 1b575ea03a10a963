import ArgumentParser
import Domain
import Identity

struct Tokens: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints tokens of many users of a local instance, one a line: user-1, user-2, ….")

    @Option(help: "The instance's data folder.") var data: String
    @Option(help: "How many (1 to 100000).") var count = 1_000

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("--count must be 1 to 100000.") }
    }

    func run() throws {
        let keys = try LocalKeys(dataFolder: data)
        for number in 1...count {
            print(try keys.sign(subject: UserID("user-\(number)"), role: .user, lifetimeSeconds: 86_400))
        }
    }
}
