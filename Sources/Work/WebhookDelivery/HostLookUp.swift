import NIOCore
import NIOPosix
import Synchronization

/// Asks the system for a host's address, which blocks, on threads of its own: slow name servers of some hold up nobody but
/// those who ask for their names.
enum HostLookUp {
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()
    private static let timeout = Duration.seconds(5)
    /// Look-ups that are under way or wait for a thread, those that nobody waits for any more included.
    private static let countMax = 64
    private static let count = Mutex(0)

    /// Nil: it has none, or nobody could say in time, or too many ask.
    static func address(of host: String, port: Int) async -> SocketAddress? {
        let hasRoom = count.withLock { count in
            guard count < countMax else { return false }
            count += 1
            return true
        }
        guard hasRoom else { return nil }
        let (answers, answer) = AsyncStream<SocketAddress?>.makeStream(bufferingPolicy: .bufferingOldest(1))
        threads.submit { state in
            defer { count.withLock { $0 -= 1 } }
            do {
                answer.yield(state == .active ? try .makeAddressResolvingHost(host, port: port) : nil)
            } catch {
                answer.yield(nil)
            }
        }
        let timer = Task {
            do { try await Task.sleep(for: timeout) } catch { return }
            answer.yield(nil)
        }
        defer { timer.cancel() }
        // Cancelled, it ends at once.
        for await address in answers { return address }
        return nil
    }
}
