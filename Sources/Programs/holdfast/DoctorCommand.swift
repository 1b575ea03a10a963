import ArgumentParser
import Diagnosis
import Foundation
import Identity
import Logging
import Postgres
import ProgramOutput

/// Looks at a machine, a database and the nodes of an instance, and says what to do.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks at a machine or an instance, and says what is wrong with it and what to do.",
        discussion:
            "Changes nothing. Ends with status 1 if there is a problem; warnings are no problem yet. Without any option it looks "
            + "at the machine alone.")

    @Option(help: "The local instance's data folder, as given to tools/up: its database, nodes and keys are looked at.")
    var data: String?

    @Option(help: "The libpq connection string that the nodes use.")
    var postgresURL: String?

    @Option(help: "The libpq connection string of the stored views' database, where it is not the log's.")
    var ordersURL: String?

    @Option(name: .customLong("node"), help: "The URL of a node's listener for operators. Repeat it for several.")
    var nodes: [String] = []

    @Option(name: .customLong("key"), help: "A file that only its owner may read. Repeat it for several.")
    var keys: [String] = []

    @Option(help: "The folder schema of this version, to see whether the database has all of it.")
    var schema: String?

    @OptionGroup var json: JSONFlag

    /// Keys are to be replaced once a year.
    private static let keyDaysMax = 365

    func validate() throws {
        if [postgresURL, ordersURL].contains(where: { $0.map(Conninfo.hasPassword) == true }) {
            throw ValidationError(Conninfo.passwordAdvice)
        }
    }

    func run() async throws {
        let instance = try data.map { try LocalInstance(dataFolder: $0) }
        var findings = MachineReading.findings(data: data ?? FileManager.default.currentDirectoryPath)
        let conninfo = postgresURL ?? instance?.postgres
        let orders = (ordersURL ?? (postgresURL == nil ? instance?.orders : nil)).flatMap { $0 == conninfo ? nil : $0 }
        if let conninfo {
            let parts = DatabaseReading.Part.allCases.filter { orders == nil || !$0.isStoredViews }
            findings += await DatabaseReading.findings(conninfo: conninfo, parts: parts, schema: schema)
                .map { $0.of("database") }
        }
        if let orders {
            findings += await DatabaseReading.findings(
                conninfo: orders, parts: DatabaseReading.Part.allCases.filter(\.isStoredViews), schema: schema
            ).map { $0.of("stored views") }
        }
        for (name, url) in nodes.map({ ($0, $0) })
            + (instance?.nodes ?? []).map({ ($0.data ?? $0.url, $0.operations ?? $0.url) })
        {
            findings += await NodeReading.findings(url: url).map { $0.of(name) }
        }
        for path in keys + (data.map(Self.keyFiles) ?? []) { findings.append(Self.key(at: path)) }
        try json.print(Report(findings), orText: Report(findings).text)
        if findings.worst == .problem { throw ExitCode.failure }
    }

    /// The files in an instance's folder of keys that are secret.
    private static func keyFiles(data: String) -> [String] {
        let folder = data + "/keys"
        let names = FileManager.default.subpaths(atPath: folder) ?? []
        return names.sorted().filter { $0 != "jwks.json" }.map { folder + "/" + $0 }
    }

    private static func key(at path: String) -> Finding {
        var status = stat()
        guard stat(path, &status) == 0 else { return .secret(at: path, mode: nil, days: 0, daysMax: nil) }
        let days = max(0, (time(nil) - status.st_mtim.tv_sec) / 86_400)
        return .secret(at: path, mode: status.st_mode & 0o7777, days: days, daysMax: keyDaysMax)
    }
}

extension Finding {
    /// The same, of a part.
    fileprivate func of(_ part: String) -> Finding {
        var finding = self
        finding.check = "\(part): \(check)"
        return finding
    }
}

/// What was found, for people and for programs.
private struct Report: Encodable {
    struct Check: Encodable {
        var check, status, detail: String
        var advice: String?
    }

    var status: String
    var checks: [Check]

    init(_ findings: [Finding]) {
        status = findings.worst.rawValue
        checks = findings.map {
            Check(check: $0.check, status: $0.status.rawValue, detail: $0.detail, advice: $0.advice)
        }
    }

    var text: String {
        let width = min(40, checks.map(\.check.count).max() ?? 0)
        var lines = checks.flatMap { check in
            let name = check.check.padding(toLength: max(width, check.check.count), withPad: " ", startingAt: 0)
            let status = check.status.padding(toLength: 8, withPad: " ", startingAt: 0)
            return ["\(status) \(name)  \(check.detail)"] + (check.advice.map { ["         → \($0)"] } ?? [])
        }
        let counts = Dictionary(grouping: checks, by: \.status).mapValues(\.count)
        lines.append("\(counts["problem"] ?? 0) problems, \(counts["warning"] ?? 0) warnings, \(counts["ok"] ?? 0) ok")
        return lines.joined(separator: "\n")
    }
}
