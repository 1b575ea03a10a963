public import ArgumentParser
import Foundation

/// What programs print: results on standard output, for people or for programs.
public enum ProgramOutput {
    /// Prints a JSON document.
    public static func print(_ document: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        FileHandle.standardOutput.write(try encoder.encode(document) + Data("\n".utf8))
    }

    /// Prints a JSON document in one line.
    public static func printLine(_ document: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        FileHandle.standardOutput.write(try encoder.encode(document) + Data("\n".utf8))
    }

    fileprivate struct Failure: Encodable {
        var error: String
    }
}

extension JSONFlag {
    /// Prints a text for people, or the document for programs.
    public func print<Document: Encodable>(
        _ document: @autoclosure () throws -> Document, orText text: @autoclosure () -> String
    ) throws {
        if isOn { try ProgramOutput.print(document()) } else { Swift.print(text()) }
    }

    /// Prints a line for people as work goes on. With `--json` it is no part of the result, and goes to standard error.
    public func tell(_ line: String) {
        if isOn { FileHandle.standardError.write(Data((line + "\n").utf8)) } else { Swift.print(line) }
    }
}

extension ParsableCommand {
    /// Runs the command that the program's arguments name, and ends the program if it fails: with `--json` among them, the
    /// error is a JSON document on standard output. Whoever asked for help gets it.
    public static func runProgram() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let status = exitCode(for: error)
            let wantsJSON = CommandLine.arguments.dropFirst().prefix { $0 != "--" }.contains("--json")
            guard wantsJSON, !status.isSuccess else { exit(withError: error) }
            let message = message(for: error)
            // Without a message the result says what is wrong.
            if !message.isEmpty {
                // What print buffers comes before the error.
                fflush(nil)
                do {
                    try ProgramOutput.printLine(ProgramOutput.Failure(error: message))
                } catch {
                    exit(withError: error)
                }
            }
            Foundation.exit(status.rawValue)
        }
    }
}
