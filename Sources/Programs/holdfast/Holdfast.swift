import Allocation
import ArgumentParser
import ProgramOutput

@main
struct Holdfast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast",
        abstract: "Holds and sells seats: an event-sourced backend for ticket shops.",
        subcommands: [
            Serve.self, Keys.self, Token.self, CurveKeys.self, LogCommand.self, PaymentsCommand.self,
            DoctorCommand.self,
        ])

    static func main() async {
        shareHeaps()
        await runProgram()
    }
}
