import Contract
import Domain
import Projection
import SwiftProtobuf

/// A view in memory: which cars are in which car park.
struct ParkedCars: AggregateProjection {
    static let name = "parked-cars"
    static let formatVersion = 1

    private(set) var cars: [String: CarPark.CarEntered] = [:]

    init() {}

    mutating func apply(_ event: CarPark.Event, in context: EventContext) throws(ProjectionFault) {
        switch event {
        case .entered(let entered): cars[entered.plate] = entered
        case .left(let left):
            guard cars.removeValue(forKey: left.plate) != nil else {
                throw ProjectionFault("car \(left.plate) leaves and is not there")
            }
        }
    }

    private var byPlate: [CarPark.CarEntered] { cars.values.sorted { $0.plate < $1.plate } }

    var encoded: [UInt8] {
        canonicalBytes(of: Carpark_V1_ParkedCarsSnapshot.with { $0.cars = byPlate.map(Carpark_V1_CarEntered.init) })
    }

    init(encoded: [UInt8]) throws(ProjectionFault) {
        do {
            for car in try Carpark_V1_ParkedCarsSnapshot(serializedBytes: encoded).cars {
                cars[car.plate] = CarPark.CarEntered(car)
            }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    var lines: [String] {
        byPlate.map { jsonLine([("plate", .text($0.plate)), ("paidUntil", .number($0.paidUntil.microseconds))]) }
    }
}
