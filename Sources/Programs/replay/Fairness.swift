import ArgumentParser
import Contract
import Domain
import EventLog
import PostgresEventLog
import ProgramOutput

struct Fairness: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Re-derives from the log who of a show's waiting list was entitled to which places.",
        discussion: """
            Goes through the show's events with a naive algorithm of its own, which asks everybody who waits at every step. \
            Exits with status 1 at the first place that went to somebody else, and says at which event, and who was \
            passed over.
            """)

    @OptionGroup var instance: Instance

    @Argument(help: "The show's id.")
    var show: String

    @OptionGroup var json: JSONFlag

    /// What came of it, for programs.
    private struct Report: Encodable {
        var show: String
        var isFair: Bool
        /// Why it is not.
        var fault: String?
        var events, entries, offers: Int64?
    }

    /// Events that are read at once.
    private static let pageEvents = 1_000

    func run() async throws {
        guard let id = ShowID(checking: show) else { throw ValidationError("“\(show)” can't be a show's id.") }
        let log = try instance.log()
        var bar = ProgressBar("auditing", total: try await log.head().position)
        var audit = FairnessAudit()
        var last: RecordedEvent?
        var unfair: FairnessAudit.Unfair?
        while unfair == nil {
            let page = try await log.events(of: StreamID(id), after: last?.streamVersion ?? 0, limit: Self.pageEvents)
            guard !page.isEmpty else { break }
            for recorded in page where unfair == nil {
                let event = try recorded.event.decoded()
                do throws(FairnessAudit.Unfair) {
                    if let last, last.commandID != recorded.commandID { try audit.endCommand() }
                    try audit.apply(event, at: recorded.position)
                } catch {
                    unfair = error
                }
                last = recorded
            }
            if let last { bar.update(last.position) }
        }
        guard let last else { throw ValidationError("The log has no show \(id).") }
        do throws(FairnessAudit.Unfair) {
            if unfair == nil { try audit.endCommand() }
        } catch {
            unfair = error
        }
        bar.finish(last.position)
        if let unfair {
            try json.print(
                Report(show: id.rawValue, isFair: false, fault: "\(unfair)"), orText: "\(id): UNFAIR at \(unfair)")
            throw ExitCode(1)
        }
        try json.print(
            Report(
                show: id.rawValue, isFair: true, events: last.streamVersion, entries: Int64(audit.entryCount),
                offers: Int64(audit.offerCount)),
            orText: "\(id): fair (\(last.streamVersion) events, \(audit.entryCount) entries on the waiting list, "
                + "\(audit.offerCount) offers)")
    }
}
