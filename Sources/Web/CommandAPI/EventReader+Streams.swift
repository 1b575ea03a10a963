import Domain
import EventLog
import HTTPServer
import WebAPI

extension EventReader {
    /// Asks the log itself whether a stream has begun: what another node has just made is there.
    ///
    /// - Throws: `problem` where it has not, and what there is to say where the log can't be read.
    func requireEvents(of stream: StreamID, orElse problem: @autoclosure () -> Problem) async throws(Problem) {
        do throws(LogError) {
            guard try await events(of: stream, after: 0, limit: 1).isEmpty else { return }
        } catch {
            throw Problem(error)
        }
        throw problem()
    }
}
