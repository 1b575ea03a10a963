/// Sleeps; a cancelled task goes on at once, and its loop sees that.
package func pause(_ time: Duration) async {
    do {
        try await Task.sleep(for: time)
    } catch {
        // Cancelled.
    }
}
