import EventLog
import Following
import Projection
import SeededRandom

/// A stored snapshot as bytes, and what is really in it.
struct SnapshotFile {
    var projection: String
    var epoch: Int64
    var sequence: Int64
    var bytes: [UInt8]
    var content: FactID

    /// Sorts files by age.
    fileprivate var place: (Int64, Int64) { (epoch, sequence) }
}

/// A process's folder of snapshots, which outlives it. The rules are `SnapshotStore`'s: a file is written aside and
/// renamed, two of each projection are kept.
struct Disk {
    private static let keptPerProjection = 2
    /// Newest first.
    private(set) var files: [SnapshotFile] = []

    mutating func store(_ file: SnapshotFile) {
        files.removeAll { $0.projection == file.projection && $0.place == file.place }
        let place = files.firstIndex { $0.place < file.place } ?? files.endIndex
        files.insert(file, at: place)
        let old = files.indices.filter { files[$0].projection == file.projection }.dropFirst(Self.keptPerProjection)
        for index in old.reversed() { files.remove(at: index) }
    }

    /// Damages a file as disks do.
    mutating func damage(_ random: inout SeededGenerator) {
        guard !files.isEmpty else { return }
        let file = random.int(0...(files.count - 1))
        let count = files[file].bytes.count
        switch random.int(0...3) {
        case 0: files[file].bytes[random.int(0...(count - 1))] ^= UInt8(1 << random.int(0...7))
        case 1: files[file].bytes.removeLast(random.int(1...count))
        case 2: files[file].bytes = Array(repeating: 0, count: count)
        default: files[file].bytes += [0]
        }
        if files[file].bytes.isEmpty { files.remove(at: file) }
    }

    /// The newest snapshot of a projection that can be read and was not lost, and how many had to be passed over.
    func newest(
        of view: any FollowingView, epochs: EpochHistory, head: LogPosition
    ) -> (file: SnapshotFile?, snapshot: Snapshot?, ignored: Int) {
        var ignored = 0
        for file in files where file.projection == view.name {
            do {
                let snapshot = try Snapshot(encoded: file.bytes)
                let place = LogPosition(epoch: snapshot.epoch, position: snapshot.sequence)
                if snapshot.projection == view.name, snapshot.formatVersion == view.formatVersion,
                    epochs.judge(place) == .valid, place.position <= head.position
                {
                    return (file, snapshot, ignored)
                }
                ignored += 1
            } catch {
                ignored += 1
            }
        }
        return (nil, nil, ignored)
    }
}
