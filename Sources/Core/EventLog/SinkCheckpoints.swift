/// Where sinks that put the log's events outside this program keep how far they are.
public protocol SinkCheckpoints: Sendable {
    /// Up to where a sink has put everything; nil: it has never said.
    func checkpoint(of sink: String) async throws -> LogPosition?
    /// Keeps that a sink has put everything up to `place`. A place before the one that is kept changes nothing: it comes from
    /// a process that has been replaced.
    func keep(_ place: LogPosition, of sink: String) async throws
    /// Closes connections; the next call opens them again.
    func disconnect() async
}
