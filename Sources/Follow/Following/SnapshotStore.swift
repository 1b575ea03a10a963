public import EventLog
import Failpoints
import Foundation
public import Logging

/// The snapshots of one process's views, as files in one folder: `<projection>-<epoch>.<sequence>.snapshot`.
///
/// A file is written aside, synced and renamed, so a crash leaves the older ones. What is damaged, of another format or
/// of a lost tail is ignored with a warning.
public struct SnapshotStore: Sendable {
    /// Snapshots kept of each projection: the newest, and one to fall back on.
    private static let keptPerProjection = 2

    private let directory: URL
    private let logger: Logger

    /// - Parameter directory: made when the first snapshot is saved.
    public init(directory: String, logger: Logger) {
        self.directory = URL(fileURLWithPath: directory, isDirectory: true)
        self.logger = logger
    }

    /// The newest snapshot of a projection that can be read and was not lost; nil: none.
    ///
    /// - Parameter head: the log's last sequence number; a snapshot beyond it is of another log.
    public func newest(of projection: String, formatVersion: Int, epochs: EpochHistory, head: Int64) -> Snapshot? {
        for file in files(of: projection) {
            do {
                let snapshot = try Snapshot(encoded: Array(Data(contentsOf: file)))
                if let reason = reason(against: snapshot, projection, formatVersion, epochs, head) {
                    logger.warning("snapshot ignored", metadata: ["file": "\(file.path)", "reason": "\(reason)"])
                    continue
                }
                return snapshot
            } catch {
                logger.warning("snapshot ignored", metadata: ["file": "\(file.path)", "reason": "\(error)"])
            }
        }
        return nil
    }

    private func reason(
        against snapshot: Snapshot, _ projection: String, _ formatVersion: Int, _ epochs: EpochHistory, _ head: Int64
    ) -> String? {
        guard snapshot.projection == projection else { return "it is of \(snapshot.projection)" }
        guard snapshot.formatVersion == formatVersion else { return "it is of format \(snapshot.formatVersion)" }
        let place = LogPosition(epoch: snapshot.epoch, position: snapshot.sequence)
        return epochs.judge(place) == .valid && place.position <= head ? nil : "\(place) is not in this log"
    }

    /// Stores a snapshot and drops the oldest. Throws what the file system throws.
    public func save(_ snapshot: Snapshot) throws {
        // Views have everybody's holds; earlier versions left them open to all.
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory.path)
        let file = directory.appendingPathComponent(
            "\(snapshot.projection)-\(snapshot.epoch).\(snapshot.sequence).snapshot")
        // One name: what a crash left half written is written over.
        let aside = directory.appendingPathComponent(".\(snapshot.projection).new")
        try Data(snapshot.encoded).write(to: aside)
        let handle = try FileHandle(forWritingTo: aside)
        try handle.synchronize()
        try handle.close()
        Failpoint.midSnapshot.pass()
        guard rename(aside.path, file.path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        for old in files(of: snapshot.projection).dropFirst(Self.keptPerProjection) {
            try FileManager.default.removeItem(at: old)
        }
    }

    /// Newest first: a later epoch may have cut off what an earlier one has more of.
    private func files(of projection: String) -> [URL] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        } catch {
            return []  // No folder yet.
        }
        return names.compactMap { name -> (place: LogPosition, name: String)? in
            guard name.hasPrefix("\(projection)-"), name.hasSuffix(".snapshot"),
                let place = LogPosition(name.dropFirst(projection.count + 1).dropLast(".snapshot".count))
            else { return nil }
            return (place, name)
        }
        .sorted { ($0.place.epoch, $0.place.position) > ($1.place.epoch, $1.place.position) }
        .map { directory.appendingPathComponent($0.name) }
    }
}
