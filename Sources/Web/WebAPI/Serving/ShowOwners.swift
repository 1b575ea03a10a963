import Contract
public import Domain
public import EventLog
public import HTTPServer
import Synchronization

/// Whose a show is, from its first event: it never changes, so each show is looked up once.
public final class ShowOwners: Sendable {
    /// Shows that are remembered; each takes some hundred bytes.
    private static let rememberedMax = 65_536

    public enum Owner: Equatable, Sendable {
        /// There is no such show.
        case absent
        /// Nil: the instance itself.
        case organisation(OrganisationID?)
    }

    private let log: any EventReader
    private let owners = Mutex<[ShowID: OrganisationID?]>([:])

    public init(log: any EventReader) { self.log = log }

    /// The organisation that a show belongs to; nil: it is the instance's own, or there is no such show.
    ///
    /// - Throws: ``Problem`` where the log can't be read.
    public func organisation(of show: ShowID) async throws(Problem) -> OrganisationID? {
        guard case .organisation(let organisation) = try await owner(of: show) else { return nil }
        return organisation
    }

    /// - Throws: ``Problem`` where the log can't be read.
    public func owner(of show: ShowID) async throws(Problem) -> Owner {
        if let owner = owners.withLock({ $0[show] }) { return .organisation(owner) }
        let first: RecordedEvent?
        do throws(LogError) {
            first = try await log.events(of: StreamID(show), after: 0, limit: 1).first
        } catch {
            throw Problem(error)
        }
        guard let first else { return .absent }
        do throws(UnreadableEvent) {
            guard case .created(let created) = try ShowState.codec.decode(first.event) else { return .absent }
            owners.withLock { owners in
                if owners.count >= Self.rememberedMax { owners.removeAll() }
                owners[show] = .some(created.organisationID)
            }
            return .organisation(created.organisationID)
        } catch {
            throw Problem(
                .showUnavailable, detail: "The show's event \(first.position) can't be read by this version.")
        }
    }
}
