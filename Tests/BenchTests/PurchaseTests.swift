import Foundation
import Testing

@testable import loadgen

struct PurchaseTests {
    private static let held = """
        {"holdId":"show-1.h7","showId":"show-1","userId":"alice","seats":["a1"],"areas":{},"total":7900,\
        "currency":"EUR","placedAt":"2026-01-31T12:00:00Z","expiresAt":"2026-01-31T12:05:00Z","fencingToken":4711,\
        "status":"active"}
        """

    private func source(_ load: String) throws -> RequestSource {
        try RequestSource(
            JSONDecoder().decode(LoadPlan.self, from: Data(load.utf8)), tokens: ["TOKEN-A", "TOKEN-B"], seed: 1)
    }

    private static let purchases = """
        {"name": "purchases", "port": 1, "connections": 1, "requests": [
          {"name": "look", "method": "GET", "paths": ["/"]},
          {"name": "hold", "method": "POST", "paths": ["/holds"], "bodies": ["{}"], "isAuthenticated": true,
           "isIdempotent": true, "order": {"name": "order", "paymentMethods": ["pm_a", "pm_bb"]}}]}
        """

    @Test func `An order names the hold, its fencing token and a payment method, and is its holder's`() throws {
        var source = try source(Self.purchases)
        #expect(source.names == ["look", "hold", "order"])
        #expect(!source.isBought(0) && source.isBought(1) && !source.isBought(2))
        let held = try #require(HeldSeats(Array(Self.held.utf8)))
        var keys: Set<Substring> = []
        for method in ["pm_a", "pm_bb", "pm_a"] {
            var bytes: [UInt8] = []
            let (request, user) = source.writeOrder(to: &bytes, of: held, after: 1, by: 1)
            #expect(source.names[request] == "order")
            #expect(user == 1)
            let parts = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n\r\n")
            try #require(parts.count == 2)
            let head = parts[0].components(separatedBy: "\r\n")
            #expect(head.first == "POST /api/v1/orders HTTP/1.1")
            #expect(head.contains("Authorization: Bearer TOKEN-B"))
            #expect(head.contains("Content-Length: \(parts[1].utf8.count)"))
            keys.formUnion(head.compactMap { $0.hasPrefix("Idempotency-Key: ") ? $0.dropFirst(17) : nil })
            #expect(parts[1] == #"{"holdId":"show-1.h7","fencingToken":4711,"paymentMethod":"\#(method)"}"#)
        }
        #expect(keys.count == 3)
    }

    @Test(arguments: ["", "{}", #"{"holdId":"a"}"#, #"{"fencingToken":1}"#, #"{"holdId":"a","fencingToken":"#])
    func `An answer without the hold's id or its fencing token can't be bought`(_ body: String) {
        #expect(HeldSeats(Array(body.utf8)) == nil)
    }

    @Test func `Who buys is a user, with a payment method`() {
        let nobody = Self.purchases.replacing(#""isAuthenticated": true,"#, with: "")
        #expect(throws: PlanFault.self) { try source(nobody) }
        let unpaid = Self.purchases.replacing(#"["pm_a", "pm_bb"]"#, with: "[]")
        #expect(throws: PlanFault.self) { try source(unpaid) }
    }
}
