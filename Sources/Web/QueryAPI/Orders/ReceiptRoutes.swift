import Contract
import Domain
public import EventLog
import Foundation
public import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
import NIOCore
public import PostgresViews
public import WebAPI

/// `GET /orders/{id}/receipt`: a proof that the log has an order's sale, which anybody verifies without the log; see
/// `docs/verify-receipt.py`.
public struct ReceiptRoutes: Sendable {
    public typealias Log = any EventReader & EventAuditor

    /// Where the log ends for sure, so that what a receipt says is not lost with a machine.
    public typealias DurableHead = @Sendable () async throws(Problem) -> HashedHead

    /// Signs a head.
    public typealias Signer = @Sendable (HashedHead) throws -> SignedHead

    /// Events that are read at once.
    private static let pageLimit = 500
    /// Pages between the beginning of a purchase and its sale: a sale is found in the first, unless its show sells much.
    private static let pagesMax = 40
    /// Receipts that are made at once: each passes the log's barrier.
    private static let inFlightMax = 2

    private let reader: OrdersReader
    private let fresh: FreshRead
    private let log: Log
    private let durableHead: DurableHead
    private let sign: Signer
    private let inFlight = InFlightLimit(countMax: Self.inFlightMax, ofCallerMax: 1)

    public init(
        reader: OrdersReader, fresh: FreshRead, log: Log, durableHead: @escaping DurableHead, sign: @escaping Signer
    ) {
        self.reader = reader
        self.fresh = fresh
        self.log = log
        self.durableHead = durableHead
        self.sign = sign
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("orders/{id}/receipt") { request, context in try await receipt(request, context) }
    }

    private func receipt(_ request: Request, _ context: APIContext) async throws -> Response {
        let (order, _, token) = try await fresh.order(reader, request, context)
        // Nobody goes through a show's stream for a sale that is not there.
        guard order.isSold else { throw Self.notSold(token) }
        guard let turn = inFlight.begin(of: context.principal) else {
            throw Problem(.overloaded, detail: "Other receipts are being made.", retryAfterSeconds: 1)
        }
        defer { turn.end() }
        let sale: (batch: RecordedBatch, proof: CommandProof)?
        do throws(LogError) {
            sale = try await self.sale(of: order)
        } catch {
            throw Problem(error)
        }
        guard let sale else { throw Self.notSold(token) }
        guard try await durableHead().position >= sale.batch.header.lastPosition else {
            throw Problem(.logUnavailable, detail: "Nobody can vouch for the sale yet.", retryAfterSeconds: 1)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = try encoder.encode(
            Receipt(orderId: order.orderID.rawValue, head: sign(HashedHead(endOf: sale.batch)), sale: sale.proof))
        var headers: HTTPFields = [.contentType: "application/json"]
        headers.set(token)
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: document)))
    }

    private static func notSold(_ token: LogPosition) -> Problem {
        Problem(.notSold, detail: "The order has no sale to prove.", sequence: token)
    }

    /// The batch with the order's sale, and the proof of the command that recorded it. Nil: the order has no sale.
    private func sale(of order: OrderRecord) async throws(LogError) -> (batch: RecordedBatch, proof: CommandProof)? {
        guard let begun = order.orderID.command, let (batch, previous) = try await log.batch(of: begun),
            let purchase = CommandProof(of: begun, in: batch, after: previous)
        else { return nil }
        var version = purchase.part.version + Int64(purchase.eventsBefore)
        for _ in 0..<Self.pagesMax {
            let page = try await log.events(of: StreamID(order.showID), after: version, limit: Self.pageLimit)
            for recorded in page where recorded.event.sells(order.orderID) {
                guard let (batch, previous) = try await log.batch(of: recorded.commandID),
                    let proof = CommandProof(of: recorded.commandID, in: batch, after: previous)
                else { return nil }
                // The same command may have ended others' holds, and made offers to others.
                return (batch, proof.showing { $0.sells(order.orderID) })
            }
            guard page.count == Self.pageLimit, let last = page.last else { return nil }
            version = last.streamVersion
        }
        return nil
    }

    private struct Receipt: Encodable {
        var orderId: String
        var head: SignedHead
        var sale: CommandProof
    }
}

extension EncodedEvent {
    /// It is the sale of the order. One that can't be read is none.
    fileprivate func sells(_ order: OrderID) -> Bool {
        guard type == "SeatsSold" else { return false }
        do throws(UnreadableEvent) {
            guard case .order(.sold(let sale)) = try decoded() else { return false }
            return sale.orderID == order
        } catch {
            return false
        }
    }
}

extension HashedHead {
    /// The log's head when this batch was its last.
    fileprivate init(endOf batch: RecordedBatch) {
        self.init(
            epoch: batch.header.epoch, position: batch.header.lastPosition, batch: batch.header.number,
            hash: batch.hash, recordedAt: batch.header.recordedAt)
    }
}
