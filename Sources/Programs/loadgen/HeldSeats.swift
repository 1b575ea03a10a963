/// What an order has to say of a hold, read out of the 201 that granted it.
struct HeldSeats {
    var holdID: [UInt8]
    var fencingToken: [UInt8]

    private static let holdIDKey = Array("\"holdId\":\"".utf8)
    private static let fencingTokenKey = Array("\"fencingToken\":".utf8)

    /// - Parameter body: the answer's body, as far as it was kept; nil: it does not have both.
    init?(_ body: [UInt8]) {
        guard let id = body.firstRange(of: Self.holdIDKey), let token = body.firstRange(of: Self.fencingTokenKey)
        else { return nil }
        holdID = Array(body[id.upperBound...].prefix { $0 != 0x22 })
        fencingToken = Array(body[token.upperBound...].prefix { (0x30...0x39).contains($0) })
        guard !holdID.isEmpty, !fencingToken.isEmpty else { return nil }
    }
}
