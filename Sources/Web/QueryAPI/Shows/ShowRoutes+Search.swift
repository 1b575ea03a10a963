import Availability
import Domain
import EventLog
import Following
import HTTPServer
import Hummingbird
import PostgresViews
import ShowSearch
import Text
import WebAPI

extension ShowRoutes {
    /// The shows that somebody looks for. Which they are, the stored view says; what is free of them, the node's own.
    func search(_ wanted: ShowSearchParameters, _ request: Request) async throws -> Response {
        guard let search else { throw Problem(.searchUnavailable, detail: "This node has no search.") }
        let query = wanted.query
        let (moment, seen) = try await fresh.read(view, for: request) { projection, place in
            (projection.moment(at: now()), place)
        }
        let page = try await fresh.read(search.position, for: request) { isFresh, _ in
            do throws(StoredViewError) {
                let page = try await search.page(query, at: moment, countsFacets: query.after == nil)
                return isFresh(page.place) ? page : nil
            } catch {
                throw Problem(search: error)
            }
        }
        // A show that was found is there to be shown, or soon.
        _ = await view.wait(for: page.rowsPlace, timeout: Self.summaryTimeout)
        let token = (seen.epoch, seen.position) < (page.place.epoch, page.place.position) ? seen : page.place
        let moved = moment.now
        return view.read { projection, place in
            var response = Response.json(token: token, capacity: 512 * page.shows.count + 2_048) { json in
                json.object { json in
                    json.array("shows") { json in
                        for found in page.shows {
                            guard let show = projection.shows[found.show] else { continue }
                            show.writeSummary(
                                into: &json, version: show.version(in: place.epoch), now: moved, near: query.filter.near
                            )
                        }
                    }
                    if page.hasMore, let last = page.shows.last {
                        json.member("nextCursor", wanted.cursor(after: last))
                    }
                    if let facets = page.facets { json.write(facets) }
                }
            }
            if !query.filter.includesDrafts { response.headers[.cacheControl] = "no-cache" }
            return response
        }
    }

    /// How long a found show may be waited for that this node's own view does not have yet.
    private static var summaryTimeout: Duration { .seconds(2) }
}

extension Availability {
    /// What the search needs to know of the shows' places.
    fileprivate func moment(at now: Timestamp) -> ShowMoment {
        ShowMoment(
            now: now,
            soldOut: soldOut.filter { id in
                guard let show = shows[id] else { return false }
                // Of all others the sale says enough.
                return show.details.startsAt > now && show.cancellation == nil
            })
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ facets: ShowFacets) {
        member("total", facets.total)
        object("facets") { json in
            json.write(facets.cities, as: "city")
            json.write(facets.categories, as: "category")
            json.write(facets.statuses, as: "status")
            json.write(facets.months, as: "month")
        }
    }

    private mutating func write(_ counts: [ShowFacets.Count], as key: StaticString) {
        array(key) { json in
            for count in counts {
                json.object { json in
                    json.member("value", count.value)
                    json.member("count", count.count)
                }
            }
        }
    }
}

extension Problem {
    fileprivate init(search error: StoredViewError) {
        switch error.code {
        case .unavailable:
            self.init(
                .searchUnavailable, detail: "The search did not answer; it may be back in a moment.",
                retryAfterSeconds: 1)
        case .otherFormat:
            self.init(
                .searchUnavailable, detail: "The search is being brought to another version.", retryAfterSeconds: 10)
        // A bug or a wrong set-up, and none of the caller's business.
        default: self.init(.internalError)
        }
    }
}
