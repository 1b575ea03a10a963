import Domain
import EventLog
import PostgresWebhooks
import Text
import Webhooks

extension JSONWriter {
    mutating func members(of endpoint: WebhookEndpoint) {
        member("webhookId", endpoint.id.rawValue)
        member("organisationId", endpoint.organisation.rawValue)
        member("url", endpoint.url.text)
        member("description", endpoint.description)
        array("types") { json in for type in endpoint.types.sorted() { json.value(type) } }
        member("enabled", endpoint.disabled == nil)
        if let disabled = endpoint.disabled { member("disabledBecause", disabled.rawValue) }
        member("seen", endpoint.progress.seen.description)
        member("delivered", endpoint.progress.delivered.description)
        member("failures", endpoint.progress.failures)
        time("nextTryAt", endpoint.progress.nextTry)
        time("deliveredAt", endpoint.progress.deliveredAt)
        time("formerSecretUntil", endpoint.formerSecretUntil)
        time("createdAt", endpoint.createdAt)
    }

    mutating func value(_ attempt: PostgresWebhooks.Attempt) {
        object { json in
            json.member("messageId", attempt.messageID)
            if let status = attempt.status { json.member("status", status) }
            json.member("detail", attempt.detail)
            json.member("milliseconds", attempt.milliseconds)
            json.time("triedAt", attempt.triedAt)
        }
    }

    private mutating func time(_ name: StaticString, _ time: Timestamp?) {
        guard let time else { return }
        key(name)
        value(timeAt: time.microseconds)
    }
}
