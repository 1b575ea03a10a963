import Contract
import Domain

/// What events say of how a sale goes, added up.
struct SalesTally: Equatable {
    /// Holds that were placed.
    var holds = 0
    /// Places that holds took, and gave back or lost.
    var placesHeld = 0
    var placesReleased = 0
    var placesExpired = 0
    var placesSold = 0
    /// Places whose tickets went back.
    var placesReturned = 0
    var checkoutsStarted = 0
    var checkoutsCompleted = 0
    /// By ``FailureReason``.
    var checkoutsFailed: [FailureReason: Int] = [:]
    var paymentSteps: [PaymentStep: Int] = [:]
    var entriesJoined = 0
    var entriesAdmitted = 0
    var ticketsScanned = 0

    /// Why a checkout failed. The provider has many words for a refusal; here it is one.
    enum FailureReason: String, CaseIterable {
        case declined, expired, abandoned
        case showCancelled = "show-cancelled"
    }

    /// What became of a payment.
    enum PaymentStep: String, CaseIterable {
        case captured, voided, refunded, parked, resumed
    }

    mutating func add(_ event: any DomainEvent) {
        switch event {
        case let event as ShowEvent: add(event)
        case let event as RoomEvent: add(event)
        default: break
        }
    }

    private mutating func add(_ event: ShowEvent) {
        switch event {
        case .hold(let event): add(event)
        case .order(let event): add(event)
        case .ticket(.scanned): ticketsScanned += 1
        case .created, .changed, .places, .allocations, .admission, .cancelled, .ticket, .waitlist: break
        }
    }

    private mutating func add(_ event: HoldEvent) {
        switch event {
        case .placed(let placed):
            holds += 1
            placesHeld += placed.seats.count + placed.areas.places
        case .changed(let changed):
            placesHeld += changed.addedSeats.count + changed.addedAreas.places
            placesReleased += changed.dropped?.places ?? 0
        case .released(let ended): placesReleased += ended.places
        case .expired(let ended): placesExpired += ended.places
        }
    }

    private mutating func add(_ event: OrderEvent) {
        switch event {
        case .started: checkoutsStarted += 1
        case .sold(let sold):
            placesSold += sold.seats.count + sold.areas.places
            checkoutsCompleted += 1
        case .failed(let failed): checkoutsFailed[FailureReason(failed.reason), default: 0] += 1
        case .captured: paymentSteps[.captured, default: 0] += 1
        case .voided: paymentSteps[.voided, default: 0] += 1
        case .refunded: paymentSteps[.refunded, default: 0] += 1
        case .parked: paymentSteps[.parked, default: 0] += 1
        case .resumed: paymentSteps[.resumed, default: 0] += 1
        case .returned(let returned): placesReturned += returned.seatIndexes.count + returned.areas.places
        case .swapped, .money: break
        }
    }

    private mutating func add(_ event: RoomEvent) {
        switch event {
        case .joined: entriesJoined += 1
        case .admitted(let admitted): entriesAdmitted += admitted.entries.count
        case .configured, .phaseChanged, .claimed, .ended, .drawSealed, .seedRevealed, .beaconRecorded,
            .partyForfeited, .drawHeld:
            break
        }
    }
}

extension SalesTally.FailureReason {
    fileprivate init(_ reason: PurchaseFailed.Reason) {
        self =
            switch reason {
            case .declined: .declined
            case .expired: .expired
            case .showCancelled: .showCancelled
            case .abandoned: .abandoned
            }
    }
}

extension HoldEnded {
    fileprivate var places: Int { seatIndexes.count + areas.places }
}

extension [AreaQuantity] {
    fileprivate var places: Int { reduce(0) { $0 + $1.quantity } }
}
