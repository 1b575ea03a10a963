public import Domain
import SwiftProtobuf

extension Holdfast_V1_AllocationsChanged {
    init(_ event: AllocationsChanged) {
        self.init()
        allocations = event.allocations.map(Holdfast_V1_Allocation.init)
        blockedSeatIndexes = event.blockedSeats.map(UInt32.init)
        freedSeatIndexes = event.freedSeats.map(UInt32.init)
        blockedUnits = event.blockedUnits.map { block in
            .with {
                $0.areaID = block.areaID.rawValue
                $0.units = UInt32(block.units)
            }
        }
        changedAt = event.changedAt.microseconds
    }
}

extension AllocationsChanged {
    init(_ message: Holdfast_V1_AllocationsChanged) {
        self.init(
            allocations: message.allocations.map(Allocation.init),
            blockedSeats: message.blockedSeatIndexes.map(Int.init), freedSeats: message.freedSeatIndexes.map(Int.init),
            blockedUnits: message.blockedUnits.map { AreaBlock(areaID: AreaID($0.areaID), units: Int($0.units)) },
            changedAt: Timestamp(microseconds: message.changedAt))
    }
}

extension Holdfast_V1_Allocation {
    public init(_ allocation: Allocation) {
        self.init()
        name = allocation.name
        if let channel = allocation.channel { self.channel = channel }
        label = allocation.label
        seatIndexes = allocation.seats.map(UInt32.init)
        areas = allocation.areas.map(Holdfast_V1_AreaQuantity.init)
        if let releasesAt = allocation.releasesAt { self.releasesAt = releasesAt.microseconds }
    }
}

extension Allocation {
    public init(_ message: Holdfast_V1_Allocation) {
        self.init(
            name: message.name, channel: message.hasChannel ? message.channel : nil, label: message.label,
            seats: message.seatIndexes.map(Int.init), areas: message.areas.map(AreaQuantity.init),
            releasesAt: message.hasReleasesAt ? Timestamp(microseconds: message.releasesAt) : nil)
    }
}
