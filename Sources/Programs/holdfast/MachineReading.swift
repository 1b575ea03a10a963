import CTimex
import Diagnosis
import Foundation

/// What this machine is like.
enum MachineReading {
    /// - Parameter data: a folder on the disk that matters.
    static func findings(data: String) -> [Finding] {
        let memory = memory()
        return [
            .processors(ProcessInfo.processInfo.activeProcessorCount),
            .memory(available: memory["MemAvailable"] ?? 0, total: memory["MemTotal"] ?? 0),
            .openFiles(limit: UInt64(OpenFiles.limit)), disk(at: data), .timeServer(isSynchronised: isClockSynchronised),
        ]
    }

    static func disk(at path: String) -> Finding {
        do {
            let attributes = try FileManager.default.attributesOfFileSystem(forPath: path)
            func bytes(_ key: FileAttributeKey) -> Int64 { (attributes[key] as? NSNumber)?.int64Value ?? 0 }
            return .disk(at: path, free: bytes(.systemFreeSize), total: bytes(.systemSize))
        } catch {
            return Finding("disk", .problem, "\(path) can't be looked at", advice: "Is that folder there?")
        }
    }

    /// `/proc/meminfo` in bytes.
    private static func memory() -> [String: Int64] {
        let text =
            FileManager.default.contents(atPath: "/proc/meminfo").map { String(decoding: $0, as: UTF8.self) } ?? ""
        var values: [String: Int64] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split { $0 == ":" || $0 == " " }
            guard parts.count >= 2, let kibibytes = Int64(parts[1]) else { continue }
            values[String(parts[0])] = kibibytes << 10
        }
        return values
    }

    /// Nil: the kernel does not say.
    private static var isClockSynchronised: Bool? {
        var state = timex()
        let result = adjtimex(&state)
        return result < 0 ? nil : result != TIME_ERROR && state.status & STA_UNSYNC == 0
    }
}
