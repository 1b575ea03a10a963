import Contract
import Domain
import Foundation
public import Projection
import SwiftProtobuf

extension Availability {
    public var encoded: [UInt8] {
        // By hand: a tree of structures would have all plans in memory twice more.
        var snapshot = WireWriter(
            capacity: shows.values.reduce(0) { $0 + $1.planPayload.count + $1.statuses.count * 6 })
        for show in order.compactMap({ shows[$0] }) { snapshot.message(1) { show.write(into: &$0) } }
        return snapshot.bytes
    }

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        self.init()
        do {
            for message in try Holdfast_V1_AvailabilitySnapshot(serializedBytes: encoded).shows {
                let show = try ShowAvailability(message)
                guard shows[show.details.showID] == nil else {
                    throw ProjectionFault("show \(show.details.showID) is there twice")
                }
                insert(show)
            }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    /// A line for each show, each area, each allocation, and each seat that is taken or has changed since most others.
    public var lines: [String] {
        order.compactMap { shows[$0] }.flatMap { show in
            let id = LineValue.text(show.details.showID.rawValue)
            // Of the seats that have no line of their own.
            let changedAt = show.changedAt.min() ?? show.version
            let showLine = jsonLine([
                ("show", id), ("name", .text(show.details.name)), ("capacity", .number(Int64(show.capacity))),
                ("held", .number(Int64(show.counts.held))), ("sold", .number(Int64(show.counts.sold))),
                ("blocked", .number(Int64(show.counts.blocked))), ("version", .number(show.version)),
                ("otherSeatsChangedAt", .number(changedAt)),
                ("plan", .text(canonicalDigest(of: show.planPayload))),
                ("cancelledAt", .number(show.cancellation?.cancelledAt.microseconds ?? 0)),
                ("ordersToRefund", .number(Int64(show.cancellation?.orders ?? 0))),
                ("refunded", .number(Int64(show.cancellation?.refunded ?? 0))),
            ])
            let areaLines = zip(show.details.areas, show.areas).map { area, state in
                jsonLine([
                    ("show", id), ("area", .text(area.areaID.rawValue)), ("held", .number(Int64(state.counts.held))),
                    ("sold", .number(Int64(state.counts.sold))), ("blocked", .number(Int64(state.counts.blocked))),
                    ("changedAt", .number(state.changedAt)),
                ])
            }
            let allocationLines = show.allocations.map { allocation in
                jsonLine([
                    ("show", id), ("allocation", .text(allocation.name)), ("channel", .text(allocation.channel ?? "")),
                    ("seats", .number(Int64(allocation.seats.count))),
                    ("units", .number(Int64(allocation.areas.reduce(0) { $0 + $1.quantity }))),
                    (
                        "unitsLeft",
                        .number(
                            Int64(allocation.areas.reduce(0) { $0 + show.unitsLeft(of: $1.areaID, in: allocation) }))
                    ),
                ])
            }
            let free = ShowAvailability.digit(.available)
            let seatLines = show.statuses.indices.lazy.filter { index in
                show.statuses[index] != free || show.changedAt[index] > changedAt
            }.map {
                jsonLine([
                    ("show", id), ("seat", .number(Int64($0))),
                    ("status", .number(Int64(show.statuses[$0] - UInt8(ascii: "0")))),
                    ("changedAt", .number(show.changedAt[$0])),
                ])
            }
            return [showLine] + areaLines + allocationLines + seatLines
        }
    }
}

extension ShowAvailability {
    fileprivate init(_ message: Holdfast_V1_AvailabilitySnapshot.Show) throws {
        let details = try ShowCreated(message.show)
        let statuses = Array(message.statuses)
        let digits = Self.digit(.available)...Self.digit(.resale)
        guard statuses.allSatisfy(digits.contains), statuses.count == message.changedAt.count,
            details.areas.count == message.areas.count
        else { throw ProjectionFault("the parts of show \(details.showID) don't fit together") }
        self.init(
            details: details, planPayload: Array(message.seatingPlan), statuses: statuses, changedAt: message.changedAt,
            areas: message.areas.map {
                AreaState(
                    counts: Counts(held: Int($0.held), sold: Int($0.sold), blocked: Int($0.blocked)),
                    changedAt: $0.changedAt)
            },
            version: message.version, placesChangedAt: message.placesChangedAt)
        allocations = message.allocations.map(Allocation.init)
        for taken in message.unitsTaken {
            unitsTaken[taken.allocation, default: [:]][AreaID(taken.areaID)] = Int(taken.units)
        }
        if message.hasCancellation { cancellation = Cancellation(message.cancellation) }
    }
}

extension Cancellation {
    fileprivate init(_ message: Holdfast_V1_AvailabilitySnapshot.Cancellation) {
        self.init(cancelledAt: Timestamp(microseconds: message.cancelledAt), orders: Int(message.orders))
        refunded = Int(message.refunded)
        for (order, refund) in message.refundsDue { refundsDue[OrderID(order)] = RefundID(refund) }
    }
}

extension ShowAvailability {
    /// A `Holdfast_V1_AvailabilitySnapshot.Show`.
    fileprivate func write(into message: inout WireWriter) {
        message.message(1, canonicalBytes(of: Holdfast_V1_ShowCreated(details)))
        message.data(2, planPayload)
        message.data(3, statuses)
        message.int64s(4, Array(changedAt))
        for area in areas {
            message.message(5) { message in
                message.uint32(1, area.counts.held)
                message.uint32(2, area.counts.sold)
                message.uint32(3, area.counts.blocked)
                message.int64(4, area.changedAt)
            }
        }
        message.int64(6, version)
        if let cancellation {
            message.message(7, canonicalBytes(of: Holdfast_V1_AvailabilitySnapshot.Cancellation(cancellation)))
        }
        message.int64(8, placesChangedAt)
        for allocation in allocations { message.message(9, canonicalBytes(of: Holdfast_V1_Allocation(allocation))) }
        for (allocation, areas) in unitsTaken.sorted(by: { $0.key < $1.key }) {
            for (area, units) in areas.sorted(by: { $0.key < $1.key }) {
                message.message(100) { message in
                    message.text(1, allocation)
                    message.text(2, area.rawValue)
                    message.uint32(3, units)
                }
            }
        }
    }
}

extension Holdfast_V1_AvailabilitySnapshot.Cancellation {
    fileprivate init(_ cancelled: Cancellation) {
        self.init()
        cancelledAt = cancelled.cancelledAt.microseconds
        orders = UInt32(cancelled.orders)
        refunded = UInt32(cancelled.refunded)
        for (order, refund) in cancelled.refundsDue { refundsDue[order.rawValue] = refund.rawValue }
    }
}
