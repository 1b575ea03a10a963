import Domain
import EventLog
import Following
import Projection
import Postgres
import PostgresViews
import Testing
import TestSupport

@Suite(.timeLimit(.minutes(5))) struct `Reading orders` {
    @Test func `page by page gives each once, the newest first`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower()
            try await orders.following(follower) {
                for index in 0..<25 {
                    try await orders.log.append(Purchase.completed("\(index)", by: index % 5 == 4 ? "bob" : "ada"))
                }
                try await orders.upToDate()
                var seen: [OrderID] = []
                var cursor: Int64?
                repeat {
                    let (page, _) = try await orders.reader.orders(of: UserID("ada"), before: cursor, limit: 7)
                    #expect(page.elements.count <= 7)
                    seen += page.elements.map(\.orderID)
                    cursor = page.next
                    // What comes meanwhile is newer, and moves nothing.
                    try await orders.log.append(Purchase.completed("later-\(seen.count)"))
                } while cursor != nil
                #expect(seen == (0..<25).reversed().filter { $0 % 5 != 4 }.map { Purchase.order("\($0)") })
                let (none, _) = try await orders.reader.orders(of: UserID("nobody"), before: nil, limit: 7)
                #expect(none.elements.isEmpty && none.next == nil)
            }
        }
    }

    @Test func `gives tickets page by page, those first that came last`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower()
            try await orders.following(follower) {
                try await orders.log.append(Purchase.completed("a", seats: [0, 1, 2]))
                try await orders.log.append(Purchase.completed("b", seats: [3, 4]))
                try await orders.log.append([
                    Purchase.passed(Purchase.ticket(2, "a"), from: "ada", to: "bob", generation: 2),
                    Purchase.passed(Purchase.ticket(2, "a"), from: "bob", to: "ada", generation: 3),
                ])
                try await orders.upToDate()
                var seen: [TicketID] = []
                var cursor: OrdersReader.TicketCursor?
                repeat {
                    let (page, _) = try await orders.reader.tickets(of: UserID("ada"), after: cursor, limit: 2)
                    seen += page.elements.map(\.ticketID)
                    #expect(page.elements.allSatisfy { $0.record?.ticketID == $0.ticketID })
                    cursor = page.next
                } while cursor != nil
                #expect(
                    seen == [
                        Purchase.ticket(2, "a"), Purchase.ticket(1, "b"), Purchase.ticket(2, "b"),
                        Purchase.ticket(1, "a"), Purchase.ticket(3, "a"),
                    ])
            }
        }
    }

    @Test func `waits for a token, however many wait, and no longer than it may`() async throws {
        try await OrdersUnderTest.with { orders in
            let (follower, _) = orders.follower()
            let progress = orders.reader.position
            let token = LogPosition(epoch: 1, position: 3)
            #expect(await progress.wait(for: token, timeout: .milliseconds(20)) == .timedOut)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<200 {
                    tasks.addTask { () async throws in
                        #expect(await progress.wait(for: token, timeout: .seconds(60)) == .reached)
                        // Whoever was let through finds what it waited for.
                        let (order, _) = try await orders.reader.order(Purchase.order("a"), of: UserID("ada"))
                        #expect(order?.status == .completed)
                    }
                }
                // The follower is another process's: the readers have to see by themselves how far it is.
                try await orders.following(follower) {
                    try await orders.log.append(Purchase.completed("a"))
                    try await orders.upToDate()
                }
                try await tasks.waitForAll()
            }
            #expect(await progress.wait(for: LogPosition(epoch: 1, position: 4), timeout: .zero) == .timedOut)
        }
    }

    @Test func `says that the database is away, and goes on when it is back`() async throws {
        try await PrivateCluster.with { cluster in
            try await TestDatabase.with(server: cluster.conninfo) { database in
                let reader = OrdersReader(conninfo: database.appConninfo, logger: .test)
                #expect(try await reader.order(Purchase.order("a"), of: UserID("ada")).0 == nil)
                try await cluster.crash()
                // The first may find a connection that is dead, the others find nobody to connect to.
                for _ in 0..<5 {
                    let error = await #expect(throws: StoredViewError.self) {
                        try await reader.order(Purchase.order("a"), of: UserID("ada"))
                    }
                    #expect(error?.code == .unavailable, "\(String(describing: error))")
                }
                try await cluster.start()
                #expect(try await reader.order(Purchase.order("a"), of: UserID("ada")).0 == nil)
                await reader.disconnect()
            }
        }
    }

    @Test func `is refused without the right to read, and goes on when it has it`() async throws {
        try await OrdersUnderTest.with { orders in
            let admin = orders.database.admin()
            try await admin.script("REVOKE SELECT ON holdfast_orders.checkpoint FROM holdfast_reader")
            let error = await #expect(throws: StoredViewError.self) {
                try await orders.reader.order(Purchase.order("a"), of: UserID("ada"))
            }
            #expect(error?.code == .refused)
            try await admin.script("GRANT SELECT ON holdfast_orders.checkpoint TO holdfast_reader")
            #expect(try await orders.reader.order(Purchase.order("a"), of: UserID("ada")).0 == nil)
            await admin.disconnect()
        }
    }
}
