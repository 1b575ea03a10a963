import Contract
import Domain

extension CarPark: LoggedAggregate {
    static let codec = EventCodec<Event>([
        .init("CarEntered", as: Carpark_V1_CarEntered.self) {
            if case .entered(let event) = $0 { .init(event) } else { nil }
        } read: {
            .entered(CarEntered($0))
        },
        .init("CarLeft", as: Carpark_V1_CarLeft.self) {
            if case .left(let event) = $0 { .init(event) } else { nil }
        } read: {
            .left(CarLeft($0))
        },
    ])
}

extension Carpark_V1_CarEntered {
    init(_ event: CarPark.CarEntered) {
        self.init()
        plate = event.plate
        enteredAt = event.enteredAt.microseconds
        paidUntil = event.paidUntil.microseconds
    }
}

extension CarPark.CarEntered {
    init(_ message: Carpark_V1_CarEntered) {
        self.init(
            plate: message.plate, enteredAt: Timestamp(microseconds: message.enteredAt),
            paidUntil: Timestamp(microseconds: message.paidUntil))
    }
}

extension Carpark_V1_CarLeft {
    init(_ event: CarPark.CarLeft) {
        self.init()
        plate = event.plate
        leftAt = event.leftAt.microseconds
        wasTowed = event.wasTowed
    }
}

extension CarPark.CarLeft {
    init(_ message: Carpark_V1_CarLeft) {
        self.init(
            plate: message.plate, leftAt: Timestamp(microseconds: message.leftAt), wasTowed: message.wasTowed)
    }
}
