import Availability
import Domain
import EventLog
import HTTPServer
import ShowSearch
import Text
import WebAPI

extension ShowAvailability {
    /// The token of the show's last change.
    func version(in epoch: Int64) -> LogPosition { LogPosition(epoch: epoch, position: version) }

    /// The whole seat map.
    func write(into json: inout JSONWriter, version token: LogPosition, asOf past: ShowHistory.Past? = nil) {
        json.object { json in
            if let past { json.write(past) }
            json.member("showId", details.showID)
            json.member("version", token.description)
            json.member("capacity", capacity)
            json.write(counts, capacity: capacity)
            json.key("statuses")
            json.value(plain: statuses)
            json.array("areas") { json in
                for index in areas.indices { write(area: index, into: &json) }
            }
        }
    }

    /// What changed after `since`; nil where the whole says it in less.
    func changes(since: LogPosition, version token: LogPosition) -> [UInt8]? {
        // Digits of before are of other seats.
        guard since.position >= placesChangedAt else { return nil }
        let changed = changedAt.indices(after: since.position)
        // A pair is about nine characters, a digit one.
        guard changed.count * 9 <= statuses.count || changed.isEmpty else { return nil }
        var json = JSONWriter(capacity: 128 + changed.count * 10)
        json.object { json in
            json.member("showId", details.showID)
            json.member("version", token.description)
            json.member("since", since.description)
            json.array("changes") { json in
                for index in changed {
                    json.array { json in
                        json.value(index)
                        json.value(statuses[index] - UInt8(ascii: "0"))
                    }
                }
            }
            json.array("areas") { json in
                for index in areas.indices where areas[index].changedAt > since.position {
                    write(area: index, into: &json)
                }
            }
        }
        return json.bytes
    }

    private func write(area index: Int, into json: inout JSONWriter) {
        let area = details.areas[index]
        json.object { json in
            json.member("areaId", area.areaID)
            json.member("capacity", area.capacity)
            json.write(areas[index].counts, capacity: area.capacity)
        }
    }

    /// The show as lists and pages show it.
    ///
    /// - Parameter near: how far it is from the center is told.
    func writeSummary(
        into json: inout JSONWriter, version token: LogPosition, now: Timestamp, near circle: GeoCircle? = nil,
        asOf past: ShowHistory.Past? = nil
    ) {
        json.object { json in
            if let past { json.write(past) }
            json.member("showId", details.showID)
            json.describe(details)
            json.member("currency", details.currency)
            json.member("hasSeatingPlan", !planPayload.isEmpty)
            json.array("areas") { json in
                for area in details.areas { json.value(area) }
            }
            json.member("status", status(at: now).rawValue)
            if let cancellation {
                json.object("cancellation") { json in
                    json.member("cancelledAt", cancellation.cancelledAt)
                    json.member("orders", cancellation.orders)
                    json.member("refunded", cancellation.refunded)
                }
            }
            json.member("version", token.description)
            json.member("capacity", capacity)
            json.write(counts, capacity: capacity)
            if let circle, let location = details.venue.location {
                json.key("distanceKm")
                json.value((circle.distanceKm(to: location) * 1_000).rounded() / 1_000)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ counts: ShowAvailability.Counts, capacity: Int) {
        member("available", capacity - counts.taken)
        member("held", counts.held)
        member("sold", counts.sold)
        member("blocked", counts.blocked)
    }
}
