import Domain
import EventLog
import Following
import OpenPayments
import PaymentContract
import Payments
import Following
import Projection
import Synchronization
import Testing
import TestSupport

@Suite struct `The payment process` {
    @Test func `sells what is paid for and captures the money once`() async throws {
        try await Shop().open { shop in
            try await shop.paying { _ in
                let order = try await shop.order(seat: 1)
                #expect(try await shop.end(of: order).status == .completed)
                let account = try #require(await shop.account(order))
                #expect(account.captured == 5_000 && account.timesCharged == 1)
                try await shop.settled()
            }
        }
    }

    @Test func `leaves the hold of a declined order for another card`() async throws {
        try await Shop().open { shop in
            try await shop.paying { _ in
                let (hold, token) = try await shop.hold(seat: 1)
                let declined = try await shop.pay(hold, token, card: "pm_card_visa_chargeDeclined")
                #expect(try await shop.end(of: declined).failure == .declined("generic_decline"))
                let paid = try await shop.pay(hold, token, card: "pm_card_visa")
                #expect(try await shop.end(of: paid).status == .completed)
                #expect(await shop.account(declined)?.captured == 0)
            }
        }
    }

    @Test(arguments: WatchedProvider.Call.allCases)
    func `gets through every failure of a call, before its effect and after it`(call: WatchedProvider.Call) async throws
    {
        let faults: [InMemoryPaymentProvider.Fault] = [
            .before(.unknown("lost")), .after(.unknown("lost")), .before(.unavailable("away")),
            .after(.unknown("lost")),
        ]
        try await Shop().open { shop in
            await Self.detour(to: call, in: shop)
            for fault in faults { await shop.provider.books.fail(next: call, fault) }
            // Begun before the process is: it looks it up first.
            let order = try await shop.order(seat: 1)
            try await shop.paying { _ in
                try await Self.lead(order, to: call, in: shop)
                try await shop.settled()
                // Of authorizations there are faults left for this one: a lost one is found, and not asked for again.
                let declined = try await shop.order(seat: 2, card: "pm_card_visa_chargeDeclined")
                #expect(try await shop.end(of: declined).status == .failed)
                #expect(await shop.provider.books.faultsLeft(of: call) == 0)
                try await Self.expectEnd(of: order, after: call, in: shop)
            }
        }
    }

    @Test func `voids an authorization that comes when the hold is over`() async throws {
        try await Shop().open { shop in
            await shop.provider.stop(next: .authorize, .after)
            try await shop.paying { _ in
                let order = try await shop.order(seat: 1)
                try await eventually("the card is authorized") { await shop.provider.isSomebodyStopped }
                shop.advance(seconds: 301)
                try await shop.submit(.expireHolds(limit: 10))
                #expect(try await shop.end(of: order).failure == .expired)
                await shop.provider.letGo()
                try await shop.settled()
                let account = try #require(await shop.account(order))
                #expect(account.state == .voided && account.timesCharged == 0)
            }
        }
    }

    @Test func `sells late what is still free, where the show wants that`() async throws {
        try await Shop().open(regrants: true) { shop in
            await shop.provider.stop(next: .authorize, .after)
            try await shop.paying { _ in
                let order = try await shop.order(seat: 1)
                try await eventually("the card is authorized") { await shop.provider.isSomebodyStopped }
                shop.advance(seconds: 301)
                try await shop.submit(.expireHolds(limit: 10))
                await shop.provider.letGo()
                #expect(try await shop.end(of: order).status == .completed)
            }
        }
    }

    @Test func `parks what is refused, and goes on when an operator says so`() async throws {
        try await Shop().open { shop in
            await shop.provider.books.fail(next: .capture, .before(.refused("not today")))
            try await shop.paying { _ in
                let order = try await shop.order(seat: 1)
                try await eventually("it is parked") {
                    shop.view.read { view, _ in view.orders[order]?.parkedBecause == "not today" }
                }
                try await shop.submit(.payment(.resumed, of: order))
                #expect(try await shop.end(of: order).status == .completed)
            }
        }
    }

    @Test func `takes a ticket back whose money can't be captured, when an operator says so`() async throws {
        try await Shop().open { shop in
            await shop.provider.books.fail(next: .capture, .before(.refused("never")))
            try await shop.paying { _ in
                let order = try await shop.order(seat: 1)
                try await eventually("it is parked") {
                    shop.view.read { view, _ in view.orders[order]?.parkedBecause != nil }
                }
                try await shop.submit(.payment(.abandoned, of: order))
                try await shop.settled()
                let account = try #require(await shop.account(order))
                #expect(account.state == .voided && account.timesCharged == 0)
                // Its seat is free again.
                _ = try await shop.order(seat: 1)
            }
        }
    }

    @Test func `refunds every order of a cancelled show, a few at a time`() async throws {
        var limits = PaymentLimits.brisk
        limits.cancelledOrdersMax = 3
        try await Shop().open { [limits] shop in
            try await shop.paying(limits: limits) { _ in
                var orders: [OrderID] = []
                for seat in 1...10 { orders.append(try await shop.order(seat: seat)) }
                for order in orders { #expect(try await shop.end(of: order).status == .completed) }
                let open = try await shop.order(seat: 11)
                try await shop.submit(.cancelShow)
                _ = try await shop.end(of: open)
                try await shop.settled()
                for order in orders {
                    let account = try #require(await shop.account(order))
                    #expect(account.refunded == 5_000 && account.timesCharged == 1)
                }
                let account = await shop.account(open)
                #expect(account.map { $0.captured == $0.refunded && $0.state != .authorized } ?? true)
                let returns = await shop.log.events(after: 0, limit: .max).filter { $0.event.type == "TicketsReturned" }
                #expect(returns.count >= orders.count)
                let sizes = Dictionary(grouping: returns, by: \.commandID).mapValues(\.count)
                #expect(sizes.allSatisfy { $0.value <= limits.cancelledOrdersMax }, "\(sizes)")
                // Not one by one either.
                #expect(sizes.contains { $0.value == limits.cancelledOrdersMax }, "\(sizes)")
            }
        }
    }

    @Test func `does nothing over again for orders that the view has yet to see settled`() async throws {
        try await Shop().open { shop in
            try await shop.paying { _ in
                for seat in 1...5 { _ = try await shop.end(of: shop.order(seat: seat)) }
                try await shop.settled()
            }
            // A node that starts from nothing, and a process that is active at once.
            shop.isBlind.withLock { $0 = true }
            shop.view.reset(epoch: 1)
            let before = await shop.provider.calls.count
            try await shop.paying { _ in
                shop.view.apply(await shop.log.events(after: 0, limit: 3).map(FollowedEvent.init))
                shop.isBlind.withLock { $0 = false }
                _ = try await shop.end(of: shop.order(seat: 6))
            }
            // One order's: its authorization, or the look-up before it, and its capture.
            #expect(await shop.provider.calls.count - before <= 3)
        }
    }

    @Test func `is done twice over by two active processes, and harms nothing`() async throws {
        try await Shop().open { shop in
            try await shop.paying { _ in
                try await shop.paying { _ in
                    var orders: [OrderID] = []
                    for seat in 1...20 {
                        let card = seat % 5 == 0 ? "pm_card_visa_chargeDeclined" : "pm_card_visa"
                        orders.append(try await shop.order(seat: seat, card: card))
                    }
                    for order in orders {
                        let record = try await shop.end(of: order)
                        if record.status == .completed {
                            try await shop.submit(.refund(order, tickets: nil, by: UserID("ada")))
                        }
                    }
                    try await shop.settled()
                    for order in orders {
                        let account = try #require(await shop.account(order))
                        #expect(account.timesCharged <= 1 && account.refunds.count == account.timesCharged)
                        #expect(account.captured == account.refunded && account.state != .authorized)
                    }
                }
            }
        }
    }

    struct Moment: Sendable, CustomTestStringConvertible {
        var call: WatchedProvider.Call
        var place: WatchedProvider.Place
        var testDescription: String { "\(place) \(call)" }

        static let all = [WatchedProvider.Call.authorize, .close, .capture, .void, .refund].flatMap { call in
            WatchedProvider.Place.allCases.map { Moment(call: call, place: $0) }
        }
    }

    /// It stands still or it dies: the call comes back, and takes effect if it has not, after all else or before.
    @Test(arguments: Moment.all, [true, false])
    func `is taken over in the middle of any step`(moment: Moment, standsStill: Bool) async throws {
        try await Shop().open { shop in
            await Self.detour(to: moment.call, in: shop)
            await shop.provider.stop(next: moment.call, moment.place)
            let order = try await shop.order(seat: 1)
            try await shop.paying { _ in
                try await Self.lead(order, to: moment.call, in: shop)
                try await eventually("\(moment.testDescription)") { await shop.provider.isSomebodyStopped }
                if standsStill { try await shop.paying { _ in try await shop.settled() } }
            }
            try await shop.paying { _ in try await shop.settled() }
            try await Self.expectEnd(of: order, after: moment.call, in: shop)
        }
    }

    /// What is refused is closed, whatever became of it; what an operator gives up after the sale is voided.
    private static func detour(to call: WatchedProvider.Call, in shop: Shop) async {
        switch call {
        case .authorize, .find, .capture, .refund: break
        case .close: await shop.provider.books.fail(next: .authorize, .after(.refused("it says")))
        case .void: await shop.provider.books.fail(next: .capture, .before(.refused("it says")))
        }
    }

    private static func lead(_ order: OrderID, to call: WatchedProvider.Call, in shop: Shop) async throws {
        switch call {
        case .authorize, .find, .close, .capture: break
        case .refund:
            #expect(try await shop.end(of: order).status == .completed)
            try await shop.submit(.refund(order, tickets: nil, by: UserID("ada")))
        case .void:
            try await eventually("it is parked") {
                shop.view.read { view, _ in view.orders[order]?.parkedBecause != nil }
            }
            try await shop.submit(.payment(.abandoned, of: order))
        }
    }

    private static func expectEnd(of order: OrderID, after call: WatchedProvider.Call, in shop: Shop) async throws {
        let account = try #require(await shop.account(order))
        switch call {
        case .authorize, .find, .capture: #expect(account.captured == 5_000 && account.timesCharged == 1)
        case .refund:
            #expect(account.refunded == 5_000 && account.refunds.count == 1 && account.timesCharged == 1)
        case .close, .void: #expect(account.state == .voided && account.timesCharged == 0)
        }
    }
}
