public import Domain
public import EventLog

extension ShowState: LoggedAggregate {
    /// The two events of a hold come first: they are nearly all of a log.
    public static let codec = EventCodec<ShowEvent>([
        .init("HoldPlaced", as: Holdfast_V1_HoldPlaced.self) {
            if case .hold(.placed(let event)) = $0 { event.wireBytes } else { nil }
        } decode: {
            .hold(.placed(try HoldPlaced(payload: $0)))
        },
        .init("HoldExpired", as: Holdfast_V1_HoldEnded.self) {
            if case .hold(.expired(let event)) = $0 { event.wireBytes } else { nil }
        } decode: {
            .hold(.expired(try HoldEnded(payload: $0)))
        },
        .init("HoldReleased", as: Holdfast_V1_HoldEnded.self) {
            if case .hold(.released(let event)) = $0 { event.wireBytes } else { nil }
        } decode: {
            .hold(.released(try HoldEnded(payload: $0)))
        },
        .init("PurchaseStarted", as: Holdfast_V1_PurchaseStarted.self) {
            if case .order(.started(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .order(.started(PurchaseStarted($0)))
        },
        .init("SeatsSold", as: Holdfast_V1_SeatsSold.self) {
            if case .order(.sold(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .order(.sold(try SeatsSold($0)))
        },
        .init("PaymentCaptured", as: Holdfast_V1_PaymentCaptured.self) {
            if case .order(.captured(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .order(.captured(PaymentCaptured($0)))
        },
        .init("PurchaseFailed", as: Holdfast_V1_PurchaseFailed.self) {
            if case .order(.failed(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .order(.failed(try PurchaseFailed($0)))
        },
        .init("PaymentVoided", as: Holdfast_V1_PaymentVoided.self) {
            if case .order(.voided(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .order(.voided(PaymentVoided($0)))
        },
        .init("PaymentRefunded", as: Holdfast_V1_PaymentRefunded.self) {
            if case .order(.refunded(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .order(.refunded(PaymentRefunded($0)))
        },
        .init("PaymentParked", as: Holdfast_V1_PaymentParked.self) {
            if case .order(.parked(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .order(.parked(PaymentParked($0)))
        },
        .init("PaymentResumed", as: Holdfast_V1_PaymentResumed.self) {
            if case .order(.resumed(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .order(.resumed(PaymentResumed($0)))
        },
        .init("TicketsReturned", as: Holdfast_V1_TicketsReturned.self) {
            if case .order(.returned(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .order(.returned(try TicketsReturned($0)))
        },
        .init("TicketsSwapped", as: Holdfast_V1_TicketsSwapped.self) {
            if case .order(.swapped(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .order(.swapped(try TicketsSwapped($0)))
        },
        .init("PaymentActionRequired", as: Holdfast_V1_PaymentActionRequired.self) {
            if case .order(.money(.actionRequired(let event))) = $0 { .init(event) } else { nil }
        } read: {
            .order(.money(.actionRequired(PaymentActionRequired($0))))
        },
        .init("ProviderRefunded", as: Holdfast_V1_ProviderRefunded.self) {
            if case .order(.money(.refunded(let event))) = $0 { .init(event) } else { nil }
        } read: {
            .order(.money(.refunded(ProviderRefunded($0))))
        },
        .init("DisputeChanged", as: Holdfast_V1_DisputeChanged.self) {
            if case .order(.money(.disputed(let event))) = $0 { .init(event) } else { nil }
        } read: {
            .order(.money(.disputed(try DisputeChanged($0))))
        },
        .init("PaymentAccepted", as: Holdfast_V1_PaymentAccepted.self) {
            if case .order(.money(.accepted(let event))) = $0 { .init(event) } else { nil }
        } read: {
            .order(.money(.accepted(PaymentAccepted($0))))
        },
        .init("TicketsSuspended", as: Holdfast_V1_TicketsSuspended.self) {
            if case .order(.money(.suspended(let event))) = $0 { .init(event) } else { nil }
        } read: {
            .order(.money(.suspended(TicketsSuspended($0))))
        },
        .init("TicketsRestored", as: Holdfast_V1_TicketsRestored.self) {
            if case .order(.money(.restored(let event))) = $0 { .init(event) } else { nil }
        } read: {
            .order(.money(.restored(TicketsRestored($0))))
        },
        .init("TicketScanned", as: Holdfast_V1_TicketScanned.self) {
            if case .ticket(.scanned(let event)) = $0, event.pass.direction == .entry { .init(event) } else { nil }
        } read: {
            .ticket(.scanned(TicketScanned($0, .entry)))
        },
        .init("TicketLeft", as: Holdfast_V1_TicketScanned.self) {
            if case .ticket(.scanned(let event)) = $0, event.pass.direction == .exit { .init(event) } else { nil }
        } read: {
            .ticket(.scanned(TicketScanned($0, .exit)))
        },
        .init("ScanUndone", as: Holdfast_V1_ScanUndone.self) {
            if case .ticket(.scanUndone(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .ticket(.scanUndone(try ScanUndone($0)))
        },
        .init("ScansUploaded", as: Holdfast_V1_ScansUploaded.self) {
            if case .ticket(.scansUploaded(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .ticket(.scansUploaded(try ScansUploaded($0)))
        },
        .init("TicketChanged", as: Holdfast_V1_TicketChanged.self) {
            if case .ticket(.changed(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .ticket(.changed(try TicketChanged($0)))
        },
        .init("ShowCreated", as: Holdfast_V1_ShowCreated.self) {
            if case .created(let event) = $0 { canonicalBytes(of: Holdfast_V1_ShowCreated(event)) } else { nil }
        } decode: {
            .created(try ShowCreated(payload: $0))
        },
        .init("ShowChanged", as: Holdfast_V1_ShowChanged.self) {
            if case .changed(let event) = $0 { .init(event) } else { nil }
        } read: {
            .changed(try ShowChanged($0))
        },
        .init("PlacesChanged", as: Holdfast_V1_PlacesChanged.self) {
            if case .places(let event) = $0 { .init(event) } else { nil }
        } read: {
            .places(try PlacesChanged($0))
        },
        .init("AllocationsChanged", as: Holdfast_V1_AllocationsChanged.self) {
            if case .allocations(let event) = $0 { .init(event) } else { nil }
        } read: {
            .allocations(AllocationsChanged($0))
        },
        .init("AdmissionRuleChanged", as: Holdfast_V1_AdmissionRuleChanged.self) {
            if case .admission(.ruleChanged(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .admission(.ruleChanged(AdmissionRuleChanged($0)))
        },
        .init("AdmissionEnded", as: Holdfast_V1_AdmissionEnded.self) {
            if case .admission(.ended(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .admission(.ended(AdmissionEnded($0)))
        },
        .init("HoldChanged", as: Holdfast_V1_HoldChanged.self) {
            if case .hold(.changed(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .hold(.changed(try HoldChanged($0)))
        },
        .init("WaitlistJoined", as: Holdfast_V1_WaitlistJoined.self) {
            if case .waitlist(.joined(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .waitlist(.joined(try WaitlistJoined($0)))
        },
        .init("WaitlistLeft", as: Holdfast_V1_WaitlistLeft.self) {
            if case .waitlist(.left(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .waitlist(.left(WaitlistLeft($0)))
        },
        .init("WaitlistOffered", as: Holdfast_V1_WaitlistOffered.self) {
            if case .waitlist(.offered(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .waitlist(.offered(WaitlistOffered($0)))
        },
        .init("WaitlistClosed", as: Holdfast_V1_WaitlistClosed.self) {
            if case .waitlist(.closed(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .waitlist(.closed(try WaitlistClosed($0)))
        },
        .init("WaitlistScheduled", as: Holdfast_V1_WaitlistScheduled.self) {
            if case .waitlist(.scheduled(let event)) = $0 { .init(event) } else { nil }
        } read: {
            .waitlist(.scheduled(WaitlistScheduled($0)))
        },
        .init("ShowCancelled", as: Holdfast_V1_ShowCancelled.self) {
            if case .cancelled(let event) = $0 { .init(event) } else { nil }
        } read: {
            .cancelled(ShowCancelled($0))
        },
    ])
}

extension EncodedEvent {
    /// A show's event as it is written today.
    public init(_ event: ShowEvent) { self = ShowState.codec.encode(event) }

    /// A show's event, whatever version it was written in. Throws for what is no event of a show.
    public func decoded() throws(UnreadableEvent) -> ShowEvent { try ShowState.codec.decode(self) }
}
