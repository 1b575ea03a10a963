import PostgresWebhooks
import Webhooks

/// Notes endpoints' progress, together: whatever comes while a statement is under way is in the next one, so that a thousand busy
/// endpoints cost hardly more than one.
actor ProgressNotes {
    private let store: PostgresWebhooks
    /// At most one of each endpoint: who delivers to it waits.
    private var waiting: [(note: PostgresWebhooks.Note, id: WebhookID, answer: CheckedContinuation<Bool, any Error>)] =
        []
    private var isWriting = false

    init(_ store: PostgresWebhooks) { self.store = store }

    /// Notes how far an endpoint has been told, and perhaps why nothing more is to be sent.
    ///
    /// - Returns: false: its owner has changed or deleted it, and this does not count.
    func note(_ endpoint: WebhookEndpoint, disabled: WebhookEndpoint.Disabled? = nil) async throws -> Bool {
        let note = PostgresWebhooks.Note(
            endpoint.progress, disabled: disabled, of: endpoint.id, revision: endpoint.revision)
        return try await withCheckedThrowingContinuation { answer in
            waiting.append((note, endpoint.id, answer))
            guard !isWriting else { return }
            isWriting = true
            Task { await write() }
        }
    }

    private func write() async {
        while !waiting.isEmpty {
            let batch = waiting
            waiting = []
            do {
                let counted = try await store.note(batch.map(\.note))
                for one in batch { one.answer.resume(returning: counted.contains(one.id)) }
            } catch {
                for one in batch { one.answer.resume(throwing: error) }
            }
        }
        isWriting = false
    }
}
