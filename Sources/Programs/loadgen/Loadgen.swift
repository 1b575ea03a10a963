import ArgumentParser
import Foundation
import ProgramOutput

@main
struct Loadgen: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loadgen",
        abstract: "Puts HTTP/1.1 load on servers and measures what they do with it.",
        discussion: Plan.manual)

    @Argument(help: "The plan, a JSON file; - reads it from standard input.")
    var plan: String

    @OptionGroup var json: JSONFlag

    static func main() async { await runProgram() }

    func run() throws {
        let bytes: Data
        if plan == "-" {
            bytes = FileHandle.standardInput.readDataToEndOfFile()
        } else {
            bytes = try Data(contentsOf: URL(fileURLWithPath: plan))
        }
        let generator: Generator
        do {
            generator = try Generator(JSONDecoder().decode(Plan.self, from: bytes))
        } catch let error as DecodingError {
            throw ValidationError("The plan can't be read: \(error)")
        }
        let report = try generator.run()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        FileHandle.standardOutput.write(try encoder.encode(report) + Data("\n".utf8))
    }
}
