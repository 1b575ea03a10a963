import Contract
import Domain
import EventLog
import SwiftProtobuf
import Testing

@Suite struct `Every event` {
    @Test(arguments: 1...40)
    func `survives the log`(seed: UInt64) throws {
        var random = RandomEvents(seed: seed)
        for _ in 0..<50 {
            let event = random.next()
            let encoded = EncodedEvent(event)
            #expect(encoded.schemaVersion == 1)
            #expect(try encoded.decoded() == event)
        }
    }

    @Test func `is the same bytes every time`() throws {
        var show = Sample.created
        for index in 0..<50 { show.prices["category \(index)"] = Int64(index) }
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        let bytes: [UInt8] = try Holdfast_V1_ShowCreated(show).serializedBytes(options: options)
        #expect(EncodedEvent(.created(show)).payload == bytes)
    }

    @Test func `has its own name`() {
        let names = Sample.events.map { EncodedEvent($0.event).type }
        #expect(names == Sample.events.map { String($0.golden.prefix { $0 != "." }) })
        #expect(
            Set(names) == [
                "ShowCreated", "ShowChanged", "PlacesChanged", "AllocationsChanged", "HoldChanged", "HoldPlaced",
                "HoldReleased", "HoldExpired", "PurchaseStarted", "SeatsSold",
                "PurchaseFailed", "PaymentCaptured", "PaymentVoided", "PaymentRefunded", "PaymentParked",
                "PaymentResumed",
                "TicketsReturned", "TicketScanned", "TicketLeft", "ScanUndone", "ScansUploaded", "TicketChanged",
                "ShowCancelled", "PaymentActionRequired", "ProviderRefunded", "DisputeChanged",
                "PaymentAccepted", "TicketsSuspended", "TicketsRestored", "AdmissionRuleChanged", "AdmissionEnded",
                "TicketsSwapped",
                "WaitlistJoined", "WaitlistLeft",
                "WaitlistOffered", "WaitlistClosed", "WaitlistScheduled",
            ])
    }

    @Test func `can be shown to people as JSON`() throws {
        for (_, event) in Sample.events { #expect(try ShowState.codec.json(EncodedEvent(event)).hasPrefix("{")) }
        let json = try ShowState.codec.json(EncodedEvent(.hold(.placed(Sample.placed))))
        #expect(json.contains("\"holdId\":\"0123456789abcdef-h\""))
    }
}

@Suite struct `Every outcome` {
    @Test func `survives the log`() throws {
        for (_, outcome) in Sample.outcomes { #expect(try Outcome(encoded: outcome.encoded) == outcome) }
        for time in [Int64.min, -1, 0, .max] {
            let outcome = Outcome.rejected(.notOnSale(until: Timestamp(microseconds: time)))
            #expect(try Outcome(encoded: outcome.encoded) == outcome)
        }
        for time in [Int64.min, -1, 0, .max] {
            let outcome = Outcome.rejected(
                .ticketAlreadyScanned(at: Timestamp(microseconds: time), gate: time == 0 ? "" : "Süd"))
            #expect(try Outcome(encoded: outcome.encoded) == outcome)
        }
        let uses: [Rejection.TicketUse] = [
            .listed, .scanned, .outside, .notScanned, .tooManyScans, .returned, .resold, .transferred, .notOffered,
            .offered, .notListed, .beingBought, .suspended, .notSuspended,
        ]
        for use in uses {
            let outcome = Outcome.rejected(.ticketUnusable(use))
            #expect(try Outcome(encoded: outcome.encoded) == outcome)
        }
        let resale = Outcome.rejected(.seatsUnavailable([.seat("L-1-1", .resale)]))
        #expect(try Outcome(encoded: resale.encoded) == resale)
        for number in [0, 1, Int(UInt32.max)] {
            let outcome = Outcome.rejected(
                .seatsUnavailable([.area(AreaID("a"), available: number), .quantity(available: number)]))
            #expect(try Outcome(encoded: outcome.encoded) == outcome)
        }
    }

    @Test func `of a rejection has a code of its own`() {
        let codes = Sample.outcomes.compactMap { outcome in
            if case .rejected(let rejection) = outcome.outcome { rejection.code } else { nil }
        }
        #expect(codes.count == Sample.outcomes.count - 1)
        #expect(Set(codes).count == codes.count)
        #expect(codes.map { "Outcome.\($0)" } == Array(Sample.outcomes.map(\.golden).dropFirst()))
    }

    /// A log that contradicts itself can leave fewer than no units free.
    @Test func `counts no less than nothing`() throws {
        for number in [-1, Int.min, Int.max] {
            let rejection = Rejection.seatsUnavailable([
                .area(AreaID("a"), available: number), .quantity(available: number),
            ])
            let clamped = number < 0 ? 0 : Int(UInt32.max)
            #expect(
                try Outcome(encoded: Outcome.rejected(rejection).encoded)
                    == .rejected(
                        .seatsUnavailable([.area(AreaID("a"), available: clamped), .quantity(available: clamped)])))
        }
    }
}
