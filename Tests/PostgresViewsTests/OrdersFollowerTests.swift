import Contract
import Domain
import EventLog
import Following
import Projection
import Postgres
import PostgresEventLog
import PostgresViews
import Testing
import TestSupport

@Suite(.timeLimit(.minutes(5))) struct `The Orders view` {
    @Test func `follows the log, and says whose each ticket is`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower()
            try await orders.following(follower) {
                try await orders.log.append(Purchase.completed("a") + [Purchase.started("b"), Purchase.failed("b")])
                try await orders.upToDate()
                let (page, place) = try await orders.reader.orders(of: UserID("ada"), before: nil, limit: 10)
                #expect(place == LogPosition(epoch: 1, position: 5))
                #expect(page.elements.map(\.orderID) == [Purchase.order("b"), Purchase.order("a")])
                #expect(page.elements.map(\.status) == [.failed, .completed])
                #expect(page.next == nil)

                let ticket = Purchase.ticket(1, "a")
                try await orders.log.append([Purchase.passed(ticket, from: "ada", to: "bob", generation: 2)])
                try await orders.upToDate()
                #expect(try await orders.reader.ticket(ticket, of: UserID("ada")).0 == nil)
                let found = try #require(try await orders.reader.ticket(ticket, of: UserID("bob")).0)
                #expect(found.record?.owner == UserID("bob"))
                #expect(found.order.orderID == Purchase.order("a"))
                // The order stays with whoever paid for it.
                #expect(try await orders.reader.order(Purchase.order("a"), of: UserID("bob")).0 == nil)
                #expect(try await orders.reader.order(Purchase.order("a"), of: UserID("ada")).0 != nil)
            }
            #expect(try await orders.difference() == nil)
        }
    }

    @Test func `takes what the replica applied from there, and does not read the log again`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower { $0.pollInterval = .seconds(3_600) }
            try await orders.following(follower) {
                try await eventually("it looked at the log") { orders.log.reads == [0] }
                try await orders.log.append(Purchase.completed("a") + Purchase.completed("b"))
                follower.hear(await orders.log.followed(after: 0, limit: 4))
                follower.hear(await orders.log.followed(after: 4, limit: 2))
                try await orders.upToDate()
            }
            // At its end it may look for more.
            #expect(orders.log.reads.allSatisfy { $0 == 0 || $0 == 6 })
            #expect(try await orders.difference() == nil)
        }
    }

    @Test func `reads the log where too much was heard, or too little`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower {
                $0.pageEvents = 2
                $0.bufferMax = 7
            }
            try await orders.following(follower) {
                for round in 0..<12 {
                    let before = await orders.log.head().position
                    for order in 0...2 { try await orders.log.append(Purchase.completed("\(round)-\(order)")) }
                    // Some of it not, some twice, and now and then more than may wait.
                    let skipped = Int64(round % 4) - 1
                    let events = await orders.log.followed(after: max(before + skipped, 0), limit: 3 + round % 6)
                    follower.hear(events)
                }
                try await orders.upToDate()
            }
            #expect(try await orders.difference() == nil)
        }
    }

    @Test func `does not take over what was heard of a tail that is lost`() async throws {
        try await OrdersUnderTest.with { orders in
            try await orders.log.append(Purchase.completed("a"))
            let (first, _) = orders.follower()
            try await orders.following(first) { try await orders.upToDate() }
            try await orders.log.append(Purchase.completed("lost"))
            let lost = await orders.log.followed(after: 3, limit: 3)
            try await orders.log.failOver(keeping: 3)
            let (second, reader) = orders.follower { $0.pollInterval = .seconds(3_600) }
            try await orders.following(second) {
                try await orders.upToDate()
                try await orders.log.append(Purchase.completed("kept"))
                second.hear(lost)
                try await orders.upToDate()
            }
            #expect(try await reader.order(Purchase.order("lost"), of: UserID("ada")).0 == nil)
            #expect(try await orders.difference() == nil)
        }
    }

    @Test func `is the same however many follow, and whenever one of them is gone`() async throws {
        try await OrdersUnderTest.with { orders in
            for round in 0..<6 {
                let (one, _) = orders.follower { $0.pageEvents = 2 }
                // Both have the lease: both fold, on the same checkpoint.
                let (two, _) = orders.follower { $0.pageEvents = 3 }
                try await orders.following(one, two) {
                    for index in 0..<10 {
                        let before = await orders.log.head().position
                        try await orders.log.append(Purchase.completed("\(round)-\(index)", by: "user-\(index % 3)"))
                        let news = await orders.log.followed(after: before, limit: 3)
                        one.hear(news)
                        two.hear(news)
                    }
                    // The last round ends with all of it; the others stop their followers wherever they are.
                    if round == 5 { try await orders.upToDate() }
                }
            }
            #expect(try await orders.difference() == nil)
            let (page, _) = try await orders.reader.orders(of: UserID("user-0"), before: nil, limit: 100)
            #expect(page.elements.count == 24)
        }
    }

    @Test func `goes on where it was after its sessions were ended`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower { $0.pageEvents = 1 }
            let admin = orders.database.admin()
            try await orders.following(follower) {
                for index in 0..<20 {
                    try await orders.log.append(Purchase.completed("\(index)"))
                    try await admin.script(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE application_name = 'holdfast-orders' AND datname = current_database()
                        """)
                }
                try await orders.upToDate()
            }
            #expect(try await orders.difference() == nil)
            await admin.disconnect()
        }
    }

    @Test func `is taken over when the lease of whoever folds is lost`() async throws {
        try await OrdersUnderTest.with { orders in
            func lease() -> PostgresLease {
                PostgresLease(PostgresLeaseSession(conninfo: orders.database.appConninfo, logger: .test), key: 7)
            }
            let (one, _) = orders.follower(lease: lease())
            let (two, _) = orders.follower(lease: lease())
            let admin = orders.database.admin()
            try await orders.following(one, two) {
                for index in 0..<3 {
                    try await orders.log.append(Purchase.completed("\(index)"))
                    try await orders.upToDate()
                    try await admin.script(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7
                        """)
                }
                try await orders.log.append(Purchase.completed("last"))
                try await orders.upToDate()
            }
            #expect(try await orders.difference() == nil)
            await admin.disconnect()
        }
    }

    @Test func `enters a new epoch, and begins anew where a tail was lost`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower()
            try await orders.log.append(Purchase.completed("a") + Purchase.completed("b"))
            try await orders.following(follower) {
                try await orders.upToDate()
                try await orders.log.failOver(keeping: 6)
                try await orders.upToDate()
                #expect(try await orders.reader.order(Purchase.order("b"), of: UserID("ada")).0?.status == .completed)
                try await orders.log.failOver(keeping: 4)
                try await orders.log.append(Purchase.completed("c"))
                try await orders.upToDate()
                #expect(try await orders.reader.order(Purchase.order("b"), of: UserID("ada")).0?.status == .pending)
                #expect(try await orders.reader.order(Purchase.order("c"), of: UserID("ada")).0?.status == .completed)
                #expect(try await orders.reader.ticket(Purchase.ticket(1, "b"), of: UserID("ada")).0 == nil)
            }
            #expect(try await orders.difference() == nil)
        }
    }

    @Test func `stops before an event that it can't read, and says which`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, reader) = orders.follower()
            try await orders.log.append(Purchase.completed("a"))
            try await orders.log.append([EncodedEvent(type: "SeatTeleported", schemaVersion: 1, payload: [])])
            try await orders.log.append(Purchase.completed("b"))
            try await orders.following(follower) {
                try await eventually("it stopped") { reader.position.stop?.position == 4 }
                #expect(try await reader.orders(of: UserID("ada"), before: nil, limit: 9).1.position == 3)
                let outcome = await reader.position.wait(
                    for: LogPosition(epoch: 1, position: 4), timeout: .seconds(60))
                guard case .stopped(let stop) = outcome else { return #expect(Bool(false), "\(outcome)") }
                #expect(stop.position == 4)
                // The event is lost with a tail: what stopped it is gone.
                try await orders.log.failOver(keeping: 3)
                try await orders.upToDate()
                // Told after the rows that tell of it are committed.
                try await eventually("it goes on") { reader.position.stop == nil }
            }
        }
    }

    @Test func `of a later format is left alone, and of an earlier one built anew`() async throws {
        try await OrdersUnderTest.with { orders in
            try await orders.log.append(Purchase.completed("a"))
            let (first, _) = orders.follower()
            try await orders.following(first) { try await orders.upToDate() }
            let admin = orders.database.admin()
            try await admin.script("UPDATE holdfast_orders.checkpoint SET format_version = 1000")
            let (second, _) = orders.follower()
            try await orders.log.append(Purchase.completed("b"))
            try await orders.following(second) {
                let error = await #expect(throws: StoredViewError.self) {
                    try await orders.reader.order(Purchase.order("a"), of: UserID("ada"))
                }
                #expect(error?.code == .otherFormat)
                let place = PostgresStatement(once: "SELECT position FROM holdfast_orders.checkpoint")
                #expect(try await admin.query(place).int64(0, 0) == 3)
                try await admin.script(
                    """
                    UPDATE holdfast_orders.orders SET record = '\\xff';
                    UPDATE holdfast_orders.checkpoint SET format_version = 0
                    """)
                try await orders.upToDate()
            }
            #expect(try await orders.difference() == nil)
            await admin.disconnect()
        }
    }

    @Test func `is rebuilt beside a running follower, in one step`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower()
            try await orders.log.append((0..<50).flatMap { Purchase.completed("\($0)") })
            try await orders.following(follower) {
                try await orders.upToDate()
                let admin = orders.database.admin()
                try await admin.script("DELETE FROM holdfast_orders.orders WHERE order_id LIKE '%-7'")
                #expect(try await orders.difference()?.contains("order") == true)
                let audit = PostgresViewAudit<OrdersView>(
                    conninfo: orders.database.appConninfo, log: orders.log, logger: .test)
                try await eventually("it could be rebuilt") {
                    do {
                        return try await audit.rebuild().position >= 150
                    } catch let error as StoredViewError where error.code == .unavailable {
                        return false
                    }
                }
                try await orders.log.append(Purchase.completed("more"))
                try await orders.upToDate()
                #expect(try await orders.difference() == nil)
                await admin.disconnect()
            }
        }
    }
}
