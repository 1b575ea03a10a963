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

    /// Nil: the body is no event. Give it only bodies whose signature was verified, and whose size is bounded.
    package init?(body: some Collection<UInt8>) {
        do {
            let event = try JSONDecoder().decode(Body.self, from: Data(body))
            id = event.id
            type = event.type
            orderID = event.data.object.order
        } catch {
            return nil
        }
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

        private enum CodingKeys: String, CodingKey { case metadata }
        private enum MetadataKeys: String, CodingKey { case order }

        init(from decoder: any Decoder) throws {
            let object = try decoder.container(keyedBy: CodingKeys.self)
            do {
                let metadata = try object.nestedContainer(keyedBy: MetadataKeys.self, forKey: .metadata)
                order = try metadata.decodeIfPresent(String.self, forKey: .order).flatMap(OrderID.init(checking:))
            } catch is DecodingError {
                order = nil
            }
        }
    }
}
