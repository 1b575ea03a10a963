import Domain
import HTTPServer
import NIOCore
import Sequencing
import WebAPI

/// An order on the fast lane: its caller is answered when the order has ended, when its time is over, or when the service
/// stops; nothing waits on where the caller is gone. Belongs to the connection's event loop.
final class LaneOrder {
    private let purchase: StartPurchase
    private let id: CommandID
    private let timeout: Duration
    private let orders: OrderRoutes
    private let reply: LaneReply

    /// Follows the order from now on; nil: too many are followed, and the caller is told.
    ///
    /// - Parameter id: of the command that the order is placed with.
    init?(_ purchase: StartPurchase, _ id: CommandID, timeout: Duration, _ orders: OrderRoutes, _ reply: LaneReply) {
        guard orders.waiters.register(purchase.orderID) else {
            reply.send { () throws(Problem) in throw OrderRoutes.overloaded }
            return nil
        }
        self.purchase = purchase
        self.id = id
        self.timeout = timeout
        self.orders = orders
        self.reply = reply
    }

    /// The command was answered.
    func recorded(_ answer: CommandAnswer) {
        guard let order = PlacedOrder(answer, to: purchase) else {
            return finish { () throws(Problem) in try answer.response(to: id) }
        }
        if order.isSettled {
            finish(order, nil)
        } else if order.isReplayed {
            lookAgain(at: order)
        } else {
            wait(for: order)
        }
    }

    private func wait(for order: PlacedOrder) {
        let bound = NIOLoopBound(self, eventLoop: reply.eventLoop)
        let waiter = orders.waiters.waiter(for: purchase.orderID)
        let eventLoop = reply.eventLoop
        let waits = orders.waiters.wait(
            waiter, told: { known in eventLoop.execute { bound.value.finish(order, known) } })
        guard waits else { return }
        let timer = eventLoop.scheduleTask(in: TimeAmount(timeout)) { [waiters = orders.waiters] in
            waiters.giveUp(waiter)
        }
        reply.whenOver { [waiters = orders.waiters] in
            timer.cancel()
            waiters.giveUp(waiter)
        }
    }

    /// Whoever repeats a request may have to be told by the stored orders, which takes a task.
    private func lookAgain(at order: PlacedOrder) {
        let bound = NIOLoopBound(self, eventLoop: reply.eventLoop)
        Task { [orders, timeout, eventLoop = reply.eventLoop] in
            let known = await orders.follow(order, timeout: timeout)
            eventLoop.execute { bound.value.finish(order, known) }
        }
    }

    private func finish(_ order: PlacedOrder, _ known: OrderRecord?) {
        finish { () throws(Problem) in try orders.response(to: order, known) }
    }

    private func finish(_ response: () throws(Problem) -> WholeResponse) {
        orders.waiters.unregister(purchase.orderID)
        reply.send(response)
    }
}
