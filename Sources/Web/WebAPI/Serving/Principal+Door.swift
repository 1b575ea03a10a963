public import Domain
public import HTTPServer
public import Identity

/// Where a scanner of one show stands.
public struct DoorPost: Equatable, Sendable {
    /// Empty: unknown.
    public var gate: String
    /// Areas by id, and zones by name; nil: all.
    public var areas: Set<String>?
}

extension Principal {
    /// Where the caller may scan tickets of the show. An organiser may anywhere.
    ///
    /// - Parameter gate: where the caller says to stand.
    /// - Throws: ``Problem/Code/forbidden`` where the token names no show, or another gate;
    ///   ``Problem/Code/ticketWrongShow`` where it names others.
    public func post(at show: ShowID, gate: String? = nil) throws(Problem) -> DoorPost {
        if !mayAct(as: .organiser) {
            // A role in an organisation counts for its shows, and a token's by itself for those that the token names.
            if door == nil, grants.contains(where: { $0.organisation != nil && $0.role.covers(.scanner) }) {
                return try post(gate)
            }
            guard let door else {
                throw Problem(.forbidden, detail: "The access token names no show (shows), and scanners are for shows.")
            }
            guard door.shows.contains(show) else {
                throw Problem(.ticketWrongShow, detail: "The access token is not for show \(show).")
            }
        }
        return try post(gate)
    }

    private func post(_ gate: String?) throws(Problem) -> DoorPost {
        if let gate {
            guard DoorScope.isName(gate) else {
                throw Problem(.invalidRequest, detail: "gate must be one line of visible characters.")
            }
            if let own = door?.gate, own != gate {
                throw Problem(.forbidden, detail: "The access token is for another gate.")
            }
        }
        return DoorPost(gate: gate ?? door?.gate ?? "", areas: door?.areas)
    }
}
