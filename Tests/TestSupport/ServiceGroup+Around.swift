public import ServiceLifecycle

extension ServiceGroup {
    /// Runs the services around `body`, then shuts them down gracefully. Should one fail, `body` is cancelled.
    public func around<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { tasks in
            tasks.addTask {
                try await self.run()
                return nil
            }
            tasks.addTask {
                do {
                    let result = try await body()
                    await self.triggerGracefulShutdown()
                    return result
                } catch {
                    await self.triggerGracefulShutdown()
                    throw error
                }
            }
            var result: R?
            for try await next in tasks { result = next ?? result }
            guard let result else { preconditionFailure("the body returned, or threw") }
            return result
        }
    }
}
