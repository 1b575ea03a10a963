import Contract
import Domain
public import Projection
import SwiftProtobuf

extension HoldExpiries {
    private var byHold: [Expiry] { live.values.sorted { $0.holdID < $1.holdID } }

    public var encoded: [UInt8] {
        canonicalBytes(
            of: Holdfast_V1_HoldExpiriesSnapshot.with {
                $0.expiries = byHold.map { expiry in
                    .with {
                        $0.holdID = expiry.holdID.rawValue
                        $0.showID = expiry.show.rawValue
                        $0.expiresAt = expiry.at.microseconds
                    }
                }
            })
    }

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        self.init()
        do {
            for message in try Holdfast_V1_HoldExpiriesSnapshot(serializedBytes: encoded).expiries {
                guard live[HoldID(message.holdID)] == nil else {
                    throw ProjectionFault("hold \(message.holdID) is there twice")
                }
                insert(
                    Expiry(
                        at: Timestamp(microseconds: message.expiresAt), holdID: HoldID(message.holdID),
                        show: ShowID(message.showID)))
            }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    public var lines: [String] {
        byHold.map { expiry in
            jsonLine([
                ("hold", .text(expiry.holdID.rawValue)), ("show", .text(expiry.show.rawValue)),
                ("expiresAt", .number(expiry.at.microseconds)),
            ])
        }
    }
}
