import Domain
import EventLog
import Feed
import HTTPServer
import WebAPI
import Webhooks

/// `POST /organisations/{id}/webhooks`.
struct NewWebhookBody: Decodable {
    var url: String
    var description: String?
    var types: [String]?
    var after: String?
}

/// `PATCH /organisations/{id}/webhooks/{webhookId}`.
struct WebhookChangesBody: Decodable {
    var url: String?
    var description: String?
    var types: [String]?
    var enabled: Bool?
}

/// `POST /organisations/{id}/webhooks/{webhookId}/replay`.
struct ReplayBody: Decodable {
    var after: String
}

/// What an owner may say of an endpoint.
enum WebhookWish {
    private static let descriptionBytesMax = 256

    static func url(_ text: String, allowsPrivate: Bool) throws(Problem) -> WebhookURL {
        do throws(WebhookURL.Refusal) {
            return try WebhookURL(text, allowsPrivate: allowsPrivate)
        } catch {
            throw Problem(.invalidWebhook, detail: error.reason)
        }
    }

    static func description(_ text: String?) throws(Problem) -> String {
        let text = text ?? ""
        guard text.isEmpty || DisplayText(text) != nil, text.utf8.count <= descriptionBytesMax else {
            throw .invalid("description must be a text of at most \(descriptionBytesMax) bytes.")
        }
        return text
    }

    static func types(_ names: [String]?) throws(Problem) -> Set<String> {
        let types = Set(names ?? [])
        if let unknown = types.subtracting(FeedSelection.allTypes).min() {
            throw Problem(
                .invalidWebhook, detail: "types names an unknown type of event: \(unknown.prefix(64)).")
        }
        return types
    }

    static func place(_ text: String) throws(Problem) -> LogPosition {
        guard let place = LogPosition(feedSequence: text) else {
            throw Problem(
                .invalidSequence,
                detail: "after must be the sequence of an event of the feed, or a token from a Sequence header.")
        }
        return place
    }
}
