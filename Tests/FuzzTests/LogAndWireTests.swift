import Catalogue
import Contract
import Deadlines
import Domain
import EventLog
import Fanout
import Following
import Foundation
import Projection
import SwiftProtobuf
import Testing

@testable import CommandAPI
@testable import HTTPServer
@testable import Text
@testable import WebAPI

extension ParsersUnderFuzz {
    // MARK: Log payloads

    /// The golden files of every schema version, each under a line with its type and version.
    private static func goldenEvents() throws -> [[UInt8]] {
        try Corpus(folder: "ContractTests/Golden").files.filter { !$0.name.hasPrefix("Outcome.") }.map {
            name, payload in
            Array("\(name.split(separator: ".").prefix(2).joined(separator: "."))\n".utf8) + payload
        }
    }

    @Test("Events of the log, of every type and schema version") func events() async throws {
        try await fuzz(
            FuzzRun(
                parser: "event", inputs: 4_000, samples: try Self.goldenEvents(), mutation: .headedProtobuf,
                words: [
                    "ShowCreated", "HoldPlaced", "HoldReleased", "HoldExpired", "PurchaseStarted", "SeatsSold",
                    "PurchaseFailed", "PaymentCaptured", "PaymentVoided", "PaymentRefunded", "PaymentParked",
                    "PaymentResumed", "TicketsReturned", "TicketsSwapped", "TicketScanned", "TicketLeft", "ScanUndone",
                    "ScansUploaded", "TicketChanged", "ShowCancelled", "show-o1",
                    "show-h1", "show-o1-1", "floor", ".1", ".2", ".0", ".-1",
                ])
        ) { input in
            let head = String(decoding: input.prefix { $0 != 0x0A }, as: UTF8.self).split(separator: ".", maxSplits: 1)
            let recorded = EncodedEvent(
                type: String(head.first ?? ""), schemaVersion: head.count == 2 ? Int(head[1]) ?? 0 : 1,
                payload: Array(input.drop { $0 != 0x0A }.dropFirst()))
            let event: ShowEvent
            do throws(UnreadableEvent) {
                event = try recorded.decoded()
            } catch {
                return "unreadable: \(error.description.filter { !$0.isNumber }.prefix(40))"
            }
            let again = EncodedEvent(event)
            // Not compared as values: a plan's coordinate may be no number, which is not equal to itself.
            try expect(try EncodedEvent(again.decoded()) == again, "it is read back as another")
            var results = ["accepted"]
            do {
                try expectJSON(try ShowState.codec.json(again))
            } catch let error as UnreadableEvent {
                results.append("\(error)")
            }
            results.append(try folded(event))
            return results.joined(separator: "; ")
        }
    }

    /// Some events are read and written by hand: like SwiftProtobuf, whatever the bytes.
    @Test("Events that are read by hand") func handReadEvents() async throws {
        let samples = try Self.goldenEvents().filter { golden in
            ["Hold", "ShowCreated"].contains { golden.starts(with: $0.utf8) }
        }
        try await fuzz(
            FuzzRun(
                parser: "hand-read-event", inputs: 10_000, samples: samples, mutation: .headedProtobuf,
                words: ["HoldPlaced", "HoldReleased", "HoldExpired", "ShowCreated", "floor"])
        ) { input in
            let recorded = EncodedEvent(
                type: String(decoding: input.prefix { $0 != 0x0A && $0 != 0x2E }, as: UTF8.self), schemaVersion: 1,
                payload: Array(input.drop { $0 != 0x0A }.dropFirst()))
            let expected: [UInt8]
            do {
                guard let bytes = try rewritten(recorded) else { return "another event" }
                expected = bytes
            } catch {
                do throws(UnreadableEvent) {
                    _ = try recorded.decoded()
                } catch {
                    return "unreadable: \(error.description.filter { !$0.isNumber }.prefix(40))"
                }
                throw Violation("SwiftProtobuf finds that it can't be read: \(error)")
            }
            let event = try recorded.decoded()
            let again = EncodedEvent(event)
            try expect(again.payload == expected, "SwiftProtobuf writes \(expected)")
            try expect(
                try EncodedEvent(again.decoded()) == again, "what is written by hand is read back as something else")
            guard case .created(let show) = event, let plan = show.plan else {
                return again.payload == recorded.payload ? "as it was" : "in another form"
            }
            let unpacked = plan.unpacked()
            try expect(plan.seatCount == unpacked.seatCount, "\(plan.seatCount) of \(unpacked.seatCount) seats")
            try expect(
                plan.wireBytes == canonicalBytes(of: Holdfast_V1_SeatingPlan(unpacked)), "a plan in another form")
            return "a plan of \(plan.seatCount) seats"
        }
    }

    @Test("Recorded outcomes") func outcomes() async throws {
        let golden = try Corpus(folder: "ContractTests/Golden").files.filter { $0.name.hasPrefix("Outcome.") }.map(
            \.input)
        try await fuzz(
            FuzzRun(
                parser: "outcome", inputs: 3_000, samples: golden, mutation: .protobuf,
                words: ["unknown-seat", "not-on-sale"])
        ) { input in
            let outcome: Outcome
            do throws(UnreadableOutcome) {
                outcome = try Outcome(encoded: input)
            } catch {
                return "unreadable: \(error.description.filter { !$0.isNumber }.prefix(40))"
            }
            try expect(try Outcome(encoded: outcome.encoded) == outcome, "it is read back as another: \(outcome)")
            guard case .rejected(let rejection) = outcome else { return "accepted" }
            return try told(Problem(rejection, at: LogPosition(epoch: 1, position: 1)))
        }
    }

    // MARK: The fan-out

    @Test("Messages of the fan-out") func fanout() async throws {
        let events = [ShowEvent.created(Fixture.show), .hold(.placed(Fixture.placed)), .hold(.released(Fixture.ended))]
        var batch = CommittedBatch(
            epoch: 3,
            events: events.enumerated().map { index, event in
                RecordedEvent(
                    position: 41 + Int64(index), stream: StreamID("show"), streamVersion: 1 + Int64(index),
                    event: EncodedEvent(event), commandID: CommandID(high: 1, low: UInt64(index)),
                    recordedAt: Fixture.now)
            }, traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", head: 43)
        batch.traces = [
            EventTrace(
                positions: 41...42, traceParent: "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01")
        ]
        let samples = [batch.encode(), CommittedBatch(head: LogPosition(epoch: 2, position: 9)).encode()]
        try await fuzz(FuzzRun(parser: "fanout", inputs: 5_000, samples: samples, mutation: .protobuf)) { input in
            let batch: CommittedBatch
            do throws(FanoutDecodingError) {
                batch = try CommittedBatch(decoding: input)
            } catch {
                switch error {
                case .invalidField(let name, _): return "invalid \(name)"
                case .wrongHash: return "wrong hash"
                case .inconsistent(let inconsistency): return "\("\(inconsistency)".prefix { $0 != "(" })"
                case .notAMessage, .tooManyEvents, .tooLarge: return "\("\(error)".prefix { $0 != "(" })"
                }
            }
            try batch.validate()
            try expect(try CommittedBatch(decoding: batch.encode()) == batch, "it is read back as another")
            let readable = batch.events.map(FollowedEvent.init).count {
                if case .success = $0.event { true } else { false }
            }
            return "\(readable) of \(batch.events.count) events"
        }
    }

    // MARK: Snapshots

    @Test("Snapshots of every view") func snapshots() async throws {
        try await fuzz(
            FuzzRun(
                parser: "snapshot", inputs: 4_000,
                samples: try projections.flatMap { [try sample($0), try sampleOfCancellation($0)] },
                mutation: .snapshot)
        ) { input in
            let snapshot: Snapshot
            do throws(ProjectionFault) {
                snapshot = try Snapshot(encoded: input)
            } catch {
                return "refused: \(error.description.filter { !$0.isNumber }.prefix(40))"
            }
            try expect(try Snapshot(encoded: snapshot.encoded) == snapshot, "it is read back as another")
            guard let type = projections.first(where: { $0.name == snapshot.projection }) else {
                return "of another view"
            }
            return try restored(type, snapshot)
        }
    }
}

/// The payload of an event that is read by hand, as SwiftProtobuf reads and writes it; nil: it is another event. Throws if
/// it can't be read.
private func rewritten(_ event: EncodedEvent) throws -> [UInt8]? {
    switch event.type {
    case "HoldPlaced":
        var message = try Holdfast_V1_HoldPlaced(serializedBytes: event.payload)
        _ = try HoldPlaced(message)
        message.unknownFields = UnknownStorage()
        for index in message.fares.indices { message.fares[index].unknownFields = UnknownStorage() }
        for index in message.areas.indices { message.areas[index].unknownFields = UnknownStorage() }
        return canonicalBytes(of: message)
    case "HoldReleased", "HoldExpired":
        var message = try Holdfast_V1_HoldEnded(serializedBytes: event.payload)
        message.unknownFields = UnknownStorage()
        for index in message.areas.indices { message.areas[index].unknownFields = UnknownStorage() }
        return canonicalBytes(of: message)
    case "ShowCreated":
        let show = try ShowCreated(Holdfast_V1_ShowCreated(serializedBytes: event.payload))
        return canonicalBytes(of: Holdfast_V1_ShowCreated(show))
    default: return nil
    }
}

private let projections = Catalogue.inMemory.compactMap(\.type)

/// A view's state that was read from a snapshot is written and read as the same, can be shown, and takes in what follows
/// or stops before it.
private func restored<P: Projection>(_ type: P.Type, _ snapshot: Snapshot) throws -> String {
    var view: P
    do throws(ProjectionFault) {
        view = try P(encoded: snapshot.payload)
    } catch {
        return "\(P.name) refused: \(error.description.filter { !$0.isNumber }.prefix(40))"
    }
    let encoded = view.encoded
    try expect(try P(encoded: encoded).encoded == encoded, "\(P.name) is read back as another")
    for line in view.lines { try expectJSON(line) }
    return "\(P.name) \(applied(following, to: &view))"
}

private let following: [ShowEvent] =
    [
        .hold(.released(Fixture.ended)), .hold(.placed(Fixture.placed)), .hold(.expired(Fixture.ended)),
        .created(Fixture.show),
        .hold(.placed(Fixture.placed)),
    ] + Fixture.purchase + Fixture.afterwards

private func applied<P: Projection>(_ events: [ShowEvent], to view: inout P) -> String {
    var results = ""
    for event in events {
        do {
            try view.fold(event, in: Fixture.context)
            results += "+"
        } catch {
            results += "-"
        }
    }
    _ = view.encoded
    return results
}

private func sample<P: Projection>(_ type: P.Type) throws -> [UInt8] {
    var view = P()
    let events =
        [.created(Fixture.show), .hold(.placed(Fixture.placed)), .order(.started(Fixture.started))] as [ShowEvent]
    for event in events { try view.fold(event, in: Fixture.context) }
    return Snapshot(projection: P.name, formatVersion: P.formatVersion, epoch: 1, sequence: 3, payload: view.encoded)
        .encoded
}

/// A show that was cancelled after a sale: nothing is held, and a refund is on its way.
private func sampleOfCancellation<P: Projection>(_ type: P.Type) throws -> [UInt8] {
    var view = P()
    let events = [.created(Fixture.show), .hold(.placed(Fixture.placed))] + Fixture.purchase + Fixture.afterwards
    for event in events { try view.fold(event, in: Fixture.context) }
    return Snapshot(
        projection: P.name, formatVersion: P.formatVersion, epoch: 1, sequence: 9, payload: view.encoded
    ).encoded
}

/// What an event of the log does where events go: the state that decides and every view take it in or say why not, and go
/// on from there.
private func folded(_ event: ShowEvent) throws -> String {
    var results = ""
    let held: [ShowEvent] = [.created(Fixture.show), .hold(.placed(Fixture.placed))]
    let histories = [
        [], [.created(Fixture.show)], held, held + Fixture.purchase.prefix(1), held + Fixture.purchase.prefix(2),
        held + Fixture.purchase, held + Fixture.purchase + Fixture.afterwards.prefix(1),
    ]
    for before in histories {
        let events = before + [event] + following
        var state = ShowState()
        for event in before { state.evolve(event) }
        let undo = state.evolve(event)
        state.didRecord(event, at: 7)
        var undone = state
        undone.revert(undo)
        try trySelling(state)
        for command in commands { _ = try decide(command, on: state) }
        for event in following { state.evolve(event) }
        results += fold(events)

        for type in projections { results += try shown(type, events) }
    }
    return results
}

private func shown<P: Projection>(_: P.Type, _ events: [ShowEvent]) throws -> String {
    var view = P()
    let results = applied(events, to: &view)
    for line in view.lines { try expectJSON(line) }
    if let deadlines = view as? Deadlines { _ = deadlines.overdue(at: Timestamp(microseconds: .max)) }
    return results
}

/// Everything that may be asked of a show that has gone through whatever it has.
private let commands: [ShowCommand] = {
    let (ann, order, ticket) = (UserID("ann"), OrderID("show-o1"), TicketID("show-o1-1"))
    let start = StartPurchase(
        orderID: OrderID("show-o2"), holdID: HoldID("show-h1"), userID: ann, fencingToken: 7, paymentMethod: "card")
    let steps: [PaymentStep] = [
        .authorized("pi"), .declined("no"), .refused("no"), .captured, .voided, .refunded(RefundID("show-o1-r1")),
        .parked(reason: ""),
        .unanswered(salt: 1), .resumed, .abandoned,
    ]
    let uses: [TicketStep] = [
        .scan(TicketScan(generation: 1)), .scan(TicketScan(generation: 1, direction: .exit, areas: ["x"])),
        .undoScan(areas: nil), .offer(to: UserID("bob")), .withdrawOffer, .accept, .list, .unlist,
    ]
    return [
        .expireHolds(limit: 10), .releaseHold(HoldID("show-h1"), by: ann), .create(ValidShow(unchecked: Fixture.show)),
        .startPurchase(start),
        .refund(order, tickets: nil, by: nil), .refund(order, tickets: [1], by: ann), .cancelShow,
        .refundCancelled(limit: 10),
        .uploadScans(
            ScanUpload(
                [ScanUpload.Scan(ticketID: ticket, code: .generation(1), at: Timestamp(microseconds: 5))], by: ann)),
    ] + steps.map { .payment($0, of: order) } + uses.map { .ticket($0, ticket, by: ann) }
}()

/// What the orders that events name come to, each by itself.
private func fold(_ events: [ShowEvent]) -> String {
    var records: [OrderID: OrderRecord] = [:]
    for event in events {
        for id in OrderRecord.ids(in: event) {
            if case .order(.started(let started)) = event {
                records[id] = OrderRecord(started, show: ShowID("show"), at: 1)
            }
            records[id]?.apply(event, at: 1)
        }
    }
    return records.values.sorted { $0.orderID < $1.orderID }.map { "\($0.status)" }.joined(separator: ",")
}

private func expectJSON(_ text: String) throws(Violation) {
    guard JSONScan.fault(in: Array(text.utf8)) == nil else { throw Violation("no JSON: \(text)") }
}
