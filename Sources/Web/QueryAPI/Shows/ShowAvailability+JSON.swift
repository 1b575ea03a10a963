import Availability
import Domain
import EventLog
import HTTPServer
import Text
import WebAPI

extension ShowAvailability {
    /// The token of the show's last change.
    func version(in epoch: Int64) -> LogPosition { LogPosition(epoch: epoch, position: version) }

    /// The whole seat map.
    func write(into json: inout JSONWriter, version token: LogPosition) {
        json.object { json in
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
    func writeSummary(into json: inout JSONWriter, version token: LogPosition) {
        json.object { json in
            json.member("showId", details.showID)
            json.member("name", details.name)
            json.member("artist", details.artist)
            json.object("venue") { json in
                json.member("name", details.venue.name)
                json.member("city", details.venue.city)
            }
            json.member("startsAt", details.startsAt)
            if let onSaleAt = details.onSaleAt { json.member("onSaleAt", onSaleAt) }
            json.member("currency", details.currency)
            json.object("prices") { json in
                for (category, price) in details.prices.sorted(by: { $0.key < $1.key }) {
                    json.key(category)
                    json.value(price)
                }
            }
            json.member("holdSeconds", details.holdSeconds)
            json.member("maxSeatsPerHold", details.maxSeatsPerHold)
            json.member("paymentSeconds", details.paymentSeconds)
            json.member("regrantsLatePayments", details.regrantsLatePayments)
            json.member("orphans", details.orphans.rawValue)
            if let releasedAt = details.accessibleReleasedAt { json.member("accessibleReleasedAt", releasedAt) }
            json.member("hasSeatingPlan", !planPayload.isEmpty)
            json.array("areas") { json in
                for area in details.areas {
                    json.object { json in
                        json.member("areaId", area.areaID)
                        json.member("name", area.name)
                        json.member("capacity", area.capacity)
                        json.member("category", area.category)
                    }
                }
            }
            json.member("status", cancellation == nil ? "on-sale" : "cancelled")
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
