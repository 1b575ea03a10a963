import NIOCore

/// Sends `text` again and again until the other side has had enough, or the task is cancelled.
func drip(_ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ text: String, every interval: Duration) async {
    do {
        while true {
            try await outbound.write(ByteBuffer(string: text))
            try await Task.sleep(for: interval)
        }
    } catch {
        // Cancelled, or cut off by the server, which is what the caller looks for.
    }
}
