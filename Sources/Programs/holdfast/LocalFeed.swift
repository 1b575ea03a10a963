import EventLog
import Following
import Synchronization

/// Takes what a node commits to the replica beside its sequencer, past the network.
final class LocalFeed: Sendable {
    private let replica = Mutex<Replica?>(nil)

    /// From now on the replica is told.
    func connect(_ replica: Replica) { self.replica.withLock { $0 = replica } }

    func send(_ batch: CommittedBatch) { replica.withLock { $0 }?.receive(batch) }
}
