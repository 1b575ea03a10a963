package import Domain
internal import Foundation

/// What a webhook says, as far as we listen: which order to look at.
///
/// No more is taken from it. Webhooks come twice, late, and in any order, so what happened is asked of the provider;
/// and of types that we don't know, all that matters is whether they name an order of ours.
package struct WebhookEvent: Equatable, Sendable {
    package let id: String
    package let type: String
    /// Of the object that it is about; nil: it is about none of our payments.
    package let orderID: OrderID?
    /// The provider's id of a payment that others may have moved the money of; nil: the event is about no such thing.
    package let movedPaymentID: String?

    /// Nil: the body is no event. Give it only bodies whose signature was verified, and whose size is bounded.
    package init?(body: some Collection<UInt8>) {
        do {
            let event = try JSONDecoder().decode(Body.self, from: Data(body))
            id = event.id
            type = event.type
            orderID = event.data.object.order
            movedPaymentID =
                Self.isAboutMoney(event.type) && !event.data.object.isOurRefund ? event.data.object.paymentID : nil
        } catch {
            return nil
        }
    }

    /// Of refunds, disputes, and captures. What we asked for ourselves is among them, mostly.
    private static func isAboutMoney(_ type: String) -> Bool {
        type.hasPrefix("refund.") || type.hasPrefix("charge.refund") || type.hasPrefix("charge.dispute.")
            || type == "charge.captured"
    }

    private struct Body: Decodable {
        var id: String
        var type: String
        var data: Contents
    }

    private struct Contents: Decodable { var object: About }

    /// Any of Stripe's objects. That one has no metadata, or none that is ours, is no error.
    private struct About: Decodable {
        var order: OrderID?
        var paymentID: String?
        /// A refund that has our id for it.
        var isOurRefund = false

        private static let idLengthMax = 255

        /// It becomes part of a path at the provider.
        private static func isID(_ text: String) -> Bool {
            (1...idLengthMax).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }

        private enum CodingKeys: String, CodingKey {
            case metadata
            case paymentID = "payment_intent"
        }
        private enum MetadataKeys: String, CodingKey { case order, refund }

        init(from decoder: any Decoder) throws {
            let object = try decoder.container(keyedBy: CodingKeys.self)
            do {
                paymentID = try object.decodeIfPresent(String.self, forKey: .paymentID)
                if let id = paymentID, !Self.isID(id) { paymentID = nil }
            } catch is DecodingError {
                paymentID = nil
            }
            do {
                let metadata = try object.nestedContainer(keyedBy: MetadataKeys.self, forKey: .metadata)
                order = try metadata.decodeIfPresent(String.self, forKey: .order).flatMap(OrderID.init(checking:))
                isOurRefund = try metadata.decodeIfPresent(String.self, forKey: .refund) != nil
            } catch is DecodingError {
                order = nil
            }
        }
    }
}
